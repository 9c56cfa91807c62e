//! Counters of each operation, laid out so that threads do not share cache lines.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use cognito_core::Operation;

use crate::histogram::{BUCKETS, bucket};

/// The number of copies of the counters. A thread always uses the same copy. The first `STRIPES`
/// threads use different copies, so they share no cache lines. A copy uses 1 KB for each operation.
const STRIPES: usize = 4;

thread_local! {
    /// The index of the copy of the counters that this thread uses. `usize::MAX` means that no copy
    /// is assigned yet.
    static STRIPE: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The counters of all operations: calls by duration, total duration and errors.
pub(crate) struct Operations {
    stripes: Box<[Box<[Counters]>]>,
}

/// The counters of one operation. There are [`STRIPES`] copies of these counters for different
/// threads. Each bucket counts the calls with a duration in one range. The number of calls is the
/// sum of the buckets: a separate counter would increase the cost of recording by a third.
#[repr(align(128))]
struct Counters {
    buckets: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
    errors: AtomicU64,
}

/// The values of one operation's counters, summed over all threads.
#[derive(Clone)]
pub(crate) struct OperationTotals {
    pub(crate) buckets: [u64; BUCKETS],
    pub(crate) nanos: u64,
    pub(crate) errors: u64,
}

impl Operations {
    pub(crate) fn new() -> Self {
        let stripe = || Operation::ALL.iter().map(|_| Counters::new()).collect();
        Self {
            stripes: (0..STRIPES).map(|_| stripe()).collect(),
        }
    }

    /// Counts one completed call of an operation.
    pub(crate) fn record(&self, operation: Operation, duration: Duration, failed: bool) {
        let Some(cell) = self
            .stripes
            .get(stripe())
            .and_then(|stripe| stripe.get(operation.index()))
        else {
            return;
        };
        let nanos = nanos(duration);
        // Relaxed: each counter is exact by itself, and no reader needs them to agree.
        if let Some(counter) = cell.buckets.get(bucket(nanos)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        cell.nanos.fetch_add(nanos, Ordering::Relaxed);
        if failed {
            cell.errors.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns the counter values of each operation, summed over all threads, in the order of
    /// [`Operation::ALL`].
    pub(crate) fn totals(&self) -> Vec<OperationTotals> {
        (0..Operation::ALL.len())
            .map(|index| {
                let mut totals = OperationTotals::zero();
                for cell in self.stripes.iter().filter_map(|stripe| stripe.get(index)) {
                    totals.add(cell);
                }
                totals
            })
            .collect()
    }
}

impl Counters {
    fn new() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
            nanos: AtomicU64::new(0),
            errors: AtomicU64::new(0),
        }
    }
}

impl OperationTotals {
    pub(crate) const fn zero() -> Self {
        Self {
            buckets: [0; BUCKETS],
            nanos: 0,
            errors: 0,
        }
    }

    /// Returns the number of completed calls.
    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Returns how much each counter has increased since `earlier`.
    pub(crate) fn since(mut self, earlier: &Self) -> Self {
        for (count, earlier) in self.buckets.iter_mut().zip(&earlier.buckets) {
            *count = count.wrapping_sub(*earlier);
        }
        self.nanos = self.nanos.wrapping_sub(earlier.nanos);
        self.errors = self.errors.wrapping_sub(earlier.errors);
        self
    }

    fn add(&mut self, cell: &Counters) {
        for (sum, counter) in self.buckets.iter_mut().zip(&cell.buckets) {
            *sum = sum.wrapping_add(counter.load(Ordering::Relaxed));
        }
        self.nanos = self.nanos.wrapping_add(cell.nanos.load(Ordering::Relaxed));
        self.errors = self
            .errors
            .wrapping_add(cell.errors.load(Ordering::Relaxed));
    }
}

/// Converts a duration to nanoseconds. A longer duration than one day counts as one day, so that a
/// wrong duration cannot overflow the sum. No operation takes that long.
fn nanos(duration: Duration) -> u64 {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let duration = duration.min(DAY);
    duration.as_secs() * 1_000_000_000 + u64::from(duration.subsec_nanos())
}

/// Returns the index of the copy of the counters that this thread uses.
fn stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    STRIPE.with(|own| {
        if own.get() == usize::MAX {
            own.set(NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES);
        }
        own.get()
    })
}
