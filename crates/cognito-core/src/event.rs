//! What happened, for whoever counts.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::operations::Operation;

/// Something happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Somebody was refused before anything was sent, because of too many failures.
    #[non_exhaustive]
    AttemptRefused {
        /// What they were trying.
        operation: Operation,
    },
    /// The settings were read anew.
    #[non_exhaustive]
    ConfigRefreshed {
        /// What went wrong, if something did; the last good settings are kept.
        error: Option<&'a Error>,
    },
    /// A remembered device was named that Cognito does not know any more. The sign-in went on without
    /// it.
    #[non_exhaustive]
    DeviceStale {
        /// During which operation.
        operation: Operation,
    },
    /// The pool's signing keys were fetched.
    #[non_exhaustive]
    KeysRefreshed {
        /// What went wrong, if something did; the last good keys are kept.
        error: Option<ErrorKind>,
        /// Whether there are keys to verify tokens with: those that were fetched, or older ones, kept or
        /// taken from what machines share.
        at_hand: bool,
    },
    /// An operation ended.
    #[non_exhaustive]
    OperationFinished {
        /// Which.
        operation: Operation,
        /// How long it took, waiting included.
        duration: Duration,
        /// What went wrong, if something did.
        error: Option<&'a Error>,
    },
    /// A token was judged while the view of the revocations was too old to be trusted.
    #[non_exhaustive]
    RevocationsStale {
        /// Whether it was let through: it may have been revoked elsewhere.
        admitted: bool,
    },
    /// A verified token was issued later than the clock of this process says, by more than the
    /// verifier's leeway and at least 5 seconds. The clock is behind Cognito's. The token is accepted.
    #[non_exhaustive]
    TokenFromFuture {
        /// How far the token's `iat` is ahead.
        ahead: Duration,
    },
}

impl<'a> Event<'a> {
    /// Somebody was refused before anything was sent; see [`AttemptRefused`](Self::AttemptRefused).
    #[must_use]
    pub const fn attempt_refused(operation: Operation) -> Self {
        Self::AttemptRefused { operation }
    }

    /// The settings were read anew, or could not be; see
    /// [`ConfigRefreshed`](Self::ConfigRefreshed).
    #[must_use]
    pub const fn config_refreshed(error: Option<&'a Error>) -> Self {
        Self::ConfigRefreshed { error }
    }

    /// A device was stale; see [`DeviceStale`](Self::DeviceStale).
    #[must_use]
    pub const fn device_stale(operation: Operation) -> Self {
        Self::DeviceStale { operation }
    }

    /// The signing keys were fetched, or could not be and there are none; see
    /// [`KeysRefreshed`](Self::KeysRefreshed).
    #[must_use]
    pub const fn keys_refreshed(error: Option<ErrorKind>) -> Self {
        Self::KeysRefreshed {
            error,
            at_hand: error.is_none(),
        }
    }

    /// The signing keys could not be fetched, and there are older ones; see
    /// [`KeysRefreshed`](Self::KeysRefreshed).
    #[must_use]
    pub const fn keys_not_renewed(error: ErrorKind) -> Self {
        Self::KeysRefreshed {
            error: Some(error),
            at_hand: true,
        }
    }

    /// An operation ended after `duration`, waiting included; see
    /// [`OperationFinished`](Self::OperationFinished).
    #[must_use]
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

    /// A token was judged by a stale view of the revocations; see
    /// [`RevocationsStale`](Self::RevocationsStale).
    #[must_use]
    pub const fn revocations_stale(admitted: bool) -> Self {
        Self::RevocationsStale { admitted }
    }

    /// Creates the event for a token whose `iat` is `ahead` of the clock; see
    /// [`TokenFromFuture`](Self::TokenFromFuture).
    #[must_use]
    pub const fn token_from_future(ahead: Duration) -> Self {
        Self::TokenFromFuture { ahead }
    }
}

/// The one place that events go to.
///
/// # Implementing your own
///
/// `record` runs on the path of every request: it must not block, must not fail and must not
/// panic. Labels must come from closed sets ([`Operation::name`], [`Error::type_name`]).
///
/// An event carries the [`Error`] itself, whose [`aws_message`](Error::aws_message) may repeat what
/// a person typed: a name, an address, a number. Neither that message nor the error's
/// [source](std::error::Error::source) belongs in a label, in a log or in anything that is kept.
pub trait EventSink: Debug + Send + Sync + 'static {
    /// Takes notice of the event.
    fn record(&self, event: &Event<'_>);
}

impl<T: EventSink + ?Sized> EventSink for Arc<T> {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }
}

impl<T: EventSink + ?Sized> EventSink for Box<T> {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }
}

/// Takes no notice of anything.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NoopEventSink;

impl NoopEventSink {
    /// A sink that forgets.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl EventSink for NoopEventSink {
    fn record(&self, _event: &Event<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_has_a_constructor() {
        let error = Error::new(ErrorKind::Timeout);
        assert!(matches!(
            Event::attempt_refused(Operation::InitiateAuth),
            Event::AttemptRefused {
                operation: Operation::InitiateAuth
            }
        ));
        assert!(matches!(
            Event::config_refreshed(Some(&error)),
            Event::ConfigRefreshed { error: Some(e) } if e.kind() == ErrorKind::Timeout
        ));
        assert!(matches!(
            Event::device_stale(Operation::InitiateAuth),
            Event::DeviceStale {
                operation: Operation::InitiateAuth
            }
        ));
        assert!(matches!(
            Event::keys_refreshed(Some(ErrorKind::Network)),
            Event::KeysRefreshed {
                error: Some(ErrorKind::Network),
                at_hand: false
            }
        ));
        assert!(matches!(
            Event::keys_refreshed(None),
            Event::KeysRefreshed {
                error: None,
                at_hand: true
            }
        ));
        assert!(matches!(
            Event::keys_not_renewed(ErrorKind::Network),
            Event::KeysRefreshed {
                error: Some(ErrorKind::Network),
                at_hand: true
            }
        ));
        assert!(matches!(
            Event::operation_finished(Operation::SignUp, Duration::from_secs(3), Some(&error)),
            Event::OperationFinished { operation: Operation::SignUp, duration, error: Some(_) }
                if duration == Duration::from_secs(3)
        ));
        assert!(matches!(
            Event::revocations_stale(true),
            Event::RevocationsStale { admitted: true }
        ));
    }
}
