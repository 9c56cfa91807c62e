//! An OpenID Connect provider whose responses a test determines.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::browser::parameters;
use crate::support::START;

/// A provider on a separate port.
pub(crate) struct Provider {
    address: String,
    pub(super) state: Arc<State>,
}

pub(crate) struct State {
    key: EcdsaKeyPair,
    /// The changes of the next ID tokens, by authorization code.
    codes: Mutex<BTreeMap<String, Value>>,
    /// The requests that the provider has received.
    requests: Mutex<Vec<Entry>>,
    /// The responses that replace those of the provider, by path.
    pub(super) replaced: Mutex<BTreeMap<&'static str, (u16, String)>>,
    /// Changes the header of ID tokens and their signature.
    pub(super) forged: Mutex<Option<Forgery>>,
}

/// A request: the path, the parameters and the header `Authorization`.
type Entry = (String, BTreeMap<String, String>, String);

/// A change of the header and of the signature of a token.
pub(super) struct Forgery {
    pub(super) header: fn(&mut Value),
    pub(super) signature: fn(&mut Vec<u8>),
}

impl Provider {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let state = Arc::new(State {
            key,
            codes: Mutex::default(),
            requests: Mutex::default(),
            replaced: Mutex::default(),
            forged: Mutex::default(),
        });
        let (served, issuer) = (Arc::clone(&state), format!("http://{address}"));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, issuer) = (Arc::clone(&served), issuer.clone());
                let handler = service_fn(move |request| {
                    let (state, issuer) = (Arc::clone(&state), issuer.clone());
                    async move { Ok::<_, Infallible>(state.handle(request, &issuer).await) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), handler));
            }
        });
        Self { address, state }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the request that adds this provider to a pool.
    pub(super) fn fields(&self) -> Value {
        json!({
            "ProviderName": "Example",
            "ProviderType": "OIDC",
            "ProviderDetails": {
                "attributes_request_method": "GET",
                "authorize_scopes": "openid email",
                "client_id": "pool-at-example",
                "client_secret": "SecretOfThePool",
                "oidc_issuer": self.url(""),
            },
            "AttributeMapping": { "email": "email", "name": "name", "username": "sub" },
            "IdpIdentifiers": ["example.com"],
        })
    }

    /// Returns a code for an ID token with these claims. They replace the usual ones.
    pub(super) fn code(&self, claims: Value) -> String {
        let mut codes = self.state.codes.lock();
        let code = format!("code{}", codes.len());
        codes.insert(code.clone(), claims);
        code
    }

    pub(super) fn replace(&self, path: &'static str, status: u16, body: impl Into<String>) {
        let replaced = &self.state.replaced;
        replaced.lock().insert(path, (status, body.into()));
    }

    /// Returns the number of requests with this path.
    pub(super) fn count(&self, path: &str) -> usize {
        let requests = self.state.requests.lock();
        requests.iter().filter(|(known, ..)| known == path).count()
    }

    /// Returns the parameters of the last request with this path.
    pub(super) fn request(&self, path: &str) -> (BTreeMap<String, String>, String) {
        let requests = self.state.requests.lock();
        let mut found = requests.iter().rev().filter(|(known, ..)| known == path);
        let (_, parameters, authorization) = found.next().expect("a request");
        (parameters.clone(), authorization.clone())
    }
}

impl State {
    async fn handle(&self, request: Request<Incoming>, issuer: &str) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let authorization = request.headers().get("authorization");
        let authorization = authorization.and_then(|value| value.to_str().ok());
        let authorization = authorization.unwrap_or_default().to_owned();
        let body = request.into_body().collect().await.expect("a body");
        let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
        let form = parameters(&format!("?{query}&{body}"));
        let entry = (path.clone(), form.clone(), authorization.clone());
        self.requests.lock().push(entry);
        let replaced = self.replaced.lock().get(path.as_str()).cloned();
        let (status, body) =
            replaced.unwrap_or_else(|| self.answer(&path, &form, &authorization, issuer));
        let response = Response::builder().status(status);
        response.body(Full::from(body)).expect("a response")
    }

    fn answer(
        &self,
        path: &str,
        form: &BTreeMap<String, String>,
        authorization: &str,
        issuer: &str,
    ) -> (u16, String) {
        let claims = |code: &str| self.codes.lock().get(code).cloned();
        let answer = match path {
            "/.well-known/openid-configuration" => json!({
                "authorization_endpoint": format!("{issuer}/authorize"),
                "issuer": issuer,
                "jwks_uri": format!("{issuer}/jwks"),
                "token_endpoint": format!("{issuer}/token"),
                "userinfo_endpoint": format!("{issuer}/userinfo"),
            }),
            "/jwks" => self.keys(),
            "/token" => {
                let code = form.get("code").cloned().unwrap_or_default();
                let Some(changes) = claims(&code) else {
                    return (400, json!({ "error": "invalid_grant" }).to_string());
                };
                let token = self.token(&changes, issuer);
                json!({ "access_token": code, "id_token": token, "token_type": "Bearer" })
            }
            "/userinfo" => {
                let code = authorization.strip_prefix("Bearer ").unwrap_or_default();
                let claims = claims(code).unwrap_or_default();
                // The token for tests of userinfo.
                claims.get("userinfo").cloned().unwrap_or(claims)
            }
            _ => return (404, String::new()),
        };
        (200, answer.to_string())
    }

    fn keys(&self) -> Value {
        let point = self.key.public_key().as_ref();
        json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "kid": "one", "alg": "ES256", "use": "sig",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]),
            "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        }] })
    }

    /// Returns an ID token. A claim that is `null` is left out.
    fn token(&self, changes: &Value, issuer: &str) -> String {
        let mut claims = json!({
            "aud": "pool-at-example", "exp": START + 3600, "iat": START, "iss": issuer,
        });
        for (name, value) in changes.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        let claims = claims.as_object_mut().expect("claims");
        claims.retain(|name, value| name != "userinfo" && !value.is_null());
        let claims = URL_SAFE_NO_PAD.encode(Value::Object(claims.clone()).to_string());
        let mut header = json!({ "alg": "ES256", "kid": "one" });
        let forged = self.forged.lock();
        if let Some(forgery) = &*forged {
            (forgery.header)(&mut header);
        }
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let signed = format!("{header}.{claims}");
        let random = SystemRandom::new();
        let signature = self.key.sign(&random, signed.as_bytes()).expect("signs");
        let mut signature = signature.as_ref().to_vec();
        if let Some(forgery) = &*forged {
            (forgery.signature)(&mut signature);
        }
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
