//! Metrics, health and probes are served only if turned on.

use axum::body::Body;
use cognito_emulator::Fault;
use http::{Request, StatusCode};
use serde_json::json;

use super::{EMAIL, Fixture, Reply};

async fn get(fixture: &Fixture, path: &str) -> Reply {
    let request = Request::get(path).body(Body::empty()).unwrap();
    fixture.send(request).await
}

#[tokio::test]
async fn monitoring_routes_are_off_by_default() {
    let fixture = Fixture::json().await;
    for path in [
        "/auth/metrics",
        "/auth/health",
        "/livez",
        "/readyz",
        "/openapi.json",
    ] {
        let reply = get(&fixture, path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn enabled_monitoring_routes_respond() {
    let fixture = Fixture::with(
        |emulator| emulator,
        |routes| routes.metrics().health().probes(),
    )
    .await;
    fixture.person();
    fixture.login().await.ok();
    let metrics = get(&fixture, "/auth/metrics").await;
    assert_eq!(metrics.headers["cache-control"], "no-store");
    assert_eq!(metrics.ok()["totalRequests"], 1);
    let health = get(&fixture, "/auth/health").await.ok();
    assert_eq!(health["status"], "healthy");
    assert_eq!(health["config"]["userPoolId"], "us-east-1_***");
    for path in ["/livez", "/readyz"] {
        let reply = get(&fixture, path).await;
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (StatusCode::OK, ""),
            "{path}"
        );
    }
}

#[tokio::test]
async fn stopping_service_is_alive_not_ready() {
    let fixture = Fixture::with(|emulator| emulator, |routes| routes.health().probes()).await;
    fixture.cognito.shutdown().await;
    assert_eq!(get(&fixture, "/livez").await.status, StatusCode::OK);
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(get(&fixture, "/readyz").await.status, unavailable);
    let health = get(&fixture, "/auth/health").await;
    assert_eq!(health.status, unavailable);
    assert_eq!(health.body()["status"], "unhealthy");
}

/// Cognito sends codes to existing users only, so only for them can sending fail.
#[tokio::test]
async fn health_route_does_not_reveal_users() {
    let fixture = Fixture::with(|emulator| emulator, |routes| routes.health().probes()).await;
    fixture.person();
    let before = get(&fixture, "/auth/health").await.ok();
    let message = "Exceeded daily email limit for the operation or the account.";
    let fault = Fault::error("ForgotPassword", "LimitExceededException", message);
    fixture.emulator.inject(fault).unwrap();
    let sent = fixture
        .post("/auth/forgot-password", json!({"email": EMAIL}))
        .await;
    sent.ok();
    assert_eq!(fixture.cognito.health().faults.len(), 1);
    assert_eq!(get(&fixture, "/auth/health").await.ok(), before);
}
