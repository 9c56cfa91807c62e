//! The requests to an identity provider: discovery, token, keys and userinfo.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{Method, StatusCode};
use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::model::failure::Failure;
use crate::model::federation::apple::AppleKey;
use crate::model::federation::endpoints::Endpoints;
use crate::model::federation::id_token::{self, Expected};
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::model::time::seconds;
use crate::operations::common::invalid;
use crate::operations::federation::{Response, object};
use crate::operations::test_provider;
use crate::outgoing::{MOST_BODY, NESTED, Outgoing, Reach, may_send, send};
use crate::state::call::Call;
use crate::state::expiring::Expiring;
use crate::state::pending::Federation;
use crate::state::pools::Pools;
use crate::triggers::Received;

/// The timeout of each request to a provider.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The time for which the URLs of a discovery document are stored.
const DISCOVERY_VALIDITY: Duration = Duration::from_secs(60);

/// The time for which the error of a failed request for a discovery document is stored.
const FAILURE_VALIDITY: Duration = Duration::from_secs(10);

/// Returns the URLs of the endpoints of an identity provider. If the provider's details lack a URL,
/// reads it from the discovery document.
pub(super) fn endpoints(
    call: &Call<'_>,
    provider: &IdentityProvider,
) -> Result<Endpoints, Failure> {
    let mut endpoints = Endpoints::of(provider);
    if endpoints.need_discovery(provider.kind) {
        let Some(issuer) = provider.detail("oidc_issuer") else {
            return invalid("The identity provider has no URLs and no issuer");
        };
        endpoints.add(discovered(call, issuer)?);
    }
    let is_url = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    if !is_url(&endpoints.authorize) || endpoints.need_discovery(provider.kind) {
        return invalid("The identity provider lacks a URL");
    }
    Ok(endpoints)
}

/// Returns the URLs in the discovery document of an issuer.
fn discovered(call: &Call<'_>, issuer: &str) -> Result<Endpoints, Failure> {
    let known = &call.pools.discovered;
    stored(call, known, issuer, || discover(call, issuer))
}

/// Returns the result of a request to a provider, and stores it: a success for a minute, and an
/// error for ten seconds. Calls `send` only if no result is stored for `key`.
///
/// Security: callers without credentials can begin sign-ins. Without the stored results, each
/// sign-in would cause a request to the provider.
pub(super) fn stored<T: Clone>(
    call: &Call<'_>,
    known: &Mutex<Expiring<Result<T, Failure>>>,
    key: &str,
    send: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    if let Some(found) = known.lock().get(key, call.now) {
        return found.clone();
    }
    // Security: the error depends on this request only. If it were stored, anyone could stop the
    // sign-ins of others with such requests.
    let may_send = may_send(call.is_nested, call.may_wait);
    may_send.map_err(|reason| failed("Identity provider", reason))?;
    let found = send();
    let validity = match &found {
        Ok(_) => DISCOVERY_VALIDITY,
        Err(_) => FAILURE_VALIDITY,
    };
    // The request may have taken seconds.
    let now = call.service.clock.now();
    let expires = now.checked_add(validity).unwrap_or(now);
    known
        .lock()
        .put(key.to_owned(), found.clone(), expires, now);
    found
}

fn discover(call: &Call<'_>, issuer: &str) -> Result<Endpoints, Failure> {
    let base = issuer.trim_end_matches('/');
    let url = format!("{base}/.well-known/openid-configuration");
    let document = get(call, "discovery", &url, &[])?;
    if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return invalid("The discovery document has another issuer");
    }
    Ok(Endpoints::discovered(&document))
}

/// Returns the servers to which the emulator may send requests to identity providers.
pub(crate) const fn reach(pools: &Pools) -> Reach {
    if pools.calls_remote_providers {
        Reach::Everywhere
    } else {
        Reach::ThisHost
    }
}

/// Returns the error for a failed request to a provider. `what` is the beginning of the message,
/// such as `Bad token response`.
pub(super) fn failed(what: &str, reason: impl std::fmt::Display) -> Failure {
    Failure::invalid_parameter(format!("{what}: {reason}"))
}

/// The exchange of a provider's authorization code for tokens: the provider, its URLs, and the
/// sign-in to which the code belongs.
pub(super) struct Exchange<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) provider: &'a IdentityProvider,
    pub(super) endpoints: Endpoints,
    pub(super) federation: &'a Federation,
}

impl Exchange<'_> {
    /// Exchanges the provider's authorization code for tokens, and reads the claims about the user.
    pub(super) fn received(&self, response: &Response<'_>) -> Result<Received, Failure> {
        let tokens = self.tokens(response.code)?;
        let mut id_token = if self.provider.kind.has_id_token() {
            self.id_token(&tokens)?
        } else {
            Map::new()
        };
        let user_info = self.user_info(&tokens)?;
        let subject = self.provider.kind.subject();
        // OpenID Connect Core, section 5.3.2: otherwise the response is about another user.
        let is_other = |sub: &Value| user_info.get(subject).is_some_and(|other| other != sub);
        if id_token.get(subject).is_some_and(is_other) {
            return invalid("The userinfo response has another subject than the id_token");
        }
        if self.provider.kind == ProviderType::SignInWithApple {
            add_apple_name(response.user, &mut id_token);
        }
        Ok(Received {
            tokens,
            id_token,
            user_info,
            ..Received::default()
        })
    }

    fn tokens(&self, code: &str) -> Result<Map<String, Value>, Failure> {
        let federation = self.federation;
        let secret = self.client_secret()?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &federation.redirect_uri)
            .append_pair(
                "client_id",
                self.provider.detail("client_id").unwrap_or_default(),
            );
        if let Some(secret) = &secret {
            form.append_pair("client_secret", secret);
        }
        let form = form.finish();
        let url = &self.endpoints.token;
        let is_get = self.provider.detail("token_request_method") == Some("GET");
        let (status, body) = if is_get {
            let url = format!("{url}?{form}");
            request(self.call, Method::GET, &url, &[], String::new())
        } else {
            let kind = [(CONTENT_TYPE, "application/x-www-form-urlencoded")];
            request(self.call, Method::POST, url, &kind, form)
        }
        .map_err(|reason| failed("Bad token response", reason))?;
        if !status.is_success() {
            // The prefix is known from TimothyJones/github-cognito-openid-wrapper#3. Cognito adds
            // the body of the response.
            return invalid(format!("Bad token response: HTTP/1.1 {status}"));
        }
        let tokens = serde_json::from_slice(&body).map(object);
        tokens.map_err(|_| failed("Bad token response", "not JSON"))
    }

    /// Returns the secret with which the pool authenticates at the token endpoint
    /// (`client_secret_post`). Returns `None` for a public client.
    fn client_secret(&self) -> Result<Option<Cow<'_, str>>, Failure> {
        let detail = |name| self.provider.detail(name);
        if self.provider.kind != ProviderType::SignInWithApple {
            return Ok(detail("client_secret").map(Cow::Borrowed));
        }
        let key = AppleKey {
            team_id: detail("team_id").unwrap_or_default(),
            key_id: detail("key_id").unwrap_or_default(),
            private_key: detail("private_key").unwrap_or_default(),
            client_id: detail("client_id").unwrap_or_default(),
            audience: detail("oidc_issuer").unwrap_or_default(),
        };
        match key.client_secret(seconds(self.call.now)) {
            Some(secret) => Ok(Some(Cow::Owned(secret))),
            None => invalid("private_key is not a P-256 key in PKCS#8"),
        }
    }

    fn id_token(&self, tokens: &Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let Some(token) = tokens.get("id_token").and_then(Value::as_str) else {
            return invalid("Bad token response: there is no id_token");
        };
        let keys = get(self.call, "jwks_uri", &self.endpoints.keys, &[])?;
        let expected = Expected {
            issuer: self.provider.detail("oidc_issuer").unwrap_or_default(),
            audience: self.provider.detail("client_id").unwrap_or_default(),
            nonce: &self.federation.nonce,
            now: seconds(self.call.now),
        };
        let verified = id_token::verify(token, &keys, &expected);
        verified.map_err(Failure::invalid_parameter)
    }

    /// Returns the response of the userinfo endpoint. Returns an empty object if the provider has
    /// no such endpoint.
    fn user_info(&self, tokens: &Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let url = &self.endpoints.user_info;
        if url.is_empty() {
            return Ok(Map::new());
        }
        let Some(token) = tokens.get("access_token").and_then(Value::as_str) else {
            return invalid("Bad token response: there is no access_token");
        };
        let bearer = format!("Bearer {token}");
        let headers = [(AUTHORIZATION, bearer.as_str())];
        if self.provider.detail("attributes_request_method") == Some("POST") {
            let answer = request(self.call, Method::POST, url, &headers, String::new());
            return document("userinfo", answer);
        }
        get(self.call, "userinfo", url, &headers)
    }
}

/// Adds the user's name to the claims. Apple sends the name through the browser at the first
/// sign-in. It is not signed, so it does not replace claims of the ID token.
fn add_apple_name(user: Option<&str>, claims: &mut Map<String, Value>) {
    let user: Value = serde_json::from_str(user.unwrap_or_default()).unwrap_or_default();
    for name in ["firstName", "lastName"] {
        if let Some(value) = user["name"][name].as_str() {
            let value = Value::String(value.to_owned());
            claims.entry(name).or_insert(value);
        }
    }
}

fn get(
    call: &Call<'_>,
    what: &str,
    url: &str,
    headers: &[(HeaderName, &str)],
) -> Result<Map<String, Value>, Failure> {
    document(
        what,
        request(call, Method::GET, url, headers, String::new()),
    )
}

/// Returns the JSON object in a response. `what` names the request in an error message.
fn document(
    what: &str,
    answer: Result<(StatusCode, Bytes), String>,
) -> Result<Map<String, Value>, Failure> {
    let what = format!("Bad {what} response");
    let (status, body) = answer.map_err(|reason| failed(&what, reason))?;
    if !status.is_success() {
        return Err(failed(&what, format!("HTTP/1.1 {status}")));
    }
    let document = serde_json::from_slice::<Value>(&body).ok();
    match document {
        Some(Value::Object(document)) => Ok(document),
        _ => Err(failed(&what, "not a JSON object")),
    }
}

/// Sends a request to a provider. An emulator without a server handles requests to its own test
/// provider in memory.
pub(super) fn request(
    call: &Call<'_>,
    method: Method,
    url: &str,
    headers: &[(HeaderName, &str)],
    body: String,
) -> Result<(StatusCode, Bytes), String> {
    if let Some(answer) = test_provider::in_memory(call.pools, url, headers, &body) {
        return Ok(answer);
    }
    may_send(call.is_nested, call.may_wait).map_err(|reason| reason.to_string())?;
    let mut headers = headers.to_vec();
    let nested = HeaderName::from_static(NESTED);
    headers.extend([(ACCEPT, "application/json"), (nested, "true")]);
    let request = Outgoing {
        method,
        url,
        headers: &headers,
        body: body.into_bytes(),
        most_body: MOST_BODY,
    };
    let answer = send(request, reach(call.pools), TIMEOUT);
    let answer = answer.map(|(head, body)| (head.status, body));
    answer.map_err(|reason| reason.to_string())
}
