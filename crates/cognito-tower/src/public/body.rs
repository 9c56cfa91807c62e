//! The body of an HTTP error response.

use std::borrow::Cow;
use std::time::SystemTime;

use cognito_core::Error;
use cognito_core::clock::rfc3339;
use serde::Serialize;

use crate::public::{EnumerationPolicy, message};

/// The body of an HTTP error response: `{"statusCode", "message", "error", "timestamp"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ErrorBody {
    /// The HTTP status.
    pub status_code: u16,
    /// A message that is safe to show to any caller.
    pub message: Cow<'static, str>,
    /// The name of the status (RFC 9110 section 15), such as `Bad Request`. `Error` if the status
    /// has no name.
    pub error: &'static str,
    /// The time at which the error occurred, in RFC 3339 in UTC.
    pub timestamp: String,
}

impl ErrorBody {
    /// Creates the body of the response to `error`. `policy` decides whether the body may reveal
    /// that an account exists. `now` is the time of the error.
    ///
    /// If [`EnumerationPolicy::substitute`] returns
    /// [`CodeSent`](cognito_core::error::Substitute::CodeSent), respond as if the request
    /// succeeded, and do not send this body.
    pub fn new(error: &Error, policy: EnumerationPolicy, now: SystemTime) -> Self {
        let kind = policy.kind(error);
        let status = match policy.substitute(error) {
            None => error.status(),
            Some(_) => kind.status(),
        };
        Self::with_message(status, message(kind), now)
    }

    /// Creates the body for an error that did not come from Cognito. The message must be safe to
    /// show to any caller.
    pub fn with_message(
        status: u16,
        message: impl Into<Cow<'static, str>>,
        now: SystemTime,
    ) -> Self {
        let known = http::StatusCode::from_u16(status).ok();
        Self {
            status_code: status,
            message: message.into(),
            error: known
                .and_then(|status| status.canonical_reason())
                .unwrap_or("Error"),
            timestamp: rfc3339(now),
        }
    }
}
