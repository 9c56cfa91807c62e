//! An HTTP API that accepts tokens of a user pool, with poem. It uses an emulated user pool, so it
//! needs no AWS account.
//!
//! ```sh
//! cargo run --example poem_jwt
//! ```
//!
//! Copy [`SignedIn`] into your service.
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

use std::sync::Arc;

use cognito_examples::{ANN, BOB, Fixture, Outcome};
use cognito_jwt::{AccessClaims, CognitoVerifier};
use cognito_tower::{Guard, Rejection};
use http::StatusCode;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use poem::web::Json;
use poem::{
    Endpoint, EndpointExt, FromRequest, Request, RequestBody, Response, Route, get, handler,
};
use serde_json::{Value, json};

/// Returns the API: a public route, a route for signed-in users, and a route for admins.
pub fn api(verifier: CognitoVerifier) -> impl Endpoint {
    let guard = Guard::access(verifier);
    let admins = guard.clone().group("admins");
    Route::new()
        .at("/reports", get(reports).data(admins))
        .at("/me", get(me))
        .at("/livez", get(alive))
        .data(guard)
}

#[handler]
fn me(SignedIn(claims): SignedIn) -> Json<Value> {
    Json(json!({ "sub": claims.sub, "groups": claims.groups }))
}

#[handler]
fn reports(_: SignedIn) -> Json<Value> {
    Json(json!(["last week", "this week"]))
}

#[handler]
fn alive() -> &'static str {
    "alive"
}

/// An extractor for the claims of the caller's access token. It requires what the [`Guard`] in the
/// data of the route requires. If the route has none, it uses the guard of the application.
#[derive(Debug)]
pub struct SignedIn(Arc<AccessClaims>);

impl<'a> FromRequest<'a> for SignedIn {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let guard = request.data::<Guard<AccessClaims>>();
        let missing = || {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            poem::Error::from_string("there is no guard", status)
        };
        let guard = guard.ok_or_else(missing)?;
        let claims = guard.authenticate(request.headers()).await;
        claims.map(Self).map_err(|rejection| refused(&rejection))
    }
}

/// Creates the response to a caller whose token was rejected.
fn refused(rejection: &Rejection) -> poem::Error {
    let body = json!({ "message": rejection.message() });
    let mut response = Response::builder()
        .status(rejection.status())
        .content_type("application/json")
        .body(body.to_string());
    response.headers_mut().extend(rejection.headers());
    poem::Error::from_response(response)
}

/// Sends a request without a server, and returns the status and the challenge of the response. If
/// `token` is empty, sends no token.
pub async fn ask(
    verifier: CognitoVerifier,
    path: &str,
    token: &str,
) -> Outcome<(u16, Option<String>)> {
    let mut request = Request::builder().uri(path.parse()?);
    if !token.is_empty() {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let response = api(verifier).get_response(request.finish()).await;
    let challenge = response.headers().get(WWW_AUTHENTICATE);
    let challenge = challenge.and_then(|value| value.to_str().ok());
    Ok((response.status().as_u16(), challenge.map(str::to_owned)))
}

#[tokio::main]
async fn main() -> Outcome {
    let fixture = Fixture::start().await?;
    // For a pool in AWS:
    // CognitoVerifier::builder("eu-central-1_…".parse()?).client_id("…").build()?
    let verifier = fixture.verifier()?.build()?;
    let (ann, bob) = (
        fixture.access_token(ANN).await?,
        fixture.access_token(BOB).await?,
    );
    // A service passes the same API to `poem::Server::new(listener).run(api)`.
    for (path, token) in [
        ("/me", ""),
        ("/me", &bob),
        ("/reports", &bob),
        ("/reports", &ann),
    ] {
        let (status, challenge) = ask(verifier.clone(), path, token).await?;
        println!("GET {path}: {status} {}", challenge.unwrap_or_default());
    }
    Ok(())
}
