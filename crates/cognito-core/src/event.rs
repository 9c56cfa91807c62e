//! Events that this library reports, and the trait for their receivers.

use std::fmt::Debug;
use std::time::Duration;

use auto_impl::auto_impl;

use crate::error::{Error, ErrorKind};
use crate::operations::Operation;

/// Defines the events and their names. Each row has the name and the fields.
macro_rules! events {
    ($(
        $(#[$doc:meta])*
        $event:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* },
    )*) => {
        /// An event in this library, for metrics and dashboards.
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub enum Event<'a> {
            $(
                $(#[$doc])*
                #[non_exhaustive]
                $event { $($(#[$field_doc])* $field: $type,)* },
            )*
        }

        const NAMES: &[&str] = &[$(stringify!($event)),*];

        const fn name_of(event: &Event<'_>) -> &'static str {
            match event { $(Event::$event { .. } => stringify!($event),)* }
        }
    };
}

events! {
    /// The attempt guard rejected a call, so no request was sent. The reason is too many failed
    /// attempts, or too many calls of one kind from the client's address. If the store with the
    /// attempt counters is unavailable, a guard can also be configured to reject all attempts.
    AttemptRefused {
        /// The operation of the rejected call.
        operation: Operation,
    },
    /// The settings were loaded, or the load failed.
    ConfigRefreshed {
        /// The error, or `None` if the load succeeded. After an error, the last valid settings stay
        /// in use, if there are any.
        error: Option<&'a Error>,
    },
    /// The request of a sign-in contained a remembered device that no longer exists in Cognito. The
    /// sign-in continued without the device.
    DeviceStale {
        /// The operation whose request contained the remembered device.
        operation: Operation,
    },
    /// The pool's signing keys were fetched, or the fetch failed.
    KeysRefreshed {
        /// The kind of the error, or `None` if the fetch succeeded. After an error, the last valid
        /// keys stay in use, if there are any.
        error: Option<ErrorKind>,
        /// `true` if there are signing keys to verify tokens: new keys, earlier keys that were
        /// kept, or shared keys of another instance.
        keys_available: bool,
    },
    /// An operation succeeded or failed.
    OperationFinished {
        /// The operation that finished.
        operation: Operation,
        /// The time from the call to the result, including retries and waiting time.
        duration: Duration,
        /// The error, or `None` if the operation succeeded.
        error: Option<&'a Error>,
    },
    /// A call to Cognito ended, after one or more requests. An operation can make several calls: a
    /// sign-in with SRP makes two. The requests count against the quota of the
    /// [category](Operation::category).
    RequestsSent {
        /// The operation of the call at Cognito.
        operation: Operation,
        /// The number of requests: the first one, and those that were sent again.
        requests: u32,
        /// The number of requests that AWS rejected because a quota was used up.
        throttled: u32,
    },
    /// A token was checked while this instance's copy of the shared revocation list was stale. The
    /// copy may lack recent revocations of other instances.
    RevocationsStale {
        /// `true` if the token was accepted, although another instance may have revoked it. `false`
        /// if it was rejected.
        admitted: bool,
    },
    /// A guard of `cognito-tower` or `cognito-axum` rejected a request because of its token.
    TokenRejected {
        /// The reason, such as `InvalidToken`: a name of `RejectionKind` in `cognito-tower`.
        reason: &'static str,
        /// The HTTP status of the response.
        status: u16,
        /// The kind of the verifier's error, or `None` if the verifier was not called or accepted
        /// the token.
        error: Option<ErrorKind>,
    },
    /// The `iat` of a verified token is later than the current time of this process, by more than
    /// 5 seconds and by more than the verifier's leeway. The clock of this process is therefore
    /// behind Cognito's clock. The token is accepted.
    TokenFromFuture {
        /// The time by which the token's `iat` is ahead of the clock of this process.
        ahead: Duration,
    },
}

impl<'a> Event<'a> {
    /// The names of all events that this version has.
    pub const NAMES: &'static [&'static str] = NAMES;

    /// Returns the name of the event, such as `DeviceStale`. The names are a closed set and can be
    /// metric labels.
    pub const fn name(&self) -> &'static str {
        name_of(self)
    }

    /// Creates the event for a call that the attempt guard rejected; see
    /// [`AttemptRefused`](Self::AttemptRefused).
    pub const fn attempt_refused(operation: Operation) -> Self {
        Self::AttemptRefused { operation }
    }

    /// Creates the event for a load of the settings, successful or failed; see
    /// [`ConfigRefreshed`](Self::ConfigRefreshed).
    pub const fn config_refreshed(error: Option<&'a Error>) -> Self {
        Self::ConfigRefreshed { error }
    }

    /// Creates the event for a device that no longer exists in Cognito; see
    /// [`DeviceStale`](Self::DeviceStale).
    pub const fn device_stale(operation: Operation) -> Self {
        Self::DeviceStale { operation }
    }

    /// Creates the event for a fetch of the signing keys; see
    /// [`KeysRefreshed`](Self::KeysRefreshed). `error` is `None` if the fetch succeeded.
    ///
    /// If the fetch failed but the key cache still has usable keys, call
    /// [`keys_not_renewed`](Self::keys_not_renewed) instead.
    pub const fn keys_refreshed(error: Option<ErrorKind>) -> Self {
        Self::KeysRefreshed {
            error,
            keys_available: error.is_none(),
        }
    }

    /// Creates the event for a failed fetch of the signing keys, if the key cache still has usable
    /// keys. See [`KeysRefreshed`](Self::KeysRefreshed).
    pub const fn keys_not_renewed(error: ErrorKind) -> Self {
        Self::KeysRefreshed {
            error: Some(error),
            keys_available: true,
        }
    }

    /// Creates the event for an operation that succeeded or failed; see
    /// [`OperationFinished`](Self::OperationFinished). `duration` is the time from the call to the
    /// result, including retries and waiting time.
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

    /// Creates the event for the requests of a call to Cognito; see
    /// [`RequestsSent`](Self::RequestsSent).
    pub const fn requests_sent(operation: Operation, requests: u32, throttled: u32) -> Self {
        Self::RequestsSent {
            operation,
            requests,
            throttled,
        }
    }

    /// Creates the event for a token that was checked against a stale copy of the shared revocation
    /// list. `admitted` is `true` if the token was accepted. See
    /// [`RevocationsStale`](Self::RevocationsStale).
    pub const fn revocations_stale(admitted: bool) -> Self {
        Self::RevocationsStale { admitted }
    }

    /// Creates the event for a request that a guard rejected; see
    /// [`TokenRejected`](Self::TokenRejected).
    pub const fn token_rejected(
        reason: &'static str,
        status: u16,
        error: Option<ErrorKind>,
    ) -> Self {
        Self::TokenRejected {
            reason,
            status,
            error,
        }
    }

    /// Creates the event for a token whose `iat` is ahead of the clock by this duration; see
    /// [`TokenFromFuture`](Self::TokenFromFuture).
    pub const fn token_from_future(ahead: Duration) -> Self {
        Self::TokenFromFuture { ahead }
    }
}

/// A receiver of events, for example to count them as metrics.
///
/// # Custom implementations
///
/// `record` is called during every request, and must not block, fail or panic. Labels of metrics
/// must be from closed sets ([`Operation::name`], [`Error::type_name`]).
///
/// An event contains the [`Error`] itself. The error's [`aws_message`](Error::aws_message) may
/// contain user input, such as a name, an e-mail address or a phone number. Do not put that message
/// or the error's [source](std::error::Error::source) into labels, logs or stored data.
#[auto_impl(Arc, Box)]
pub trait EventSink: Debug + Send + Sync + 'static {
    /// Records an event. It is called during every request.
    fn record(&self, event: &Event<'_>);
}

/// An [`EventSink`] that ignores all events.
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
