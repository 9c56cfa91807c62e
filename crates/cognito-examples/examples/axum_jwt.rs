//! An HTTP API that accepts tokens of a user pool, with axum, `cognito-jwt` and a guard. The API
//! needs no AWS SDK. The example uses an emulated user pool, so it needs no AWS account.
//!
//! ```sh
//! cargo run --example axum_jwt              # prints its responses
//! cargo run --example axum_jwt -- --serve   # runs until it is stopped
//! ```
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

use std::sync::Arc;

use axum::routing::get;
use axum::{Extension, Json, Router};
use cognito_axum::Server;
use cognito_examples::{ANN, BOB, Fixture, Outcome};
use cognito_jwt::{AccessClaims, CognitoVerifier};
use cognito_tower::RequireToken;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

/// Returns the API: a public route, a route for signed-in users, and a route for admins.
pub fn api(verifier: CognitoVerifier) -> Router {
    let admins = RequireToken::access(verifier.clone()).group("admins");
    Router::new()
        .route("/reports", get(reports).layer(admins))
        .route("/me", get(me).layer(RequireToken::access(verifier)))
        .route("/livez", get(|| async { "alive" }))
}

async fn me(Extension(claims): Extension<Arc<AccessClaims>>) -> Json<Value> {
    Json(json!({ "sub": claims.sub, "groups": claims.groups }))
}

async fn reports() -> Json<Value> {
    Json(json!(["last week", "this week"]))
}

#[tokio::main]
async fn main() -> Outcome {
    let fixture = Fixture::start().await?;
    // For a pool in AWS:
    // CognitoVerifier::builder("eu-central-1_…".parse()?).client_id("…").build()?
    let verifier = fixture.verifier()?.build()?;
    verifier.hydrate().await?;
    let api = api(verifier);
    let (ann, bob) = (
        fixture.access_token(ANN).await?,
        fixture.access_token(BOB).await?,
    );

    if std::env::args().any(|argument| argument == "--serve") {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        println!("curl -H 'Authorization: Bearer {ann}' http://{address}/reports");
        Server::new().serve(listener, api).await;
        return Ok(());
    }
    for (path, token) in [
        ("/me", ""),
        ("/me", &bob),
        ("/reports", &bob),
        ("/reports", &ann),
    ] {
        let answer = ask(&api, path, token).await?;
        let (parts, body) = answer.into_parts();
        let body = String::from_utf8(body.collect().await?.to_bytes().into())?;
        println!("GET {path}: {} {body}", parts.status);
    }
    Ok(())
}

/// Sends a request to the router directly, without a server. If `token` is empty, sends no token.
async fn ask(api: &Router, path: &str, token: &str) -> Outcome<Response<axum::body::Body>> {
    let mut request = Request::get(path);
    if !token.is_empty() {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    Ok(api
        .clone()
        .oneshot(request.body(axum::body::Body::empty())?)
        .await?)
}
