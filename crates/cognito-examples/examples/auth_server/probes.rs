//! What a load balancer or an orchestrator asks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cognito::{Health, HealthStatus};

use crate::site::App;

/// The process answers.
pub(super) async fn livez() -> &'static str {
    "ok\n"
}

/// It can do its work, perhaps with old keys; if not, it says why.
pub(super) async fn readyz(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let health = app.cognito.health();
    let status = match health.status {
        HealthStatus::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    (status, Json(health))
}
