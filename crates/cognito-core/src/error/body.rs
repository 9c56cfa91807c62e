//! The body of an HTTP error response.

use std::time::SystemTime;

use serde::Serialize;

use crate::clock::rfc3339;
use crate::error::{Error, PublicOutcome};

/// Whether a response to the public may reveal whether an account exists.
///
/// The rules are those of [`Error::public_outcome`]. For HTTP responses, use the status from
/// `to_body(..).status_code`. [`Error::status`] and [`Error::message`] hide nothing.
///
/// # What is still revealed
///
/// - A sign-up reveals that a name is in use ([`UserExists`](crate::ErrorKind::UserExists), 409),
///   as in Cognito. A confirmation with the right code reveals that the address belongs to another
///   account ([`AliasExists`](crate::ErrorKind::AliasExists)).
/// - The response time of Cognito is not hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnumerationPolicy {
    /// An error that reveals an account is shown as a wrong password, as a wrong code, or as the
    /// response that a code was sent. This is the default.
    ///
    /// Errors are hidden only if they have no operation, or if anyone may call the operation
    /// ([`Operation::is_public`](crate::Operation::is_public)).
    #[default]
    Hide,
    /// Each error has its own status and message. Use it only for back-office tools that require a
    /// sign-in.
    Reveal,
}

/// The body of an HTTP error response: `{"statusCode", "message", "error", "timestamp"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorBody {
    /// The HTTP status.
    pub status_code: u16,
    /// A message that is safe to show to any caller.
    pub message: &'static str,
    /// The name of the status (RFC 9110 section 15), such as `Bad Request`.
    pub error: &'static str,
    /// The time of the error, in RFC 3339 in UTC.
    pub timestamp: String,
}

impl Error {
    /// Returns the body of an HTTP response to the public.
    ///
    /// If the outcome is [`ShownAsSent`](PublicOutcome::ShownAsSent), respond as if the request
    /// succeeded; this body is then the one for a wrong password.
    #[must_use]
    pub fn to_body(&self, policy: EnumerationPolicy, now: SystemTime) -> ErrorBody {
        let (status_code, message) = match self.public_outcome(policy) {
            PublicOutcome::Shown => (self.status(), self.message()),
            _ => {
                let kind = self.public_kind(policy);
                (kind.status(), kind.message())
            }
        };
        ErrorBody {
            status_code,
            message,
            error: reason_phrase(status_code),
            timestamp: rfc3339(now),
        }
    }
}

const fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Error",
    }
}
