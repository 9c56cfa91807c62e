//! Probes for load balancers and orchestrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cognito::observe::{Health, HealthStatus};
use serde::Serialize;

use crate::site::App;

/// The response to `readyz`: the health of the service, and the port of the instance.
#[derive(Serialize)]
pub(super) struct Ready {
    #[serde(flatten)]
    health: Health,
    /// The port of this instance, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<u16>,
}

/// Handles `livez`. Always responds 200: a response shows that the process runs.
pub(super) async fn livez() -> &'static str {
    "ok\n"
}

/// Handles `readyz`. Responds 200 if the service is healthy or degraded, and 503 if it is
/// unhealthy. The body contains the health of the service.
pub(super) async fn readyz(State(app): State<App>) -> (StatusCode, Json<Ready>) {
    let health = app.cognito.public_health();
    let status = match health.status {
        HealthStatus::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    let instance = app.instance.map(|instance| instance.port);
    (status, Json(Ready { health, instance }))
}
