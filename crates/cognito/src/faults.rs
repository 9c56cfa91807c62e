//! Operations that fail until an operator changes a setting, for health reports.
//!
//! Security: some faults occur only if the account in the request exists, because Cognito sends
//! messages only to existing users. An attacker who reads a health report before and after a
//! request could see whether the account exists. Such a fault is *hidden*, and public reports omit
//! it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use cognito_core::clock::rfc3339;
use cognito_core::{Clock, Error, ErrorKind, Operation};
use serde::Serialize;

/// An operation that fails until an operator changes a setting, a permission or a quota.
///
/// AWS's message and request id are not part of it. They are in the log (level `WARN`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HealthFault {
    /// The operation, such as `ForgotPassword`.
    pub operation: &'static str,
    /// The kind of the last error, such as `DeliveryQuota`.
    pub kind: &'static str,
    /// AWS's exception, such as `LimitExceededException`, or the kind if there is no exception.
    pub exception: &'static str,
    /// The time of the first failure, in RFC 3339 in UTC.
    pub since: String,
    /// Whether the fault occurs only if the account in the request exists. The public must not see
    /// such a fault, so [`Cognito::public_health`](crate::Cognito::public_health) omits it.
    #[serde(skip)]
    pub is_hidden: bool,
}

/// A fault ends after this time if it does not occur again.
const LASTS: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// `true` if there are entries. Otherwise a success takes no lock.
    any: AtomicBool,
    entries: Mutex<Entries>,
}

#[derive(Clone, Copy, Debug)]
struct Fault {
    kind: &'static str,
    exception: &'static str,
    since: SystemTime,
    last: Duration,
    /// `true` if a later success of the operation does not prove that the fault has ended.
    by_time_only: bool,
}

/// The faults by operation. The `bool` is `true` for a hidden fault, which public reports omit. An
/// operation can have one hidden and one shown fault, because a hidden fault must not change the
/// public view of a shown one.
type Entries = BTreeMap<(Operation, bool), Fault>;

impl Faults {
    pub(crate) fn finished(&self, operation: Operation, error: Option<&Error>, clock: &dyn Clock) {
        match error {
            None => self.succeeded(operation),
            Some(error) => self.failed(operation, error, error.reveals_account(), clock),
        }
    }

    /// Records an error that the response does not show.
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
            // Cognito returns success without sending where it hides that a user does not exist.
            by_time_only: is_hidden || error.kind() == ErrorKind::DeliveryQuota,
        };
        entries.insert(place, fault);
        self.any.store(true, Ordering::Release);
    }

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
