//! The exporters: spans of `tracing` and metrics of the crate `metrics`, both by OTLP.

use cognito_examples::Outcome;
use metrics_exporter_opentelemetry::Recorder;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// The name under which the collector shows this service (`service.name`).
const SERVICE: &str = "shop";

/// The exporters of spans and metrics.
#[derive(Debug)]
pub struct Telemetry {
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
    /// The recorder to install with `metrics::set_global_recorder`.
    pub recorder: Recorder,
}

impl Telemetry {
    /// Creates the exporters. They connect to the collector when they send the first batch. Must be
    /// called in a Tokio runtime.
    pub fn connect(collector: &str) -> Outcome<Self> {
        let resource = Resource::builder().with_service_name(SERVICE).build();
        let spans = SpanExporter::builder().with_tonic();
        let spans = spans.with_endpoint(collector).build()?;
        let metrics = MetricExporter::builder().with_tonic();
        let metrics = metrics.with_endpoint(collector).build()?;
        let tracers = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_batch_exporter(spans)
            .build();
        let (meters, recorder) = Recorder::builder(SERVICE)
            .with_meter_provider(|meters| {
                meters
                    .with_resource(resource)
                    .with_periodic_exporter(metrics)
            })
            .build();
        Ok(Self {
            tracers,
            meters,
            recorder,
        })
    }

    /// Returns the subscriber to install with `tracing::subscriber::set_global_default`: spans of
    /// level INFO go to the collector, and lines of level WARN to the terminal.
    pub fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        // For spans of Cognito, the place in the source code, the thread and the idle time cost more
        // than they show.
        let spans = tracing_opentelemetry::layer()
            .with_tracer(self.tracers.tracer(SERVICE))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false);
        let lines = tracing_subscriber::fmt::layer().with_filter(LevelFilter::WARN);
        tracing_subscriber::registry()
            .with(spans.with_filter(LevelFilter::INFO))
            .with(lines)
    }

    /// Sends what has not been sent, and stops. Blocks until the collector has received it.
    pub fn shutdown(&self) -> Outcome {
        self.tracers.shutdown()?;
        Ok(self.meters.shutdown()?)
    }
}
