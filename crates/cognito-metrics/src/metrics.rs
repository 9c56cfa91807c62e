//! The event sink that counts events.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cognito_core::operations::QuotaCategory;
use cognito_core::{Clock, Event, EventSink, Operation};
use parking_lot::Mutex;

use crate::errors::ErrorTable;
use crate::histogram::quantile;
use crate::operations::{OperationTotals, Operations};
use crate::snapshot::{LastError, MetricsSnapshot, OperationStats, QuotaStats, RefreshStats};

/// An event sink that counts operations, errors, rejected attempts and renewals.
///
/// A successful operation costs two relaxed atomic additions. A failed operation costs a few more
/// additions, and a read of the clock. Recording takes no lock and allocates nothing. A `Metrics`
/// uses about 290 KB.
pub struct Metrics {
    clock: Arc<dyn Clock>,
    operations: Operations,
    errors: ErrorTable,
    others: Others,
    /// The values at the last reset. A snapshot contains the difference to these values. The
    /// counters are never set to zero, so a reset loses no concurrent event.
    reset: Mutex<Totals>,
}

/// Counters of events other than operations.
#[derive(Default)]
struct Others {
    refused_attempts: AtomicU64,
    config: AtomicU64,
    config_failed: AtomicU64,
    keys: AtomicU64,
    keys_failed: AtomicU64,
    stale_admitted: AtomicU64,
    stale_refused: AtomicU64,
    tokens_from_future: AtomicU64,
    rejected_requests: AtomicU64,
    /// The counters of each quota category, in the order of [`QuotaCategory::ALL`].
    quotas: [QuotaCounters; QuotaCategory::ALL.len()],
}

#[derive(Default)]
struct QuotaCounters {
    requests: AtomicU64,
    throttled: AtomicU64,
}

/// The values of the counters of [`Metrics`] at one time.
#[derive(Clone, Default)]
struct Totals {
    operations: Vec<OperationTotals>,
    errors: BTreeMap<&'static str, u64>,
    refused_attempts: u64,
    stale_admitted: u64,
    stale_refused: u64,
    tokens_from_future: u64,
    rejected_requests: u64,
    quotas: Vec<QuotaStats>,
    refreshes: RefreshStats,
}

impl Metrics {
    /// Creates counters with the value zero. The clock provides the time of the last error.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            operations: Operations::new(),
            errors: ErrorTable::new(),
            others: Others::default(),
            reset: Mutex::default(),
        }
    }

    /// Returns the values since the start or the last [`reset`](Self::reset). A concurrent event
    /// may be included in some values and missing in others.
    pub fn snapshot(&self) -> MetricsSnapshot {
        let earlier = self.reset.lock().clone();
        let totals = self.totals().since(&earlier);
        let mut snapshot = MetricsSnapshot {
            errors_by_type: totals.errors,
            refreshes: totals.refreshes,
            last_error: self
                .errors
                .last()
                .map(|(error_type, time)| LastError { error_type, time }),
            ..MetricsSnapshot::default()
        };
        snapshot.security.refused_attempts = totals.refused_attempts;
        snapshot.security.admitted_unchecked = totals.stale_admitted;
        snapshot.security.refused_unchecked = totals.stale_refused;
        snapshot.security.tokens_from_future = totals.tokens_from_future;
        snapshot.security.rejected_requests = totals.rejected_requests;
        let quotas = QuotaCategory::ALL.iter().zip(totals.quotas);
        snapshot.quotas = quotas
            .filter(|(_, quota)| quota.requests > 0)
            .map(|(category, quota)| (category.name(), quota))
            .collect();
        let mut nanos: u64 = 0;
        for (operation, totals) in Operation::ALL.iter().zip(&totals.operations) {
            let count = totals.count();
            if count == 0 {
                continue;
            }
            snapshot.total_requests += count;
            snapshot.total_errors += totals.errors;
            nanos = nanos.saturating_add(totals.nanos);
            snapshot.operations.insert(
                operation.name(),
                OperationStats {
                    count,
                    errors: totals.errors,
                    p50: quantile(&totals.buckets, 0.5),
                    p99: quantile(&totals.buckets, 0.99),
                },
            );
        }
        if let Some(average) = nanos.checked_div(snapshot.total_requests) {
            snapshot.average_request_time = Duration::from_nanos(average);
            snapshot.error_rate =
                snapshot.total_errors as f64 * 100.0 / snapshot.total_requests as f64;
        }
        snapshot
    }

    /// Resets all values to zero, and removes the last error.
    pub fn reset(&self) {
        let mut reset = self.reset.lock();
        *reset = self.totals();
        self.errors.forget_last();
    }

    fn totals(&self) -> Totals {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Totals {
            operations: self.operations.totals(),
            errors: self.errors.totals(),
            refused_attempts: read(&self.others.refused_attempts),
            stale_admitted: read(&self.others.stale_admitted),
            stale_refused: read(&self.others.stale_refused),
            tokens_from_future: read(&self.others.tokens_from_future),
            rejected_requests: read(&self.others.rejected_requests),
            quotas: self
                .others
                .quotas
                .iter()
                .map(QuotaCounters::stats)
                .collect(),
            refreshes: RefreshStats {
                config: read(&self.others.config),
                config_failed: read(&self.others.config_failed),
                keys: read(&self.others.keys),
                keys_failed: read(&self.others.keys_failed),
            },
        }
    }
}

impl EventSink for Metrics {
    fn record(&self, event: &Event<'_>) {
        let one_more = |counter: &AtomicU64| {
            counter.fetch_add(1, Ordering::Relaxed);
        };
        match *event {
            Event::OperationFinished {
                operation,
                duration,
                error,
                ..
            } => {
                self.operations.record(operation, duration, error.is_some());
                if let Some(error) = error {
                    self.errors.record(error.type_name(), self.clock.now());
                }
            }
            Event::AttemptRefused { .. } => one_more(&self.others.refused_attempts),
            Event::ConfigRefreshed { error: None, .. } => one_more(&self.others.config),
            Event::ConfigRefreshed { error: Some(_), .. } => one_more(&self.others.config_failed),
            Event::KeysRefreshed { error: None, .. } => one_more(&self.others.keys),
            Event::KeysRefreshed { error: Some(_), .. } => one_more(&self.others.keys_failed),
            Event::RevocationsStale { admitted: true, .. } => one_more(&self.others.stale_admitted),
            Event::RevocationsStale {
                admitted: false, ..
            } => one_more(&self.others.stale_refused),
            Event::TokenFromFuture { .. } => one_more(&self.others.tokens_from_future),
            Event::TokenRejected { .. } => one_more(&self.others.rejected_requests),
            Event::RequestsSent {
                operation,
                requests,
                throttled,
                ..
            } => {
                if let Some(category) = operation.category()
                    && let Some(quota) = self.others.quotas.get(category.index())
                {
                    quota.add(requests, throttled);
                }
            }
            // An unknown kind of event.
            _ => {}
        }
    }
}

impl QuotaCounters {
    fn add(&self, requests: u32, throttled: u32) {
        self.requests.fetch_add(requests.into(), Ordering::Relaxed);
        self.throttled
            .fetch_add(throttled.into(), Ordering::Relaxed);
    }

    fn stats(&self) -> QuotaStats {
        QuotaStats {
            requests: self.requests.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
        }
    }
}

impl Totals {
    /// Returns how much each count has increased since the totals `earlier`.
    fn since(mut self, earlier: &Self) -> Self {
        if !earlier.operations.is_empty() {
            let pairs = self.operations.into_iter().zip(&earlier.operations);
            self.operations = pairs.map(|(now, earlier)| now.since(earlier)).collect();
        }
        for (name, count) in &mut self.errors {
            *count -= earlier.errors.get(name).copied().unwrap_or(0);
        }
        self.errors.retain(|_, count| *count > 0);
        self.refused_attempts -= earlier.refused_attempts;
        self.stale_admitted -= earlier.stale_admitted;
        self.stale_refused -= earlier.stale_refused;
        self.tokens_from_future -= earlier.tokens_from_future;
        self.rejected_requests -= earlier.rejected_requests;
        for (quota, earlier) in self.quotas.iter_mut().zip(&earlier.quotas) {
            quota.requests -= earlier.requests;
            quota.throttled -= earlier.throttled;
        }
        self.refreshes.config -= earlier.refreshes.config;
        self.refreshes.config_failed -= earlier.refreshes.config_failed;
        self.refreshes.keys -= earlier.refreshes.keys;
        self.refreshes.keys_failed -= earlier.refreshes.keys_failed;
        self
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
