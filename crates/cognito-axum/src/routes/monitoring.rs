//! The routes for operators: metrics, health and probes.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use cognito::Cognito;
use cognito::observe::HealthStatus;
use http::StatusCode;

use crate::routes::shared::Routes;

pub(super) async fn metrics(State(routes): State<Routes>) -> Response {
    Json(routes.cognito.metrics()).into_response()
}

pub(super) async fn health(State(routes): State<Routes>) -> Response {
    let health = routes.cognito.public_health();
    (status(health.status), Json(health)).into_response()
}

pub(super) async fn live() -> StatusCode {
    StatusCode::OK
}

pub(super) async fn ready(State(routes): State<Routes>) -> StatusCode {
    let cognito: &Cognito = &routes.cognito;
    status(cognito.public_health().status)
}

/// Returns the HTTP status for a health status. It is 503 for `Unhealthy`, and 200 for `Degraded`,
/// because a degraded service still works.
const fn status(health: HealthStatus) -> StatusCode {
    match health {
        HealthStatus::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}
