//! Metrics: counts, latencies and errors by type. Recording is cheap, so the metrics are always on.
//!
//! [`Metrics`] is an [`EventSink`](cognito_core::EventSink): pass it to the components that emit
//! events, and read a [`MetricsSnapshot`] at any time. Recording takes no lock and allocates
//! nothing.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use cognito_core::{Event, EventSink, Operation, SystemClock};
//! use cognito_metrics::Metrics;
//!
//! let metrics = Metrics::new(Arc::new(SystemClock::new()));
//! # let event = Event::attempt_refused(Operation::InitiateAuth);
//! metrics.record(&event);
//! assert_eq!(metrics.snapshot().security.refused_attempts, 1);
//! ```
//!
//! # What is counted
//!
//! | event | changed metric |
//! |---|---|
//! | `OperationFinished` | `totalRequests`, the operation's count and latency; with an error also `totalErrors`, `errorsByType`, `lastError` |
//! | `AttemptRefused` | `security.refusedAttempts`; the rejected operation also ends with an `OperationFinished` |
//! | `ConfigRefreshed`, `KeysRefreshed` | `refreshes` |
//! | `RequestsSent` | `quotas.*.requests` and `quotas.*.throttled` |
//! | `RevocationsStale` | `security.admittedUnchecked` or `security.refusedUnchecked` |
//! | `TokenFromFuture` | `security.tokensFromFuture` |
//! | `TokenRejected` | `security.rejectedRequests` |
//! | `DeviceStale` | none; only `MetricsBridge` counts it |
//!
//! Every operation counts as a request, including
//! [`VerifyToken`](cognito_core::Operation::VerifyToken), which sends nothing. `operations` counts
//! each operation separately.
//!
//! The feature `metrics` adds `MetricsBridge`, which passes events to the recorder of the `metrics`
//! crate, for Prometheus and other systems.
//!
//! # Security
//!
//! Every name in a snapshot is from a closed set: operations, AWS exceptions, kinds of errors. User
//! input never becomes a label. Therefore an attacker cannot make the snapshot grow, and the
//! snapshot contains no user data. Expose it to operators only.

#[cfg(feature = "metrics")]
mod bridge;
mod errors;
mod histogram;
mod metrics;
mod operations;
mod snapshot;

#[cfg(feature = "metrics")]
pub use bridge::{MetricKind, MetricName, MetricsBridge};
pub use metrics::Metrics;
pub use snapshot::{
    CacheStats, ClientStats, LastError, MetricsSnapshot, OperationStats, QuotaStats, RefreshStats,
    SecurityStats,
};

/// Compiles and runs the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
