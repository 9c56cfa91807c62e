//! Properties that must hold for any token and any input.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod bits;
mod json;
mod reference;
mod rejected;
mod respelled;
mod spelling;

use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder, StaticJwks};
use cognito_testkit::{FixedClock, TestPool};
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};

const POOL: &str = "us-east-1_TestPool1";
const NOW: u64 = 1_800_000_000;

fn pool() -> TestPool {
    TestPool::new(POOL, "client1").with_clock(FixedClock::at_unix(NOW))
}

fn builder() -> CognitoVerifierBuilder {
    CognitoVerifier::builder(POOL.parse().unwrap())
        .client_id("client1")
        .clock(FixedClock::at_unix(NOW))
        .jwks_source(StaticJwks::new(pool().jwks_json()))
}

/// Returns a verifier that has its keys.
fn ready(builder: CognitoVerifierBuilder) -> CognitoVerifier {
    let verifier = builder.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(verifier.hydrate()).unwrap();
    verifier
}

/// Failures are stored in `tests/corpus`, not in a file of proptest.
fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }
}

/// Chooses a spelling by bytes. When none are left, it is the plain one.
fn pick_from(choices: &[u8]) -> impl FnMut(usize) -> usize {
    let mut rest = choices.iter();
    move |below| usize::from(rest.next().copied().unwrap_or(0)) % below
}

fn header() -> Map<String, Value> {
    object(json!({ "alg": "RS256", "kid": pool().access_kid(), "typ": "JWT" }))
}

/// Returns the payload of an access token, with one claim of each type.
fn access_claims() -> Map<String, Value> {
    object(json!({
        "sub": "11111111-2222-4333-8444-555555555555",
        "iss": pool().issuer(),
        "client_id": "client1",
        "token_use": "access",
        "auth_time": NOW - 60,
        "nbf": NOW - 60,
        "iat": NOW,
        "exp": NOW + 3600,
        "jti": "cccccccc-0000-4000-8000-000000000001",
        "username": "a/b \"c\" \\ \u{1}\u{7f}\u{e9}\u{20ac}\u{1f600}",
        "scope": "openid orders/read",
        "cognito:groups": ["admins", "a/b"],
        "act": { "sub": "delegate", "client_id": "client2" },
        "custom:deep": { "list": [null, true, -1.5, {}], "empty": [] },
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}
