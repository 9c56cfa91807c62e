//! A server for the benchmark of cognito-tower. jwt-authorizer protects the route `/guarded`; the
//! route `/open` returns the same body without a check.

use std::io::{self, Read, Write};

use axum::routing::get;
use axum::Router;
use jwt_authorizer::{IntoLayer, JwtAuthorizer, JwtClaims, Validation};
use tokio::net::TcpListener;

use cognito_jwt_peers::{runtime, AccessClaims, Result, Setup};

/// Reads a [`Setup`] from standard input, prints the address of the server on one line, and serves
/// requests until standard input ends.
fn main() -> Result<()> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let setup: Setup = serde_json::from_str(&line)?;
    std::thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    runtime()?.block_on(serve(setup))
}

async fn serve(setup: Setup) -> Result<()> {
    let client_id = setup.client_id;
    let authorizer = JwtAuthorizer::<AccessClaims>::from_jwks_text(&setup.jwks)
        .validation(Validation::new().iss(&[&setup.issuer]))
        .check(move |claims| claims.is_for(&client_id));
    let authorizer = authorizer.build().await?;
    let whose = |JwtClaims(claims): JwtClaims<AccessClaims>| async move { claims.sub };
    // The `sub` of the valid token. This route verifies nothing.
    let sub = "24e8a4b8-1071-70f1-6b2c-5f7d3a9e0c41";
    let router = Router::new()
        .route("/open", get(move || async move { sub }))
        .route("/guarded", get(whose).layer(authorizer.into_layer()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    io::stdout().flush()?;
    Ok(axum::serve(listener, router).await?)
}
