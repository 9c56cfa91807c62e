//! A test that uses the published crates as a service does: it signs a user in and verifies the
//! token.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cognito::config::PoolConfig;
use cognito::{Cognito, SignIn};
use cognito_axum::{AccessClaims, TokenGuard};
use cognito_emulator::Emulator;
use cognito_jwt::CognitoVerifier;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

const EMAIL: &str = "user@example.com";
const PASSWORD: &str = "SecurePass123!";

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::test]
async fn signs_up_signs_in_and_verifies() -> Outcome {
    let emulator = Emulator::builder().start().await?;
    let token = access_token(&emulator).await?;
    let verifier = CognitoVerifier::builder(emulator.user_pool_id().parse()?)
        .client_id(emulator.client_id())
        .issuer(emulator.issuer())
        .jwks_uri(emulator.jwks_uri())
        .build()?;
    let claims = verifier.verify_access(&token).await?;
    let app = Router::new()
        .route("/", get(subject))
        .with_state(TokenGuard::new(verifier));

    let (status, body) = respond(&app, &format!("Bearer {token}")).await?;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::OK, claims.sub.as_str())
    );
    let (status, _) = respond(&app, "Bearer not.a.token").await?;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    emulator.shutdown().await;
    Ok(())
}

/// Signs a new user up and in at the emulator, and returns the access token.
async fn access_token(emulator: &Emulator) -> Outcome<String> {
    let pool_id = emulator.user_pool_id().parse()?;
    let pool = PoolConfig::new(pool_id, emulator.client_id().parse()?);
    let cognito = Cognito::builder()
        .config(pool)
        .emulator(emulator.endpoint())
        .build()
        .await?;
    cognito.sign_up(EMAIL, PASSWORD).await?;
    let code = emulator.inbox().latest_code(EMAIL).ok_or("no code")?;
    cognito.confirm_sign_up(EMAIL, &code).await?;
    match cognito.login(EMAIL, PASSWORD).await? {
        SignIn::Complete(tokens) => Ok(tokens.access_token.expose().to_owned()),
        other => Err(format!("a challenge: {other:?}").into()),
    }
}

async fn subject(claims: AccessClaims) -> String {
    claims.sub.to_string()
}

/// Sends a request to the app without a network, and returns the status and the body of the
/// response.
async fn respond(app: &Router, authorization: &str) -> Outcome<(StatusCode, String)> {
    let request = Request::get("/").header(AUTHORIZATION, authorization);
    let response = app.clone().oneshot(request.body(Body::empty())?).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8(body.into())?))
}
