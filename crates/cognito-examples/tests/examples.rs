//! Tests of the examples.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too
#![allow(
    dead_code,
    unnameable_types,
    unreachable_pub,
    reason = "the examples are programs of their own"
)]

#[path = "../examples/actix_web_jwt.rs"]
mod actix_web_jwt;
#[path = "../examples/axum_jwt.rs"]
mod axum_jwt;
#[path = "../examples/axum_login_site.rs"]
mod axum_login_site;
#[path = "../examples/custom_cache.rs"]
mod custom_cache;
#[path = "../examples/custom_config_source.rs"]
mod custom_config_source;
#[path = "examples/frameworks.rs"]
mod frameworks;
#[path = "../examples/lambda_authorizer.rs"]
mod lambda_authorizer;
#[path = "examples/lambda_triggers.rs"]
mod lambda_triggers;
#[path = "../examples/mcp_server/main.rs"]
mod mcp_server;
#[path = "examples/mcp_server.rs"]
mod mcp_server_tokens;
#[path = "../examples/otlp/main.rs"]
mod otlp;
#[path = "examples/otlp.rs"]
mod otlp_export;
#[path = "../examples/poem_jwt.rs"]
mod poem_jwt;
#[path = "../examples/tonic_service/main.rs"]
mod tonic_service;

use axum::body::Body;
use cognito::ErrorKind;
use cognito::config::{ConfigSource, Setting};
use cognito_examples::{ANN, BOB, Fixture};
use cognito_jwt::{CognitoVerifier, StaticJwks};
use cognito_testkit::{FixedClock, TestPool, conformance};
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use lambda_authorizer::Refused;
use serde_json::{Value, json};
use tonic::Code;
use tower::ServiceExt;

const METHOD: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/prod/GET/orders/7";

#[tokio::test]
async fn the_axum_api_lets_in_whom_it_should() {
    let fixture = Fixture::start().await.unwrap();
    let api = axum_jwt::api(fixture.verifier().unwrap().build().unwrap());
    let ann = fixture.access_token(ANN).await.unwrap();
    let bob = fixture.access_token(BOB).await.unwrap();
    // The signature is that of Bob's token, but the claims are Ann's.
    let (_, signature) = bob.rsplit_once('.').unwrap();
    let (claims, _) = ann.rsplit_once('.').unwrap();
    let forged = format!("{claims}.{signature}");
    for (path, token, status) in [
        ("/livez", "", StatusCode::OK),
        ("/me", "", StatusCode::UNAUTHORIZED),
        ("/me", &forged, StatusCode::UNAUTHORIZED),
        ("/me", &bob, StatusCode::OK),
        ("/reports", &bob, StatusCode::FORBIDDEN),
        ("/reports", &ann, StatusCode::OK),
    ] {
        let mut request = Request::get(path);
        if !token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = api.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}

#[tokio::test]
async fn grpc_service_returns_grpc_codes() {
    let codes = tonic_service::run().await.unwrap();
    assert_eq!(
        codes,
        [Code::Unauthenticated, Code::PermissionDenied, Code::Ok]
    );
}

/// Returns a pool whose keys need not be fetched.
fn pool() -> (TestPool, CognitoVerifier) {
    let clock = FixedClock::at_unix(1_800_000_000);
    let pool = TestPool::new("eu-central-1_aBcDeFgHi", "client1").with_clock(clock.clone());
    let keys = StaticJwks::new(pool.jwks_json().into_bytes());
    let verifier = CognitoVerifier::builder(pool.user_pool_id().parse().unwrap())
        .client_id("client1")
        .clock(clock)
        .jwks_source(keys)
        .build()
        .unwrap();
    (pool, verifier)
}

fn to_rest(header: &str) -> Value {
    json!({ "type": "TOKEN", "authorizationToken": header, "methodArn": METHOD })
}

fn to_http(header: Option<&str>) -> Value {
    json!({
        "version": "2.0", "type": "REQUEST", "routeArn": METHOD, "identitySource": header.map(|h| [h]),
        "requestContext": { "http": { "method": "GET" } },
    })
}

#[tokio::test]
async fn rest_policy_covers_stage_or_denies() {
    let (pool, verifier) = pool();
    let token = pool.access_token(|claims| {
        claims.insert("cognito:groups".to_owned(), json!(["admins", "support"]));
    });
    for scheme in ["Bearer", "bearer"] {
        let event = to_rest(&format!("{scheme} {token}"));
        let answer = lambda_authorizer::authorize(&verifier, event)
            .await
            .unwrap();
        let statement = &answer["policyDocument"]["Statement"][0];
        assert_eq!(statement["Effect"], "Allow");
        assert_eq!(
            statement["Resource"],
            json!(["arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/prod/*"])
        );
        assert_eq!(answer["context"]["groups"], "admins,support");
        assert_ne!(answer["principalId"], Value::Null);
    }
    let id_token = pool.id_token(|_| {});
    for header in [
        "",
        "Bearer",
        "Bearer no",
        "Basic YTpi",
        &format!("Bearer {id_token}"),
        &token,
    ] {
        let refused = lambda_authorizer::authorize(&verifier, to_rest(header)).await;
        assert_eq!(refused, Err(Refused::Unauthorized), "{header}");
    }
    let word = lambda_runtime::Diagnostic::from(Refused::Unauthorized);
    assert_eq!(word.error_message, "Unauthorized");
}

#[tokio::test]
async fn an_http_api_gets_yes_or_no() {
    let (pool, verifier) = pool();
    let good = format!("Bearer {}", pool.access_token(|_| {}));
    for (header, is_authorized) in [
        (Some(good.as_str()), true),
        (Some("Bearer no"), false),
        (Some("Basic YTpi"), false),
        (None, false),
    ] {
        let answer = lambda_authorizer::authorize(&verifier, to_http(header))
            .await
            .unwrap();
        assert_eq!(answer["isAuthorized"], is_authorized, "{header:?}");
    }
}

#[tokio::test]
async fn lambda_without_keys_fails_undecided() {
    let (pool, _) = pool();
    let clock = FixedClock::at_unix(1_800_000_000);
    let keyless = CognitoVerifier::builder(pool.user_pool_id().parse().unwrap())
        .client_id("client1")
        .clock(clock)
        .jwks_source(StaticJwks::new(b"no keys".to_vec()))
        .build()
        .unwrap();
    let good = format!("Bearer {}", pool.access_token(|_| {}));
    for event in [
        to_rest(&good),
        to_http(Some(&good)),
        json!({ "version": "2.0" }),
        json!(7),
    ] {
        let refused = lambda_authorizer::authorize(&keyless, event).await;
        assert_eq!(refused, Err(Refused::Failed));
    }
}

#[tokio::test]
async fn config_source_passes_its_port_suite() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let absent = custom_config_source::JsonFile::new(folder.join("no-such-file.json"));
    assert!(
        absent
            .load()
            .await
            .unwrap()
            .value(Setting::ClientId)
            .is_none()
    );

    let path = folder.join("settings.json");
    std::fs::write(&path, r#"{"client_id": "1example23456789"}"#).unwrap();
    let there = custom_config_source::JsonFile::new(&path);
    assert_eq!(
        there.load().await.unwrap().value(Setting::ClientId),
        Some("1example23456789")
    );
    conformance::config_source(&there, &[(Setting::ClientId, "1example23456789")]).await;

    std::fs::write(&path, r#"{"client_secret": "s3cret-of-the-file""#).unwrap();
    let broken = there.load().await.unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::Configuration);
    assert!(!format!("{broken} {broken:?}").contains("s3cret"));
}

#[tokio::test]
async fn the_store_keeps_the_promises_of_its_port() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let store = custom_cache::OneMap::new(clock.clone());
    conformance::store(&store, &clock).await;
}
