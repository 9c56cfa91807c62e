//! An event sink that records events.

use std::sync::Arc;
use std::time::Duration;

use cognito_core::{ErrorKind, Event, EventSink, Operation};
use parking_lot::Mutex;

/// An [`EventSink`] that records events for a test. Clones share the events.
#[derive(Clone, Debug, Default)]
pub struct RecordingSink(Arc<Mutex<Vec<Recorded>>>);

/// An event as [`RecordingSink`] stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recorded {
    /// The attempt guard rejected a call, so no request was sent.
    AttemptRefused {
        /// The operation of the call that the guard rejected.
        operation: Operation,
    },
    /// The settings of the user pool and app client were loaded, or the load failed.
    ConfigRefreshed {
        /// The [type name](cognito_core::Error::type_name) of the error. `None` if the load
        /// succeeded.
        error: Option<&'static str>,
    },
    /// A request contained a remembered device that no longer exists in Cognito.
    DeviceStale {
        /// The operation of the request.
        operation: Operation,
    },
    /// The signing keys were fetched, or the fetch failed.
    KeysRefreshed {
        /// The kind of the error with which the fetch failed. `None` if the keys were fetched.
        error: Option<ErrorKind>,
    },
    /// An operation completed.
    OperationFinished {
        /// The operation that completed.
        operation: Operation,
        /// The [type name](cognito_core::Error::type_name) of the error. `None` if the operation
        /// succeeded.
        error: Option<&'static str>,
    },
    /// A call to Cognito ended, after one or more requests.
    RequestsSent {
        /// The operation of the call at Cognito.
        operation: Operation,
        /// The number of requests.
        requests: u32,
        /// The number of requests that AWS rejected because a quota was used up.
        throttled: u32,
    },
    /// A token was checked while this process's copy of the shared revocation list was stale. The
    /// copy may lack recent revocations of other instances.
    RevocationsStale {
        /// `true` if the token was accepted.
        admitted: bool,
    },
    /// The `iat` of a verified token is in the future, compared with the clock of this process.
    TokenFromFuture {
        /// The difference between the `iat` of the token and the clock of this process.
        ahead: Duration,
    },
    /// A guard rejected a request because of its token.
    TokenRejected {
        /// The reason, such as `InvalidToken`.
        reason: &'static str,
        /// The HTTP status of the response.
        status: u16,
        /// The kind of the verifier's error. `None` if the verifier was not called or accepted the
        /// token.
        error: Option<ErrorKind>,
    },
    /// An event that this version of the test kit does not support.
    Other,
}

impl RecordingSink {
    /// Creates a sink without events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns all recorded events, the oldest first.
    pub fn events(&self) -> Vec<Recorded> {
        self.0.lock().clone()
    }

    /// Returns the completed operations, the oldest first.
    pub fn operations(&self) -> Vec<Operation> {
        let finished = |event: &Recorded| match event {
            Recorded::OperationFinished { operation, .. } => Some(*operation),
            _ => None,
        };
        self.0.lock().iter().filter_map(finished).collect()
    }

    /// Returns the error types of failed operations, the oldest first.
    pub fn error_types(&self) -> Vec<&'static str> {
        let failed = |event: &Recorded| match event {
            Recorded::OperationFinished { error, .. } => *error,
            _ => None,
        };
        self.0.lock().iter().filter_map(failed).collect()
    }

    /// Removes all recorded events.
    pub fn clear(&self) {
        self.0.lock().clear();
    }
}

impl EventSink for RecordingSink {
    fn record(&self, event: &Event<'_>) {
        let recorded = match event {
            Event::AttemptRefused { operation, .. } => Recorded::AttemptRefused {
                operation: *operation,
            },
            Event::ConfigRefreshed { error, .. } => Recorded::ConfigRefreshed {
                error: error.map(cognito_core::Error::type_name),
            },
            Event::DeviceStale { operation, .. } => Recorded::DeviceStale {
                operation: *operation,
            },
            Event::KeysRefreshed { error, .. } => Recorded::KeysRefreshed { error: *error },
            Event::OperationFinished {
                operation, error, ..
            } => Recorded::OperationFinished {
                operation: *operation,
                error: error.map(cognito_core::Error::type_name),
            },
            Event::TokenFromFuture { ahead, .. } => Recorded::TokenFromFuture { ahead: *ahead },
            Event::RequestsSent {
                operation,
                requests,
                throttled,
                ..
            } => Recorded::RequestsSent {
                operation: *operation,
                requests: *requests,
                throttled: *throttled,
            },
            Event::TokenRejected {
                reason,
                status,
                error,
                ..
            } => Recorded::TokenRejected {
                reason,
                status: *status,
                error: *error,
            },
            Event::RevocationsStale { admitted, .. } => Recorded::RevocationsStale {
                admitted: *admitted,
            },
            _ => Recorded::Other,
        };
        self.0.lock().push(recorded);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cognito_core::Error;

    use super::*;

    #[test]
    fn operations_and_error_types_are_kept_in_order() {
        let sink = RecordingSink::new();
        let error = Error::new(ErrorKind::CodeMismatch);
        for error in [None, Some(&error)] {
            sink.clone().record(&Event::operation_finished(
                Operation::ConfirmSignUp,
                Duration::ZERO,
                error,
            ));
        }
        sink.record(&Event::keys_refreshed(None));
        assert_eq!(sink.operations(), [Operation::ConfirmSignUp; 2]);
        assert_eq!(sink.error_types(), ["CodeMismatch"]);
        assert_eq!(sink.events().len(), 3);
        sink.clear();
        assert!(sink.events().is_empty());
    }
}
