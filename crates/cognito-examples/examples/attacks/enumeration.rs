//! Simulates attackers who compare responses to find out whether an account exists.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use cognito::Cognito;
use cognito::config::PoolConfig;
use cognito_axum::AuthRoutes;
use cognito_emulator::{Client, Emulator};
use cognito_testkit::FixedClock;
use http::Request;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Figure, Size};

const PASSWORD: &str = "SecurePass123!";
/// One user name for each state, in this order: confirmed, not confirmed, disabled, invited,
/// password reset required, no such user. The names have equal length.
const USERS: [&str; 6] = [
    "u-exists@example.com",
    "u-signup@example.com",
    "u-barred@example.com",
    "u-invite@example.com",
    "u-resets@example.com",
    "u-nobody@example.com",
];
const PATHS: [&str; 5] = [
    "login",
    "confirm",
    "reset-password",
    "forgot-password",
    "resend-code",
];

/// Simulates an attacker who repeats the same request for users in different states and compares
/// the responses. Returns the number of responses that differ from the responses for the first
/// user.
pub(crate) async fn sequences(size: Size) -> Vec<Figure> {
    let mut differing = 0;
    for path in PATHS {
        let (emulator, router) = service().await;
        let mut first: Option<Vec<String>> = None;
        for (last, user) in (1..).zip(USERS) {
            let mut seen = Vec::new();
            for number in 0..size.of(12, 40) {
                let third = u8::try_from(number / 3).unwrap_or(u8::MAX);
                seen.push(sent(&router, path, user, [198, 18, third, last]).await);
            }
            let first = first.get_or_insert_with(|| seen.clone());
            let pairs = seen.iter().zip(first.iter());
            differing += pairs.filter(|(one, other)| one != other).count();
        }
        drop(emulator);
    }
    let differing = u32::try_from(differing).unwrap_or(u32::MAX);
    vec![Figure::new(
        "responses that differ between users",
        f64::from(differing),
        0.0,
    )]
}

async fn service() -> (Emulator, Router) {
    let clock = FixedClock::at_unix(1_800_000_000);
    let emulator = Emulator::builder().clock(Arc::new(clock.clone()));
    // The pool itself reveals users, so that only the library hides them.
    let emulator = pool(emulator).await;
    let cognito = Cognito::builder().clock(clock.clone());
    let cognito = built(cognito, &emulator).await;
    populate(&emulator, &cognito).await;
    let routes = AuthRoutes::new(cognito).clock(clock);
    (emulator, routes.into_router())
}

async fn pool(builder: cognito_emulator::EmulatorBuilder) -> Emulator {
    let client = Client::new("web").prevent_user_existence_errors(false);
    builder
        .client(client)
        .start()
        .await
        .expect("the emulator starts")
}

async fn built(builder: cognito::CognitoBuilder, emulator: &Emulator) -> Cognito {
    let pool = PoolConfig::new(
        emulator.user_pool_id().parse().expect("an id"),
        emulator.client_id().parse().expect("an id"),
    );
    let builder = builder.config(pool).emulator(emulator.endpoint());
    builder.build().await.expect("the facade is built")
}

async fn populate(emulator: &Emulator, cognito: &Cognito) {
    let [exists, signed_up, disabled, invited, resets, _] = USERS;
    for email in [exists, disabled, resets] {
        emulator.create_user(email, PASSWORD, &[]).expect("a user");
    }
    cognito.sign_up(signed_up, PASSWORD).await.expect("a user");
    let admin = cognito.admin();
    admin.user(disabled).disable().await.expect("disabled");
    admin.create_user(invited).await.expect("invited");
    admin.user(resets).reset_password().await.expect("a reset");
}

async fn sent(router: &Router, path: &str, user: &str, peer: [u8; 4]) -> String {
    let body: Value = match path {
        "login" => json!({"email": user, "password": "WrongPass123!"}),
        "confirm" => json!({"email": user, "code": "000000"}),
        "reset-password" => {
            json!({"email": user, "code": "000000", "newPassword": "EvenBetter456!"})
        }
        _ => json!({"email": user}),
    };
    let request = Request::post(format!("/auth/{path}"))
        .header(CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(SocketAddr::from((peer, 50_000))))
        .body(Body::from(body.to_string()))
        .expect("a request");
    let response = router.clone().oneshot(request).await.expect("a response");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    format!(
        "{} {:?} {}",
        parts.status,
        parts.headers,
        String::from_utf8_lossy(&body)
    )
}
