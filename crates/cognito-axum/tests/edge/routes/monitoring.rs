//! Metrics, health and probes are served only if turned on.

use axum::body::Body;
use cognito_emulator::Fault;
use http::{Request, StatusCode};
use serde_json::json;

use super::{EMAIL, Reply, Stage};

async fn get(stage: &Stage, path: &str) -> Reply {
    let request = Request::get(path).body(Body::empty()).unwrap();
    stage.send(request).await
}

#[tokio::test]
async fn monitoring_routes_are_off_by_default() {
    let stage = Stage::json().await;
    for path in [
        "/auth/metrics",
        "/auth/health",
        "/livez",
        "/readyz",
        "/openapi.json",
    ] {
        let reply = get(&stage, path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn enabled_monitoring_routes_respond() {
    let stage = Stage::with(
        |emulator| emulator,
        |routes| routes.metrics().health().probes(),
    )
    .await;
    stage.person();
    stage.login().await.ok();
    let metrics = get(&stage, "/auth/metrics").await;
    assert_eq!(metrics.headers["cache-control"], "no-store");
    assert_eq!(metrics.ok()["totalRequests"], 1);
    let health = get(&stage, "/auth/health").await.ok();
    assert_eq!(health["status"], "healthy");
    assert_eq!(health["config"]["userPoolId"], "us-east-1_***");
    for path in ["/livez", "/readyz"] {
        let reply = get(&stage, path).await;
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (StatusCode::OK, ""),
            "{path}"
        );
    }
}

#[tokio::test]
async fn stopping_service_is_alive_not_ready() {
    let stage = Stage::with(|emulator| emulator, |routes| routes.health().probes()).await;
    stage.cognito.shutdown().await;
    assert_eq!(get(&stage, "/livez").await.status, StatusCode::OK);
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(get(&stage, "/readyz").await.status, unavailable);
    let health = get(&stage, "/auth/health").await;
    assert_eq!(health.status, unavailable);
    assert_eq!(health.body()["status"], "unhealthy");
}

/// Cognito sends codes to existing users only, so only for them can sending fail.
#[tokio::test]
async fn health_route_does_not_reveal_users() {
    let stage = Stage::with(|emulator| emulator, |routes| routes.health().probes()).await;
    stage.person();
    let before = get(&stage, "/auth/health").await.ok();
    let message = "Exceeded daily email limit for the operation or the account.";
    let fault = Fault::error("ForgotPassword", "LimitExceededException", message);
    stage.emulator.inject(fault).unwrap();
    let sent = stage
        .post("/auth/forgot-password", json!({"email": EMAIL}))
        .await;
    sent.ok();
    assert_eq!(stage.cognito.health().faults.len(), 1);
    assert_eq!(get(&stage, "/auth/health").await.ok(), before);
}
