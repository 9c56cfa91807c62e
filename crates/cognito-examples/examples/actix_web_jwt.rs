//! An HTTP API that accepts tokens of a user pool, with actix-web. It uses an emulated user pool, so
//! it needs no AWS account.
//!
//! ```sh
//! cargo run --example actix_web_jwt
//! ```
//!
//! actix-web has its own types for headers and responses. [`SignedIn`] converts the header with the
//! token, and [`Refused`] converts the rejection. Copy both into your service.
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::error::ErrorInternalServerError;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{App, FromRequest, HttpRequest, HttpResponse, ResponseError, test};
use cognito_examples::{ANN, BOB, Fixture, Outcome};
use cognito_jwt::{AccessClaims, CognitoVerifier};
use cognito_tower::{Guard, Rejection};
use serde_json::{Value, json};

/// Returns a function that adds the routes: a public route, a route for signed-in users, and a
/// route for admins.
pub fn routes(verifier: CognitoVerifier) -> impl FnOnce(&mut ServiceConfig) {
    let guard = Guard::access(verifier);
    let admins = guard.clone().group("admins");
    move |config| {
        let reports = web::resource("/reports").app_data(Data::new(admins));
        config
            .app_data(Data::new(guard))
            .service(reports.route(web::get().to(reports_of)))
            .route("/me", web::get().to(me))
            .route("/livez", web::get().to(async || "alive"));
    }
}

async fn me(SignedIn(claims): SignedIn) -> Json<Value> {
    Json(json!({ "sub": claims.sub, "groups": claims.groups }))
}

async fn reports_of(_: SignedIn) -> Json<Value> {
    Json(json!(["last week", "this week"]))
}

/// An extractor for the claims of the caller's access token. It requires what the [`Guard`] in the
/// application data of the resource requires. If the resource has none, it uses the guard of the
/// application.
#[derive(Debug)]
pub struct SignedIn(Arc<AccessClaims>);

impl FromRequest for SignedIn {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let guard = request.app_data::<Data<Guard<AccessClaims>>>().cloned();
        let mut headers = http::HeaderMap::new();
        // Security: the guard rejects a request with two tokens, so it must see both.
        for value in request.headers().get_all(AUTHORIZATION) {
            if let Ok(value) = http::HeaderValue::from_bytes(value.as_bytes()) {
                headers.append(http::header::AUTHORIZATION, value);
            }
        }
        Box::pin(async move {
            let guard = guard.ok_or_else(|| ErrorInternalServerError("there is no guard"))?;
            let claims = guard.authenticate(&headers).await.map_err(Refused)?;
            Ok(Self(claims))
        })
    }
}

/// The response to a caller whose token was rejected.
#[derive(Debug)]
pub struct Refused(Rejection);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.message())
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        let status = self.0.status().as_u16();
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in &self.0.headers() {
            response.append_header((name.as_str(), value.as_bytes()));
        }
        response.json(json!({ "message": self.0.message() }))
    }
}

/// Sends a request without a server, and returns the status and the challenge of the response. If
/// `token` is empty, sends no token.
pub async fn ask(verifier: CognitoVerifier, path: &str, token: &str) -> (u16, Option<String>) {
    let app = test::init_service(App::new().configure(routes(verifier))).await;
    let mut request = test::TestRequest::get().uri(path);
    if !token.is_empty() {
        request = request.insert_header((AUTHORIZATION, format!("Bearer {token}")));
    }
    let response = test::call_service(&app, request.to_request()).await;
    let challenge = response.headers().get("www-authenticate");
    let challenge = challenge.and_then(|value| value.to_str().ok());
    (response.status().as_u16(), challenge.map(str::to_owned))
}

#[actix_web::main]
async fn main() -> Outcome {
    let fixture = Fixture::start().await?;
    // For a pool in AWS:
    // CognitoVerifier::builder("eu-central-1_…".parse()?).client_id("…").build()?
    let verifier = fixture.verifier()?.build()?;
    let (ann, bob) = (
        fixture.access_token(ANN).await?,
        fixture.access_token(BOB).await?,
    );
    // A service passes the same routes to `HttpServer::new(move || App::new().configure(…))`.
    for (path, token) in [
        ("/me", ""),
        ("/me", &bob),
        ("/reports", &bob),
        ("/reports", &ann),
    ] {
        let (status, challenge) = ask(verifier.clone(), path, token).await;
        println!("GET {path}: {status} {}", challenge.unwrap_or_default());
    }
    Ok(())
}
