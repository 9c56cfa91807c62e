//! The server of the benchmark: one route behind each guard, and one route without a guard.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use cognito_core::AccessClaims;
use cognito_testkit::samples::{self, USERS};
use cognito_tower::RequireToken;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::{Result, tokens};

/// Runs the HTTP server of the benchmark until the standard input ends. It has one thread if
/// `is_alone` is `true`, otherwise one thread for each core. Prints its address on one line.
pub(crate) fn serve(is_alone: bool) -> Result<()> {
    let mut builder = if is_alone {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    std::thread::spawn(|| {
        // No input is ever sent. It ends when the parent process ends.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    builder.enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        io::stdout().flush()?;
        axum::serve(listener, router()?).await?;
        Ok(())
    })
}

fn router() -> Result<Router> {
    let whose = async |claims: Extension<Arc<AccessClaims>>| claims.sub.clone();
    let whose_by_hand = async |claims: Extension<ClaimsByHand>| claims.sub.clone();
    let ours = RequireToken::access(tokens::verifier(|verifier| verifier)?);
    let cached = RequireToken::access(tokens::verifier(|verifier| verifier.token_cache(1_000))?);
    let by_hand = from_fn_with_state(Arc::new(ByHand::new()?), by_hand);
    Ok(Router::new()
        .route("/open", get(async || USERS[0]))
        .route("/ours", get(whose).layer(ours))
        .route("/cached", get(whose).layer(cached))
        .route("/jsonwebtoken", get(whose_by_hand).layer(by_hand)))
}

/// A custom guard with `jsonwebtoken`: the code in the documentation of that crate, plus the checks
/// for Cognito's tokens.
struct ByHand {
    keys: HashMap<String, DecodingKey>,
    validation: Validation,
    client_id: String,
}

/// The claims of an access token that an application reads.
#[derive(Clone, Deserialize)]
#[allow(dead_code, reason = "a user would want the claims")]
struct ClaimsByHand {
    auth_time: u64,
    client_id: String,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    event_id: Option<String>,
    exp: u64,
    iat: u64,
    iss: String,
    jti: Option<String>,
    origin_jti: Option<String>,
    scope: Option<String>,
    sub: String,
    token_use: String,
    username: Option<String>,
}

impl ByHand {
    fn new() -> Result<Self> {
        let pool = samples::pool();
        let document: Value = serde_json::from_str(&pool.jwks_json())?;
        let mut keys = HashMap::new();
        for key in document["keys"].as_array().ok_or("no keys")? {
            let text = |name: &str| key[name].as_str().ok_or("a key without kid, n or e");
            let decoding = DecodingKey::from_rsa_components(text("n")?, text("e")?)?;
            keys.insert(text("kid")?.to_owned(), decoding);
        }
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[pool.issuer()]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.validate_aud = false;
        validation.leeway = 0;
        Ok(Self {
            keys,
            validation,
            client_id: pool.client_id().to_owned(),
        })
    }

    fn verify(&self, token: &str) -> Option<ClaimsByHand> {
        let kid = decode_header(token).ok()?.kid?;
        let decoded = decode::<ClaimsByHand>(token, self.keys.get(&kid)?, &self.validation);
        let claims = decoded.ok()?.claims;
        (claims.client_id == self.client_id && claims.token_use == "access").then_some(claims)
    }
}

async fn by_hand(
    State(ours): State<Arc<ByHand>>,
    mut request: Request,
    next: Next,
) -> std::result::Result<Response, StatusCode> {
    let token = request.headers().get(AUTHORIZATION);
    let token = token.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let claims = token.and_then(|token| ours.verify(token));
    request
        .extensions_mut()
        .insert(claims.ok_or(StatusCode::UNAUTHORIZED)?);
    Ok(next.run(request).await)
}
