//! The MCP server, with tokens of a pool whose keys need not be fetched.
//!
//! `cargo xtask interop` runs it with an MCP client of another project.

use axum::Router;
use axum::body::Body;
use cognito_jwt::{CognitoVerifier, StaticJwks};
use cognito_testkit::{FixedClock, TestPool};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::mcp_server::app;

const RESOURCE: &str = "http://127.0.0.1:3000/mcp";
const SCOPE: &str = "http://127.0.0.1:3000/mcp/tools";
const METADATA: &str = "http://127.0.0.1:3000/.well-known/oauth-protected-resource/mcp";

/// Returns a pool, and the MCP server for its users.
fn server() -> (TestPool, Router) {
    let clock = FixedClock::at_unix(1_800_000_000);
    let pool = TestPool::new("eu-central-1_aBcDeFgHi", "client1").with_clock(clock.clone());
    let keys = StaticJwks::new(pool.jwks_json().into_bytes());
    let builder = CognitoVerifier::builder(pool.user_pool_id().parse().unwrap());
    let builder = builder.clock(clock).jwks_source(keys);
    let app = app(builder, "https://login.example.com", RESOURCE).unwrap();
    (pool, app)
}

/// Returns a token for the resource `aud` with the scope.
fn token(pool: &TestPool, aud: Value, scope: &str) -> String {
    pool.access_token(|claims| {
        claims.insert("aud".to_owned(), aud);
        claims.insert("scope".to_owned(), json!(scope));
    })
}

async fn call(app: &Router, token: Option<&str>) -> Response<Body> {
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "who_am_i", "arguments": {} },
    });
    let mut request = Request::post("/mcp")
        .header("host", "127.0.0.1:3000")
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

async fn body(response: Response<Body>) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn tool_returns_sub_of_the_token() {
    let (pool, app) = server();
    let token = pool.access_token(|claims| {
        claims.insert(
            "sub".to_owned(),
            json!("11111111-2222-3333-4444-555555555555"),
        );
        claims.insert("aud".to_owned(), json!(RESOURCE));
        claims.insert("scope".to_owned(), json!(SCOPE));
    });
    let response = call(&app, Some(&token)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        body(response).await["result"]["content"][0]["text"],
        "11111111-2222-3333-4444-555555555555"
    );
}

#[tokio::test]
async fn other_tokens_are_rejected() {
    let (pool, app) = server();
    let bound = |aud: Value| Some(token(&pool, aud, SCOPE));
    let unbound = pool.access_token(|claims| {
        claims.remove("aud");
        claims.insert("scope".to_owned(), json!(SCOPE));
    });
    let weak = token(&pool, json!(RESOURCE), "openid email");
    let end = format!("resource_metadata=\"{METADATA}\"");
    for (token, status, error) in [
        (None, 401, ""),
        (
            bound(json!("http://127.0.0.1:3000/other")),
            401,
            "invalid_token",
        ),
        (
            bound(json!("http://127.0.0.1:3000/mcp/")),
            401,
            "invalid_token",
        ),
        (Some(unbound), 401, "invalid_token"),
        (Some(weak), 403, "insufficient_scope"),
    ] {
        let response = call(&app, token.as_deref()).await;
        assert_eq!(response.status().as_u16(), status, "{error}");
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.ends_with(&end), "{challenge}");
        assert!(challenge.contains(error), "{challenge}");
        let names_scope = challenge.contains(&format!("scope=\"{SCOPE}\""));
        assert_eq!(names_scope, status == 403, "{challenge}");
    }
}

#[tokio::test]
async fn metadata_names_issuer_and_scope() {
    let (_, app) = server();
    let request = Request::get("/.well-known/oauth-protected-resource/mcp");
    let request = request.header("host", "evil.example").body(Body::empty());
    let response = app.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let found = body(response).await;
    assert_eq!(found["resource"], RESOURCE);
    assert_eq!(
        found["authorization_servers"],
        json!(["https://login.example.com"])
    );
    assert_eq!(found["scopes_supported"], json!([SCOPE]));
}
