//! The list of the metrics of a [`MetricsBridge`](super::MetricsBridge).

use metrics::Unit;

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A number that only increases.
    Counter,
    /// A number that increases and decreases.
    Gauge,
    /// A distribution of values, such as durations.
    Histogram,
}

/// A metric of the bridge: its name, kind, labels and description.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MetricName {
    /// The name, such as `cognito_operations_total`.
    pub name: &'static str,
    /// The kind of the metric.
    pub kind: MetricKind,
    /// The names of the labels.
    pub labels: &'static [&'static str],
    /// The description for the exporter.
    pub description: &'static str,
}

impl MetricName {
    pub(super) fn unit(&self) -> Unit {
        match self.name.ends_with("_seconds") {
            true => Unit::Seconds,
            false => Unit::Count,
        }
    }
}

/// Defines a constant with the name of each metric, and the list of all metrics.
macro_rules! metrics {
    ($($constant:ident $kind:ident $name:literal [$($label:literal),*] $description:literal;)*) => {
        $(pub(super) const $constant: &str = $name;)*

        pub(super) const ALL: &[MetricName] = &[$(MetricName {
            name: $name,
            kind: MetricKind::$kind,
            labels: &[$($label),*],
            description: $description,
        }),*];
    };
}

metrics! {
    OPERATIONS Counter "cognito_operations_total" ["operation", "outcome"]
        "Completed operations";
    DURATION Histogram "cognito_operation_duration_seconds" ["operation"]
        "Duration of operations";
    RETRY_AFTER Histogram "cognito_retry_after_seconds" ["operation"]
        "Wait that a failed operation asks for";
    REFUSED Counter "cognito_attempts_refused_total" ["operation"]
        "Attempts rejected before a request was sent";
    STALE Counter "cognito_devices_stale_total" ["operation"]
        "Requests with a device that does not exist in Cognito";
    QUOTA_REQUESTS Counter "cognito_quota_requests_total" ["category"]
        "Requests to Cognito";
    QUOTA_THROTTLED Counter "cognito_quota_throttled_total" ["category"]
        "Requests that AWS rejected because a quota was used up";
    QUOTA_RATE Gauge "cognito_quota_default_rate" ["category"]
        "AWS's default quota in requests per second";
    REJECTED Counter "cognito_requests_rejected_total" ["reason", "error"]
        "Requests that a guard rejected because of their token";
    UNCHECKED Counter "cognito_revocations_stale_total" ["outcome"]
        "Tokens checked while the view of the revocations was stale";
    LIVE Gauge "cognito_revocations_live" []
        "Unexpired revocations";
    PENDING Gauge "cognito_revocations_pending_writes" []
        "Revocations of this process that are not yet written";
    CAPACITY Gauge "cognito_revocations_capacity" []
        "Maximum number of revocations before the list replaces entries";
    OVERFLOWED Gauge "cognito_revocations_overflowed" []
        "Unexpired revocations that also reject tokens of other users";
    AGE Gauge "cognito_revocations_age_seconds" []
        "Age of the view of the revocations";
    FROM_FUTURE Counter "cognito_tokens_from_future_total" []
        "Verified tokens with an issue time in the future";
    REFRESHES Counter "cognito_refreshes_total" ["what", "outcome"]
        "Loads of settings and keys";
}
