//! Metrics, events, health, and masked values for logs.

pub use cognito_core::event::NoopEventSink;
pub use cognito_core::mask::{Masked, masked};
pub use cognito_core::{Event, EventSink};
#[cfg(feature = "metrics")]
pub use cognito_metrics::MetricsBridge;
pub use cognito_metrics::{Metrics, MetricsSnapshot};

pub use crate::faults::HealthFault;
pub use crate::health::{Health, HealthConfig, HealthRevocations, HealthStatus};
