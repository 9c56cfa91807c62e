//! Clients whose id is the URL of a client id metadata document.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cognito_emulator::{AuthFlow, Client, OAuthFlow};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::browser::{
    API, CALLBACK, SECRET, alerts, code_for, encoded, hosted, hosted_with, refused, request_with,
};
use crate::support::{CLIENT, Pool, Reply, START};
use crate::tokens;

/// The redirect URI of the client, which is no redirect URI of the app client.
const BACK: &str = "http://127.0.0.1:33418/callback";
const DAY: u64 = 24 * 3600;
/// The header of all requests for documents.
const NESTED: &str = "x-cognito-emulator-nested";

/// A server with client id metadata documents.
struct Server {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    requests: usize,
    /// `true` if the server accepts no connection.
    is_closed: bool,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State {
            status: 200,
            headers: vec![("content-type", "application/json".to_owned())],
            body: String::new(),
            requests: 0,
            is_closed: false,
        }));
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&served);
                if state.lock().is_closed {
                    continue;
                }
                let service = service_fn(move |request: Request<_>| {
                    assert_eq!(request.headers()[NESTED], "true");
                    let response = state.lock().respond();
                    async { Ok::<_, Infallible>(response) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        let server = Self { port, state };
        server.serve(json!({}));
        server
    }

    /// Returns the URL of the document, which is the id of the client.
    fn url(&self) -> String {
        format!("https://127.0.0.1:{}/clients/mcp.json", self.port)
    }

    /// Serves a valid document with changed members.
    fn serve(&self, changes: Value) {
        let mut document = json!({
            "client_id": self.url(),
            "client_name": "MCP client",
            "redirect_uris": [BACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        });
        if let Value::Object(changes) = changes {
            for (name, value) in changes {
                document[name] = value;
            }
        }
        self.state.lock().body = document.to_string();
    }

    fn requests(&self) -> usize {
        self.state.lock().requests
    }

    /// Creates a policy for the documents of this server, and returns its id.
    async fn allow(&self, pool: &Pool) -> Value {
        let pattern = format!("https://127.0.0.1:{}/clients/*", self.port);
        let fields = json!({ "ClientId": CLIENT, "PolicyName": "p", "URLPatterns": [pattern] });
        let mut created = pool.admin("CreateCIMDPolicy", fields).await.ok();
        created["CIMDPolicy"]["CIMDPolicyId"].take()
    }
}

impl State {
    fn respond(&mut self) -> Response<Full<Bytes>> {
        self.requests += 1;
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        let body = Bytes::from(self.body.clone());
        response.body(Full::new(body)).expect("a response")
    }
}

fn request_of(url: &str) -> String {
    request_with(&[("client_id", url), ("redirect_uri", BACK)])
}

async fn authorize(pool: &Pool, url: &str) -> Reply {
    pool.get(&format!("/oauth2/authorize?{}", request_of(url)))
        .await
}

/// Signs a user in and returns the tokens of the client.
async fn tokens_of(pool: &Pool, url: &str) -> Value {
    let code = code_for(pool, &request_of(url)).await;
    let fields = [("client_id", url), ("redirect_uri", BACK), ("code", &code)];
    let reply = pool.exchange(&fields).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

async fn renew(pool: &Pool, client: &str, tokens: &Value) -> Reply {
    let token = tokens["refresh_token"].as_str().unwrap_or("none");
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", client),
        ("refresh_token", token),
    ];
    pool.form("/oauth2/token", None, &fields).await
}

#[tokio::test]
async fn document_signs_users_in() {
    let pool = hosted_with(|client| client.secret(SECRET), |builder| builder).await;
    let server = Server::start().await;
    let discovery = format!(
        "/{}/.well-known/openid-configuration",
        pool.emulator.user_pool_id()
    );
    let supported = "client_id_metadata_document_supported";
    assert_eq!(pool.get(&discovery).await.body.get(supported), None);
    server.allow(&pool).await;
    assert_eq!(pool.get(&discovery).await.body[supported], true);

    let url = server.url();
    let tokens = tokens_of(&pool, &url).await;
    let access = tokens["access_token"].as_str().expect("a token");
    assert_eq!(tokens::claims(&pool, access).await["client_id"], CLIENT);
    let id_token = tokens["id_token"].as_str().expect("a token");
    assert_eq!(tokens::claims(&pool, id_token).await["aud"], url);
    assert_eq!(pool.user_info(access).await.status, 200);
    let renewed = renew(&pool, &url, &tokens).await.body;
    let id_token = renewed["id_token"].as_str().expect("a token");
    assert_eq!(tokens::claims(&pool, id_token).await["aud"], url);
    assert_eq!(server.requests(), 1);
    let fields = [
        ("client_id", url.as_str()),
        ("token", tokens["refresh_token"].as_str().expect("a token")),
    ];
    assert_eq!(pool.form("/oauth2/revoke", None, &fields).await.status, 200);
    refused(&renew(&pool, &url, &tokens).await, "invalid_grant");
}

#[tokio::test]
async fn tokens_stay_with_their_client() {
    let pool = hosted().await;
    let server = Server::start().await;
    server.allow(&pool).await;
    let url = server.url();
    let code = code_for(&pool, &request_of(&url)).await;
    let reply = pool
        .exchange(&[("redirect_uri", BACK), ("code", &code)])
        .await;
    refused(&reply, "invalid_grant");
    let tokens = tokens_of(&pool, &url).await;
    refused(&renew(&pool, CLIENT, &tokens).await, "invalid_grant");
    let fields = json!({ "ClientId": CLIENT, "RefreshToken": tokens["refresh_token"] });
    let reply = pool.call("GetTokensFromRefreshToken", fields).await;
    reply.not_authorized("Invalid Refresh Token.");
    let regular = pool.hosted_tokens("openid").await;
    refused(&renew(&pool, &url, &regular).await, "invalid_grant");
    let secret = [
        ("client_id", url.as_str()),
        ("client_secret", SECRET),
        ("code", "x"),
    ];
    refused(&pool.exchange(&secret).await, "invalid_client");
}

#[tokio::test]
async fn document_and_client_limit_each_other() {
    let pool = hosted_with(
        |client| {
            let client = client.flow(AuthFlow::RefreshToken);
            client.flow(AuthFlow::TokenExchangeImpersonation)
        },
        |builder| builder,
    )
    .await;
    let server = Server::start().await;
    server.allow(&pool).await;
    server.serve(json!({
        "scope": "openid unknown",
        "grant_types": ["authorization_code", "client_credentials", "urn:example:other"],
    }));
    let url = server.url();
    let back = |reply: Reply| reply.header("location").to_owned();
    let reply = authorize(&pool, &url).await;
    assert!(
        back(reply).contains("invalid_scope"),
        "the document has no scope email"
    );
    let narrow = request_with(&[
        ("client_id", url.as_str()),
        ("redirect_uri", BACK),
        ("scope", "openid"),
    ]);
    let code = code_for(&pool, &narrow).await;
    let fields = [
        ("client_id", url.as_str()),
        ("redirect_uri", BACK),
        ("code", &code),
    ];
    let tokens = pool.exchange(&fields).await.body;
    assert_eq!(tokens.get("refresh_token"), None);
    refused(&renew(&pool, &url, &tokens).await, "unauthorized_client");
    let other = request_with(&[("client_id", &url), ("redirect_uri", CALLBACK)]);
    let reply = pool.get(&format!("/oauth2/authorize?{other}")).await;
    let why = "only redirect URIs of the document are allowed";
    assert!(back(reply).starts_with("/error?"), "{why}");
    let fields = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("client_id", url.as_str()),
        (
            "subject_token",
            tokens["access_token"].as_str().expect("a token"),
        ),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
        ("audience", API),
    ];
    let reply = pool.form("/oauth2/token", None, &fields).await;
    refused(&reply, "unauthorized_client");
}

#[tokio::test]
async fn document_clients_have_no_implicit_flow() {
    let implicit = |client: Client| client.oauth_flow(OAuthFlow::Implicit);
    let pool = hosted_with(implicit, |builder| builder).await;
    let server = Server::start().await;
    server.allow(&pool).await;
    let redirected = async |id: &str, redirect: &str| {
        let request = request_with(&[
            ("client_id", id),
            ("redirect_uri", redirect),
            ("response_type", "token"),
        ]);
        let reply = pool.get(&format!("/oauth2/authorize?{request}")).await;
        reply.header("location").to_owned()
    };
    let to = redirected(&server.url(), BACK).await;
    assert!(to.starts_with(BACK), "{to}");
    assert!(to.contains("unauthorized_client"), "{to}");
    let to = redirected(CLIENT, CALLBACK).await;
    assert!(to.starts_with("/login?"), "the app client has it: {to}");
}

#[tokio::test]
async fn invalid_documents_are_rejected() {
    let pool = hosted().await;
    let server = Server::start().await;
    server.allow(&pool).await;
    let url = server.url();
    for changes in [
        json!({ "client_id": "https://evil.example/client.json" }),
        json!({ "client_id": null }),
        json!({ "redirect_uris": [] }),
        json!({ "redirect_uris": ["http://localhost:1@evil.example/"] }),
        json!({ "redirect_uris": ["javascript://app.example/%0aalert(1)"] }),
        json!({ "grant_types": ["client_credentials"] }),
        json!({ "response_types": ["token"] }),
        json!({ "token_endpoint_auth_method": "client_secret_basic" }),
        json!({ "token_endpoint_auth_method": null }),
        json!({ "client_secret": "secret" }),
        json!({ "padding": "a".repeat(5 * 1024) }),
    ] {
        server.serve(changes.clone());
        let reply = authorize(&pool, &url).await;
        assert_eq!(reply.status, 400, "{changes}");
        pool.advance(Duration::from_secs(11));
    }
    server.serve(json!({}));
    let headers = |kind: &str| vec![("content-type", kind.to_owned())];
    for (status, headers) in [
        (200, headers("text/html")),
        (404, headers("application/json")),
        (
            302,
            vec![("location", server.url().replace("https", "http"))],
        ),
    ] {
        {
            let mut state = server.state.lock();
            (state.status, state.headers) = (status, headers);
        }
        let requests = server.requests();
        assert_eq!(authorize(&pool, &url).await.status, 400, "{status}");
        assert_eq!(server.requests(), requests + 1, "no redirect is followed");
        pool.advance(Duration::from_secs(11));
    }
    {
        let mut state = server.state.lock();
        (state.status, state.headers) = (200, headers("Application/JSON; charset=utf-8"));
    }
    assert_eq!(authorize(&pool, &url).await.status, 302);
}

#[tokio::test]
async fn only_allowed_urls_are_read() {
    let pool = hosted().await;
    let server = Server::start().await;
    let url = server.url();
    assert_eq!(authorize(&pool, &url).await.status, 400, "without a policy");
    let policy = server.allow(&pool).await;
    let other = url.replace("/clients/", "/others/");
    let dots = url.replace("/clients/", "/clients/%2e%2e/");
    for url in [
        other.as_str(),
        &dots,
        &url.replace("https", "http"),
        &url.replace("https://", "https://user@"),
        "https://evil.example/clients/mcp.json",
    ] {
        assert_eq!(authorize(&pool, url).await.status, 400, "{url}");
    }
    assert_eq!(server.requests(), 0);
    let remote = json!({
        "ClientId": CLIENT, "PolicyName": "p", "URLPatterns": ["https://*.example/*"],
    });
    pool.admin("CreateCIMDPolicy", remote).await.ok();
    // A URL that is not requested does not count as a request of the caller.
    for number in 0..30 {
        authorize(&pool, &format!("https://app.example/{number}")).await;
    }
    let reply = authorize(&pool, "https://app.example/client.json").await;
    alerts(
        &reply,
        "invalid_client: the client metadata document cannot be read: an https URL needs the \
         feature `remote-providers` and the option `--allow-remote-providers`: use both, or an \
         http URL of this host",
    );
    assert_eq!(authorize(&pool, &url).await.status, 302);
    let id = json!({ "CIMDPolicyId": policy });
    pool.admin("DeleteCIMDPolicy", id).await.ok();
    assert_eq!(
        authorize(&pool, &url).await.status,
        400,
        "without the policy"
    );
}

#[tokio::test]
async fn documents_are_stored_and_listed() {
    let pool = hosted().await;
    let server = Server::start().await;
    let id = json!({ "CIMDPolicyId": server.allow(&pool).await });
    let url = server.url();
    assert_eq!(authorize(&pool, &url).await.status, 302);
    assert_eq!(authorize(&pool, &url).await.status, 302);
    assert_eq!(server.requests(), 1);
    let listed = pool.admin("ListClientMetadataURLs", id.clone()).await.ok();
    let listed = &listed["ClientMetadataURLs"][0];
    assert_eq!(listed["URL"], url);
    for (name, expected) in [("CachedDate", START), ("ExpirationDate", START + DAY)] {
        assert_eq!(listed[name].as_f64(), json!(expected).as_f64(), "{name}");
    }
    let change = |action: &str| {
        let mut fields = id.clone();
        fields["URL"] = json!(url);
        fields["Action"] = json!(action);
        pool.admin("UpdateClientMetadataURLState", fields)
    };
    let week = ("cache-control", format!("public, max-age={}", 7 * DAY));
    server.state.lock().headers.push(week);
    change("REFRESH").await.ok();
    assert_eq!(server.requests(), 2);
    pool.advance(Duration::from_secs(6 * DAY));
    assert_eq!(authorize(&pool, &url).await.status, 302);
    assert_eq!(server.requests(), 2, "the header sets the lifetime");
    server.serve(json!({ "client_id": "https://evil.example/" }));
    let message = "the client metadata document has another client_id";
    change("REFRESH").await.invalid_parameter(message);
    assert_eq!(
        authorize(&pool, &url).await.status,
        302,
        "the stored document is kept"
    );
    change("INVALIDATE").await.ok();
    assert_eq!(authorize(&pool, &url).await.status, 400);
    let message = "The client metadata document URL is not cached.";
    for action in ["INVALIDATE", "REFRESH"] {
        change(action)
            .await
            .fails("CachedCIMDURLDoesNotExistException", message);
    }
}

#[tokio::test]
async fn failed_requests_are_limited_per_caller() {
    let pool = hosted().await;
    let server = Server::start().await;
    server.allow(&pool).await;
    server.state.lock().status = 404;
    let url = server.url();
    for _ in 0..3 {
        assert_eq!(authorize(&pool, &url).await.status, 400);
    }
    assert_eq!(server.requests(), 1, "the failure is stored");
    for number in 0..30 {
        let reply = authorize(&pool, &format!("{url}{number}")).await;
        assert_eq!(reply.status, 400);
    }
    assert_eq!(server.requests(), 20);
    server.state.lock().status = 200;
    pool.advance(Duration::from_secs(11));
    assert_eq!(authorize(&pool, &url).await.status, 302);
}

#[tokio::test]
async fn lite_pools_read_no_documents() {
    let pool = hosted().await;
    let server = Server::start().await;
    server.allow(&pool).await;
    pool.admin("UpdateUserPool", json!({ "UserPoolTier": "LITE" }))
        .await
        .ok();
    assert_eq!(authorize(&pool, &server.url()).await.status, 400);
    assert_eq!(server.requests(), 0);
    let fields = json!({
        "ClientId": CLIENT, "PolicyName": "p", "URLPatterns": ["https://app.example/*"],
    });
    let reply = pool.admin("CreateCIMDPolicy", fields).await;
    let message = "CIMDPolicy is not available in the LITE tier.";
    reply.fails("FeatureUnavailableInTierException", message);
}

#[tokio::test]
async fn deleted_client_ends_its_documents() {
    let pool = hosted().await;
    let server = Server::start().await;
    server.allow(&pool).await;
    let tokens = tokens_of(&pool, &server.url()).await;
    let fields = json!({ "ClientId": CLIENT });
    pool.admin("DeleteUserPoolClient", fields).await.ok();
    refused(
        &renew(&pool, &server.url(), &tokens).await,
        "invalid_client",
    );
    assert_eq!(authorize(&pool, &server.url()).await.status, 400);
}

// The id of a client can be a URL of the emulator itself.
#[tokio::test]
async fn requests_of_emulators_read_no_documents() {
    let pool = hosted().await;
    let server = Server::start().await;
    server.allow(&pool).await;
    let path = format!("/oauth2/authorize?{}", request_of(&server.url()));
    for _ in 0..30 {
        let reply = pool.send("GET", &path, &[(NESTED, "true")], "").await;
        assert_eq!(reply.status, 400);
    }
    assert_eq!(server.requests(), 0);
    let reply = pool.get(&path).await;
    assert_eq!(reply.status, 302, "no failure is stored: {}", reply.body);
}

#[tokio::test]
async fn document_clients_register_no_clients() {
    let scope = "aws.cognito/dcr/register";
    let pool = hosted_with(|client| client.oauth_scope(scope), |builder| builder).await;
    let server = Server::start().await;
    server.allow(&pool).await;
    for scopes in [json!(null), json!(scope)] {
        server.serve(json!({ "scope": scopes }));
        let url = server.url();
        let changes = [
            ("client_id", url.as_str()),
            ("redirect_uri", BACK),
            ("scope", scope),
        ];
        let path = format!("/oauth2/authorize?{}", request_with(&changes));
        let reply = pool.get(&path).await;
        let to = reply.header("location");
        assert!(to.contains("invalid_scope"), "{scopes}: {to}");
        pool.advance(Duration::from_secs(2 * DAY));
    }
}

#[tokio::test]
async fn embedded_pages_read_no_documents() {
    let pool = hosted().await;
    let server = Server::start().await;
    server.allow(&pool).await;
    let path = format!("/oauth2/authorize?{}", request_of(&server.url()));
    let headers = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "no-cors"),
    ];
    assert_eq!(pool.send("GET", &path, &headers, "").await.status, 400);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = encoded(&[
        ("grant_type", "authorization_code"),
        ("client_id", &server.url()),
        ("redirect_uri", BACK),
        ("code", "x"),
    ]);
    let headers = [form, headers[0], headers[1]];
    let reply = pool.send("POST", "/oauth2/token", &headers, body).await;
    refused(&reply, "temporarily_unavailable");
    assert_eq!(server.requests(), 0);
    assert_eq!(pool.get(&path).await.status, 302, "no failure is stored");
}

#[tokio::test]
async fn unavailable_document_is_no_invalid_client() {
    let pool = hosted().await;
    let server = Server::start().await;
    server.allow(&pool).await;
    let url = server.url();
    let fields = [
        ("client_id", url.as_str()),
        ("redirect_uri", BACK),
        ("code", "x"),
    ];
    server.state.lock().is_closed = true;
    refused(&pool.exchange(&fields).await, "temporarily_unavailable");
    server.state.lock().is_closed = false;
    pool.advance(Duration::from_secs(11));
    refused(&pool.exchange(&fields).await, "invalid_grant");
}
