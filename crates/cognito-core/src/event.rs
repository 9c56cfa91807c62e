//! Events for metrics.

use std::fmt::Debug;
use std::time::Duration;

use auto_impl::auto_impl;

use crate::error::{Error, ErrorKind};
use crate::operations::Operation;

/// An event for metrics and dashboards.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The attempt guard rejected a call, so no request was sent. Either there were too many failed
    /// attempts, or a budget of the address of the client is exhausted, or the counter store is
    /// unavailable and the guard is configured to reject attempts in that case.
    #[non_exhaustive]
    AttemptRefused {
        /// The operation that the caller attempted.
        operation: Operation,
    },
    /// The settings were loaded, or the load failed.
    #[non_exhaustive]
    ConfigRefreshed {
        /// The error. `None` if the load succeeded. After an error, the last valid settings are
        /// kept.
        error: Option<&'a Error>,
    },
    /// A sign-in named a remembered device that no longer exists in Cognito. The sign-in continued
    /// without it.
    #[non_exhaustive]
    DeviceStale {
        /// The operation that named the device.
        operation: Operation,
    },
    /// The pool's signing keys were fetched, or the fetch failed.
    #[non_exhaustive]
    KeysRefreshed {
        /// The kind of the error. `None` if the fetch succeeded. After an error, the last valid
        /// keys are kept.
        error: Option<ErrorKind>,
        /// `true` if keys are available: new keys, earlier keys that were kept, or shared keys of
        /// another instance.
        keys_available: bool,
    },
    /// An operation finished.
    #[non_exhaustive]
    OperationFinished {
        /// The operation that finished.
        operation: Operation,
        /// The duration, including retries and waiting time.
        duration: Duration,
        /// The error, if the operation failed.
        error: Option<&'a Error>,
    },
    /// A token was checked while this process's view of the revocation list was stale.
    #[non_exhaustive]
    RevocationsStale {
        /// `true` if the token was accepted. Another instance may have revoked it.
        admitted: bool,
    },
    /// The `iat` of a verified token is in the future: by more than the verifier's leeway, and by
    /// at least 5 seconds. The clock of this process is behind Cognito's. The token is accepted.
    #[non_exhaustive]
    TokenFromFuture {
        /// The time by which the token's `iat` is ahead.
        ahead: Duration,
    },
}

impl<'a> Event<'a> {
    /// Creates the event for a caller that was rejected; see
    /// [`AttemptRefused`](Self::AttemptRefused).
    pub const fn attempt_refused(operation: Operation) -> Self {
        Self::AttemptRefused { operation }
    }

    /// Creates the event for a load of the settings, successful or failed; see
    /// [`ConfigRefreshed`](Self::ConfigRefreshed).
    pub const fn config_refreshed(error: Option<&'a Error>) -> Self {
        Self::ConfigRefreshed { error }
    }

    /// Creates the event for a stale device; see [`DeviceStale`](Self::DeviceStale).
    pub const fn device_stale(operation: Operation) -> Self {
        Self::DeviceStale { operation }
    }

    /// Creates the event for a successful fetch of keys, or for a failed fetch if there are no
    /// older keys; see [`KeysRefreshed`](Self::KeysRefreshed).
    pub const fn keys_refreshed(error: Option<ErrorKind>) -> Self {
        Self::KeysRefreshed {
            error,
            keys_available: error.is_none(),
        }
    }

    /// Creates the event for a failed fetch of keys if there are older keys; see
    /// [`KeysRefreshed`](Self::KeysRefreshed).
    pub const fn keys_not_renewed(error: ErrorKind) -> Self {
        Self::KeysRefreshed {
            error: Some(error),
            keys_available: true,
        }
    }

    /// Creates the event for a finished operation. `duration` includes waiting time. See
    /// [`OperationFinished`](Self::OperationFinished).
    pub const fn operation_finished(
        operation: Operation,
        duration: Duration,
        error: Option<&'a Error>,
    ) -> Self {
        Self::OperationFinished {
            operation,
            duration,
            error,
        }
    }

    /// Creates the event for a token that was checked against a stale view of the revocations; see
    /// [`RevocationsStale`](Self::RevocationsStale).
    pub const fn revocations_stale(admitted: bool) -> Self {
        Self::RevocationsStale { admitted }
    }

    /// Creates the event for a token whose `iat` is `ahead` of the clock; see
    /// [`TokenFromFuture`](Self::TokenFromFuture).
    pub const fn token_from_future(ahead: Duration) -> Self {
        Self::TokenFromFuture { ahead }
    }
}

/// A receiver of events.
///
/// # Implementing your own
///
/// `record` is called during every request, and must not block, fail or panic. Labels must be from
/// closed sets ([`Operation::name`], [`Error::type_name`]).
///
/// An event contains the [`Error`] itself. The error's [`aws_message`](Error::aws_message) may
/// contain user input: a name, an address, a number. Do not put that message or the error's
/// [source](std::error::Error::source) into labels, logs or stored data.
#[auto_impl(Arc, Box)]
pub trait EventSink: Debug + Send + Sync + 'static {
    /// Records an event.
    fn record(&self, event: &Event<'_>);
}

/// A sink that ignores all events.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NoopEventSink;

impl NoopEventSink {
    /// Creates a sink that ignores all events.
    pub const fn new() -> Self {
        Self
    }
}

impl EventSink for NoopEventSink {
    fn record(&self, _event: &Event<'_>) {}
}
