//! Counts, latencies and errors by type, cheap enough to leave on.
//!
//! [`Metrics`] is an [`EventSink`](cognito_core::EventSink): hand it to whoever emits events, and
//! ask it for a [`MetricsSnapshot`] whenever somebody wants to look. Recording takes no lock and
//! allocates nothing.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use cognito_core::{Event, EventSink, Operation, SystemClock};
//! use cognito_metrics::Metrics;
//!
//! let metrics = Metrics::new(Arc::new(SystemClock::new()));
//! # let event = Event::attempt_refused(Operation::SignIn);
//! metrics.record(&event);
//! assert_eq!(metrics.snapshot().security.refused_attempts, 1);
//! ```
//!
//! # What is counted
//!
//! | event | what it changes |
//! |---|---|
//! | `OperationFinished` | `totalRequests`, the operation's count and latency; with an error also `totalErrors`, `errorsByType`, `lastError` |
//! | `AttemptRefused` | `security.refusedAttempts`; the operation that was refused ends with an `OperationFinished` of its own |
//! | `ConfigRefreshed`, `KeysRefreshed` | `refreshes` |
//! | `RevocationsStale` | `security.admittedUnchecked` or `security.refusedUnchecked` |
//!
//! Every operation counts as a request, [`VerifyToken`](cognito_core::Operation::VerifyToken)
//! included, which never leaves the process: `operations` tells them apart.
//!
//! With the feature `metrics` there is `MetricsBridge`, which hands the same events to the recorder of
//! the `metrics` crate, and so to Prometheus and others.
//!
//! # Security
//!
//! Every name in a snapshot comes from a closed set: operations, AWS exceptions, kinds of errors.
//! Nothing that a person typed can become a label, so nobody can grow the snapshot or read others'
//! input in it. Serve it to operators only.

#[cfg(feature = "metrics")]
mod bridge;
mod errors;
mod histogram;
mod metrics;
mod operations;
mod snapshot;

#[cfg(feature = "metrics")]
pub use bridge::MetricsBridge;
pub use metrics::Metrics;
pub use snapshot::{
    CacheStats, ClientStats, LastError, MetricsSnapshot, OperationStats, RefreshStats,
    SecurityStats,
};
