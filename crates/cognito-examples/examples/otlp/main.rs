//! Exports spans and metrics by OTLP, the protocol of OpenTelemetry.
//!
//! Start a collector that listens on port 4317 of this host, then run:
//!
//! ```sh
//! cargo run --example otlp
//! ```
//!
//! The program signs a user in with the emulator. The collector then shows the spans of the sign-in
//! and the metrics. Another address is the first argument: `cargo run --example otlp --
//! http://collector.example:4317`.

pub mod telemetry;

use cognito_examples::{ANN, Fixture, Outcome, PASSWORD};
use metrics_exporter_opentelemetry::Recorder;
use telemetry::Telemetry;

#[tokio::main]
async fn main() -> Outcome {
    let collector = std::env::args().nth(1);
    let collector = collector.unwrap_or_else(|| "http://127.0.0.1:4317".to_owned());
    let telemetry = Telemetry::connect(&collector)?;
    tracing::subscriber::set_global_default(telemetry.subscriber())?;
    metrics::set_global_recorder(Recorder::clone(&telemetry.recorder))?;
    sign_in().await?;
    // The exporters wait for the collector, so they must not run on a thread of the runtime.
    tokio::task::spawn_blocking(move || telemetry.shutdown()).await?
}

/// Signs in with the right password and with a wrong one.
pub async fn sign_in() -> Outcome {
    let fixture = Fixture::start().await?;
    // A client of the same pool, with the events of the bridge.
    let cognito = cognito::Cognito::builder()
        .config(fixture.cognito().config().as_ref().clone())
        .emulator(fixture.endpoint())
        .event_sink(cognito::observe::MetricsBridge::new())
        .build()
        .await?;
    let login = cognito.login(ANN, PASSWORD).await?;
    assert!(
        login.into_tokens().is_some(),
        "a challenge was not expected"
    );
    let wrong = cognito.login(ANN, "WrongPass123!").await;
    assert!(wrong.is_err(), "a wrong password signs in");
    Ok(())
}
