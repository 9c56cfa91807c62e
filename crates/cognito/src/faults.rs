//! Operations that fail until an operator changes something, for health reports.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use cognito_core::{Clock, Error, ErrorKind, Operation, rfc3339};

use crate::HealthFault;

/// A fault that does not occur for this long has ended.
const LASTS: Duration = Duration::from_secs(15 * 60);

/// The current faults, at most one for each operation.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// `true` if there are entries, so that a success takes no lock while there are none.
    any: AtomicBool,
    entries: Mutex<BTreeMap<Operation, Fault>>,
}

#[derive(Clone, Copy, Debug)]
struct Fault {
    kind: &'static str,
    exception: &'static str,
    since: SystemTime,
    last: Duration,
    /// A later success of the operation does not prove that the fault has ended.
    by_time_only: bool,
}

impl Faults {
    /// Records the result of an operation.
    pub(crate) fn finished(&self, operation: Operation, error: Option<&Error>, clock: &dyn Clock) {
        match error {
            None => self.succeeded(operation),
            Some(error) if error.is_configuration_fault() => {
                let mut entries = self.entries();
                let last = clock.monotonic();
                entries.retain(|_, fault| fault.lasts(last));
                let since = entries.get(&operation).map(|fault| fault.since);
                let fault = Fault {
                    kind: error.kind().name(),
                    exception: error.type_name(),
                    since: since.unwrap_or_else(|| clock.now()),
                    last,
                    by_time_only: is_about_sending(operation, error.kind()),
                };
                entries.insert(operation, fault);
                self.any.store(true, Ordering::Release);
            }
            Some(_) => {}
        }
    }

    /// Returns the current faults.
    pub(crate) fn current(&self, now: Duration) -> Vec<HealthFault> {
        if !self.any.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut entries = self.entries();
        entries.retain(|_, fault| fault.lasts(now));
        self.any.store(!entries.is_empty(), Ordering::Release);
        let reported = entries.iter().map(|(operation, fault)| HealthFault {
            operation: operation.name(),
            kind: fault.kind,
            exception: fault.exception,
            since: rfc3339(fault.since),
        });
        reported.collect()
    }

    fn succeeded(&self, operation: Operation) {
        if self.any.load(Ordering::Acquire) {
            let mut entries = self.entries();
            if entries
                .get(&operation)
                .is_some_and(|fault| !fault.by_time_only)
            {
                entries.remove(&operation);
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Operation, Fault>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns `true` if a success of the operation does not prove that messages are sent again.
/// Cognito returns success without sending if it hides that a user does not exist.
const fn is_about_sending(operation: Operation, kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::DeliveryQuota)
        || matches!(
            operation,
            Operation::ForgotPassword | Operation::ResendConfirmationCode
        )
}

impl Fault {
    fn lasts(&self, now: Duration) -> bool {
        now.saturating_sub(self.last) < LASTS
    }
}
