//! A bridge to the `metrics` crate, whose exporters support Prometheus and others.

mod names;

use cognito_core::operations::QuotaCategory;
use cognito_core::{Event, EventSink};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use names::*;
pub use names::{MetricKind, MetricName};

use crate::snapshot::MetricsSnapshot;

/// A sink that passes events to the installed recorder of the [`metrics`](https://docs.rs/metrics)
/// crate, such as the recorder of `metrics-exporter-prometheus`. Without a recorder, events are
/// dropped.
///
/// | name | kind | labels | value |
/// |---|---|---|---|
/// | `cognito_operations_total` | counter | `operation`, `outcome`: `ok` or the error's type | completed operations |
/// | `cognito_operation_duration_seconds` | histogram | `operation` | duration, including retries and waiting time |
/// | `cognito_retry_after_seconds` | histogram | `operation` | time to wait before a failed operation can succeed, if it is known |
/// | `cognito_attempts_refused_total` | counter | `operation` | attempts rejected before a request was sent |
/// | `cognito_devices_stale_total` | counter | `operation` | requests with a device that no longer exists in Cognito |
/// | `cognito_quota_requests_total` | counter | `category` | requests to Cognito, including retries |
/// | `cognito_quota_throttled_total` | counter | `category` | requests that AWS rejected because a quota was exceeded |
/// | `cognito_quota_default_rate` | gauge | `category` | AWS's default quota in requests per second |
/// | `cognito_requests_rejected_total` | counter | `reason`, such as `InvalidToken`; `error`: the kind of the verifier's error, or `none` | requests that a guard rejected |
/// | `cognito_revocations_stale_total` | counter | `outcome`: `admitted` or `refused` | tokens checked against a stale view of the revocations |
/// | `cognito_revocations_live` | gauge | | unexpired revocations |
/// | `cognito_revocations_pending_writes` | gauge | | revocations not yet written to the shared store |
/// | `cognito_revocations_capacity` | gauge | | maximum number of revocations before the list replaces entries |
/// | `cognito_revocations_overflowed` | gauge | | revocations that also reject tokens of other users |
/// | `cognito_revocations_age_seconds` | gauge | | age of the view of the revocations |
/// | `cognito_tokens_from_future_total` | counter | | verified tokens whose `iat` is in the future |
/// | `cognito_refreshes_total` | counter | `what`: `config` or `keys`; `outcome`: `ok` or `failed` | loads of the settings and fetches of the keys |
///
/// Events do not set gauges. Before the recorder is read, pass a snapshot to
/// [`set_gauges`](Self::set_gauges). It sets `cognito_revocations_age_seconds` only if instances
/// share the revocation list, and `cognito_revocations_capacity` only if the list has a maximum.
///
/// Every label is from a closed set. [`Metrics`](crate::Metrics) counts the same events for a
/// [`MetricsSnapshot`], except the events about stale devices (devices that no longer exist in
/// Cognito). Use one of the two sinks, or both.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct MetricsBridge;

impl MetricsBridge {
    /// All metrics of the bridge.
    pub const NAMES: &'static [MetricName] = ALL;

    /// Creates a bridge to the crate `metrics`, and registers the descriptions of the metrics.
    /// Install the recorder of `metrics` first.
    pub fn new() -> Self {
        for metric in ALL {
            let (name, unit, text) = (metric.name, metric.unit(), metric.description);
            match metric.kind {
                MetricKind::Counter => describe_counter!(name, unit, text),
                MetricKind::Gauge => describe_gauge!(name, unit, text),
                MetricKind::Histogram => describe_histogram!(name, unit, text),
            }
        }
        Self
    }

    /// Sets the gauges from a snapshot that `Cognito::metrics()` has returned. Call it before each
    /// read of the recorder.
    #[allow(clippy::unused_self, reason = "the names are described by then")]
    pub fn set_gauges(&self, snapshot: &MetricsSnapshot) {
        gauge!(LIVE).set(snapshot.cache.token_blacklist_size as f64);
        gauge!(PENDING).set(snapshot.cache.revocations_pending_writes as f64);
        gauge!(OVERFLOWED).set(snapshot.cache.revocations_overflowed as f64);
        if let Some(capacity) = snapshot.cache.revocations_capacity {
            gauge!(CAPACITY).set(capacity as f64);
        }
        if let Some(age) = snapshot.cache.revocations_age {
            gauge!(AGE).set(age.as_secs_f64());
        }
        for category in QuotaCategory::ALL {
            let rate = f64::from(category.default_rate());
            gauge!(QUOTA_RATE, "category" => category.name()).set(rate);
        }
    }
}

impl EventSink for MetricsBridge {
    fn record(&self, event: &Event<'_>) {
        match event {
            Event::AttemptRefused { operation, .. } => {
                counter!(REFUSED, "operation" => operation.name()).increment(1);
            }
            Event::ConfigRefreshed { error, .. } => refreshed("config", error.is_some()),
            Event::DeviceStale { operation, .. } => {
                counter!(STALE, "operation" => operation.name()).increment(1);
            }
            Event::KeysRefreshed { error, .. } => refreshed("keys", error.is_some()),
            Event::OperationFinished {
                operation,
                duration,
                error,
                ..
            } => {
                let operation = operation.name();
                let outcome = error.map_or("ok", cognito_core::Error::type_name);
                counter!(OPERATIONS, "operation" => operation, "outcome" => outcome).increment(1);
                histogram!(DURATION, "operation" => operation).record(*duration);
                if let Some(wait) = error.and_then(cognito_core::Error::retry_after) {
                    histogram!(RETRY_AFTER, "operation" => operation).record(wait);
                }
            }
            Event::RequestsSent {
                operation,
                requests,
                throttled,
                ..
            } => {
                let category = operation.category();
                let Some(category) = category.map(QuotaCategory::name) else {
                    return;
                };
                counter!(QUOTA_REQUESTS, "category" => category).increment((*requests).into());
                counter!(QUOTA_THROTTLED, "category" => category).increment((*throttled).into());
            }
            Event::RevocationsStale { admitted, .. } => {
                let outcome = if *admitted { "admitted" } else { "refused" };
                counter!(UNCHECKED, "outcome" => outcome).increment(1);
            }
            Event::TokenFromFuture { .. } => counter!(FROM_FUTURE).increment(1),
            Event::TokenRejected { reason, error, .. } => {
                let error = error.map_or("none", cognito_core::ErrorKind::name);
                counter!(REJECTED, "reason" => *reason, "error" => error).increment(1);
            }
            // Unknown events have no name here.
            _ => {}
        }
    }
}

fn refreshed(what: &'static str, failed: bool) {
    let outcome = if failed { "failed" } else { "ok" };
    counter!(REFRESHES, "what" => what, "outcome" => outcome).increment(1);
}
