//! An MCP server for signed-in users, with `rmcp` and a guard. A client of the Model Context
//! Protocol (MCP) needs only the URL of the server: it finds the user pool, registers itself, and
//! lets the user sign in. The example uses an emulated user pool, so it needs no AWS account.
//!
//! ```sh
//! cargo run --example mcp_server                # runs until it is stopped
//! cargo run --example mcp_server -- --port 3000
//! ```
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

mod pool;
mod tools;

use axum::Router;
use cognito_axum::{ResourceMetadata, ResourceMetadataRoute, Server};
use cognito_examples::{ANN, Outcome, PASSWORD};
use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder};
use cognito_tower::RequireToken;

/// The path of the MCP server.
const PATH: &str = "/mcp";

/// Returns the MCP server. `resource` is its public URL, with the path [`PATH`]. `issuer` is the
/// issuer of the user pool, and `pool` the builder of a verifier for the pool.
pub fn app(pool: CognitoVerifierBuilder, issuer: &str, resource: &str) -> Outcome<Router> {
    let scope = pool::scope(resource);
    let metadata = ResourceMetadata::new(resource, issuer)?
        .scopes([scope.as_str()])?
        .name("MCP server of cognito-examples");
    // Security: the ids of clients that register themselves are not known, so tokens of all clients
    // are accepted. But a token must have been requested for this server (`aud`). Tokens that users
    // gave to other applications are rejected.
    let verifier = pool
        .danger_any_client()
        .expected_audience(resource)
        .build()?;
    let guard = RequireToken::access(verifier)
        .scope(scope)
        .resource_metadata(metadata.url());
    Ok(Router::new()
        .route_service(PATH, tools::service())
        .layer(guard)
        // Outside of the guard: clients read it before they have a token.
        .merge(ResourceMetadataRoute::new(metadata).into_router()))
}

#[tokio::main]
async fn main() -> Outcome {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port()?)).await?;
    let resource = format!("http://{}{PATH}", listener.local_addr()?);
    let emulator = pool::start(&resource).await?;
    // For a pool in AWS: CognitoVerifier::builder("eu-central-1_…".parse()?), without `issuer` and
    // `jwks_uri`. The issuer is https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_….
    let pool = CognitoVerifier::builder(emulator.user_pool_id().parse()?)
        .issuer(emulator.issuer())
        .jwks_uri(emulator.jwks_uri());
    let app = app(pool, emulator.issuer(), &resource)?;
    println!("MCP server: {resource}");
    println!("user: {ANN}, password: {PASSWORD}");
    Server::new().serve(listener, app).await;
    Ok(())
}

/// Returns the port in the arguments. Default: 0, which selects a free port.
fn port() -> Outcome<u16> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => Ok(0),
        (Some("--port"), Some(port)) => Ok(port.parse()?),
        _ => Err("usage: mcp_server [--port N]".into()),
    }
}
