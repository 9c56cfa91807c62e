//! Faults for health reports: operations that fail until an operator changes a setting.
//!
//! Security: some faults occur only if the account in the request exists, because Cognito sends
//! messages only to existing users. If an attacker reads a health report before and after a
//! request, a new fault of this kind reveals that the account exists. These faults are *hidden*:
//! public reports omit them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use cognito_core::clock::rfc3339;
use cognito_core::{Clock, Error, ErrorKind, Operation};
use serde::Serialize;

/// An operation that fails until an operator changes a setting, a permission or a quota. It is part
/// of a [`Health`](crate::observe::Health) report.
///
/// The message and the request id of AWS are not included. The log contains them at level `WARN`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HealthFault {
    /// The name of the operation, such as `ForgotPassword`.
    pub operation: &'static str,
    /// The kind of the operation's last error, such as `DeliveryQuota`.
    pub kind: &'static str,
    /// The AWS exception, such as `LimitExceededException`. If the error has no exception, this is
    /// the kind of the error.
    pub exception: &'static str,
    /// The time at which the operation first failed in this way, in RFC 3339 in UTC.
    pub since: String,
    /// `true` if only requests for existing accounts can cause the fault.
    /// [`Cognito::public_health`](crate::Cognito::public_health) omits such a fault.
    #[serde(skip)]
    pub is_hidden: bool,
}

/// The time after which a fault ends if it does not occur again.
const LASTS: Duration = Duration::from_secs(15 * 60);

/// The faults that have not ended. A fault is an operation that fails until an operator changes a
/// setting.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// `false` if `entries` is certainly empty. Recording the success of an operation then does not
    /// lock `entries`.
    any: AtomicBool,
    entries: Mutex<Entries>,
}

/// One fault (an operation that fails until an operator changes a setting), with the times of its
/// first and last failure.
#[derive(Clone, Copy, Debug)]
struct Fault {
    kind: &'static str,
    exception: &'static str,
    since: SystemTime,
    last: Duration,
    /// `true` if a success of the operation does not end the fault, because the success does not
    /// prove that the operation works for every user. The fault then ends when [`LASTS`] has
    /// passed.
    by_time_only: bool,
}

/// The faults by operation. The `bool` is `true` for a hidden fault, which public reports omit. An
/// operation can have one hidden fault and one other fault. They are stored separately, so that a
/// hidden fault does not change what public reports show.
type Entries = BTreeMap<(Operation, bool), Fault>;

impl Faults {
    /// Records the result of an operation. `error` is `None` for a success. A success ends the
    /// faults of the operation, except those that end [only by time](Fault::by_time_only). An error
    /// that is not a configuration fault is ignored.
    pub(crate) fn finished(&self, operation: Operation, error: Option<&Error>, clock: &dyn Clock) {
        match error {
            None => self.succeeded(operation),
            Some(error) => self.failed(operation, error, error.reveals_account(), clock),
        }
    }

    /// Records an error of an operation that the caller does not receive: the caller receives a
    /// success or another error instead. The fault is hidden: public health reports omit it.
    pub(crate) fn hidden(&self, operation: Operation, error: &Error, clock: &dyn Clock) {
        self.failed(operation, error, true, clock);
    }

    fn failed(&self, operation: Operation, error: &Error, is_hidden: bool, clock: &dyn Clock) {
        if !error.is_configuration_fault() {
            return;
        }
        let mut entries = self.entries();
        let last = clock.monotonic();
        entries.retain(|_, fault| fault.lasts(last));
        let place = (operation, is_hidden);
        let since = entries.get(&place).map(|fault| fault.since);
        let fault = Fault {
            kind: error.kind().name(),
            exception: error.type_name(),
            since: since.unwrap_or_else(|| clock.now()),
            last,
            // If Cognito hides that a user does not exist, it sends no message and returns success.
            // Such a success does not end the fault.
            by_time_only: is_hidden || error.kind() == ErrorKind::DeliveryQuota,
        };
        entries.insert(place, fault);
        self.any.store(true, Ordering::Release);
    }

    /// Returns the faults that have not ended. `now` is the time of the monotonic clock.
    pub(crate) fn current(&self, now: Duration) -> Vec<HealthFault> {
        if !self.any.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut entries = self.entries();
        entries.retain(|_, fault| fault.lasts(now));
        self.any.store(!entries.is_empty(), Ordering::Release);
        let reported = entries
            .iter()
            .map(|((operation, is_hidden), fault)| HealthFault {
                operation: operation.name(),
                kind: fault.kind,
                exception: fault.exception,
                since: rfc3339(fault.since),
                is_hidden: *is_hidden,
            });
        reported.collect()
    }

    fn succeeded(&self, operation: Operation) {
        if self.any.load(Ordering::Acquire) {
            let mut entries = self.entries();
            entries.retain(|(of, _), fault| *of != operation || fault.by_time_only);
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    fn lasts(&self, now: Duration) -> bool {
        now.saturating_sub(self.last) < LASTS
    }
}
