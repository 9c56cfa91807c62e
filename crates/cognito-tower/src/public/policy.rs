//! The policy that decides whether a response may reveal that an account exists.

use std::time::Duration;

use cognito_core::error::Substitute;
use cognito_core::{Error, ErrorKind};

/// A policy that decides whether an HTTP response may reveal that an account exists.
///
/// [`Error::substitute`] defines which errors are hidden. A handler must take the status of its
/// response from [`ErrorBody`](crate::public::ErrorBody). It must not use [`Error::status`], which
/// hides nothing.
///
/// # What is still revealed
///
/// - Signing up reveals that a name is taken ([`UserExists`](ErrorKind::UserExists), 409).
///   Cognito's own API reveals it too. Confirming a sign-up with the right code reveals that the
///   address belongs to another account ([`AliasExists`](ErrorKind::AliasExists)).
/// - The response time of Cognito is not hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnumerationPolicy {
    /// Errors that reveal whether an account exists, or its state, are hidden. Depending on the
    /// operation, the response to the caller states instead that the password is wrong, that the
    /// code is wrong, or that a code was sent. This is the default.
    ///
    /// Only two kinds of errors are hidden: errors of operations that anyone may call
    /// ([`Operation::is_public`](cognito_core::Operation::is_public)), and errors without an
    /// operation.
    #[default]
    Hide,
    /// No error is hidden: the response has the error's own status and message. Use this policy
    /// only for back-office tools that require a sign-in.
    Reveal,
}

impl EnumerationPolicy {
    /// Returns what the HTTP response shows instead of `error`. Returns `None` if the response
    /// shows the error itself.
    ///
    /// If the result is [`Substitute::CodeSent`], respond as if the request succeeded.
    pub fn substitute(self, error: &Error) -> Option<Substitute> {
        match self {
            Self::Hide => error.substitute(),
            Self::Reveal => None,
        }
    }

    /// Returns the kind of error that the HTTP response shows: the kind of `error`, or the kind of
    /// its [`substitute`](Self::substitute) if the policy hides `error`. The substitute
    /// [`Substitute::CodeSent`] is not an error. For it, this method returns
    /// [`InvalidCredentials`](ErrorKind::InvalidCredentials), the kind of a wrong password.
    pub fn kind(self, error: &Error) -> ErrorKind {
        match self {
            Self::Hide => error.public_kind(),
            Self::Reveal => error.kind(),
        }
    }

    /// Returns the value of the `Retry-After` header: the time to wait before the next request.
    ///
    /// If `error` contains a time, returns this time. If it contains none, and Cognito throttled
    /// the request, returns one second, because Cognito's quotas are per second. In other cases,
    /// returns `None`.
    ///
    /// Also returns `None` if the policy hides `error` from the caller
    /// ([`substitute`](Self::substitute) returns a substitute).
    pub fn retry_after(self, error: &Error) -> Option<Duration> {
        if self.substitute(error).is_some() {
            return None;
        }
        let throttled = (error.kind() == ErrorKind::Throttled).then_some(THROTTLED);
        error.retry_after().or(throttled)
    }
}

/// The time to wait before a retry if a request was throttled and the error contains no time.
const THROTTLED: Duration = Duration::from_secs(1);
