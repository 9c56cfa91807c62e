//! The error as an HTTP body.

use std::time::SystemTime;

use serde::Serialize;

use crate::clock::rfc3339;
use crate::error::{Error, ErrorKind};
use crate::event::Operation;

/// Whether an answer to the public may show who has an account.
///
/// # What it does not do
///
/// - [`Error::status`] and [`Error::message`] never hide anything: they say what Cognito said. An
///   HTTP edge must take the status of its answer from `to_body(..).status_code`, not from
///   `status()`.
/// - Signing up still tells that a name is taken ([`UserExists`](ErrorKind::UserExists), 409), and
///   confirming that an address belongs to another account
///   ([`AliasExists`](ErrorKind::AliasExists)): a person who signs up must learn it.
/// - A route for forgotten passwords that answers 401 for an unknown user and 200 for a known one
///   tells who has an account all the same. It should answer everybody as if it had worked, and so
///   should a route that sends a confirmation code again ([`Error::tells_of_a_person`]). A code that
///   was not taken tells it, too ([`Error::tells_of_a_code`]).
/// - Cognito's own lock after five wrong passwords ([`AttemptLimit`](ErrorKind::AttemptLimit), 429) is
///   one of accounts that exist. Who guesses from one address meets the attempt guard before it; who
///   guesses from several may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnumerationPolicy {
    /// An unknown, disabled or unconfirmed user answers like a wrong password (401). The default:
    /// a 404 would tell an attacker who has an account.
    ///
    /// Only errors of operations that anyone may call
    /// ([`Operation::is_public`](crate::Operation::is_public)) are hidden, and errors that name no
    /// operation: an operator who asks for a user that does not exist is told so (404).
    #[default]
    Hide,
    /// Each case answers with its own status and message, as the original service did. For
    /// back-office tools behind a login of their own.
    Reveal,
}

/// The body of an HTTP error answer: `{"statusCode", "message", "error", "timestamp"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorBody {
    /// The HTTP status.
    pub status_code: u16,
    /// A sentence that is safe to show.
    pub message: &'static str,
    /// The status in words (RFC 9110 section 15): `Bad Request`.
    pub error: &'static str,
    /// When it happened, RFC 3339 in UTC.
    pub timestamp: String,
}

impl Error {
    /// The body of an HTTP answer to the public.
    #[must_use]
    pub fn to_body(&self, policy: EnumerationPolicy, now: SystemTime) -> ErrorBody {
        let public = self.operation().is_none_or(Operation::is_public);
        let telling = self.kind().tells_who_has_an_account();
        let hidden = policy == EnumerationPolicy::Hide && public && telling;
        let (status_code, message) = if hidden {
            let kind = ErrorKind::InvalidCredentials;
            (kind.status(), kind.message())
        } else {
            (self.status(), self.message())
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
