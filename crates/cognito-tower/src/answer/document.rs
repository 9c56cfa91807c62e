//! The default body of error responses.

use cognito_core::{EnumerationPolicy, Error, ErrorBody, ErrorKind};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};

use crate::answer::Answer;
use crate::refusal::{Refusal, RefusalKind};

/// The body `{"statusCode", "message", "error", "timestamp"}`, which the errors of all other
/// operations have too ([`ErrorBody`]). It is the default.
///
/// It works with every body type that implements `From<String>`, such as axum's, `Full` of
/// `http-body-util`, and `String`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentBody;

impl DocumentBody {
    /// Creates this form of response.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// Returns the body for a refusal.
    #[must_use]
    pub fn of(refusal: &Refusal) -> ErrorBody {
        let kind = match refusal.kind() {
            RefusalKind::Denied | RefusalKind::InsufficientScope | RefusalKind::NotInGroup => {
                ErrorKind::InsufficientScope
            }
            RefusalKind::InvalidRequest => ErrorKind::InvalidParameter,
            RefusalKind::InvalidToken | RefusalKind::MissingToken => ErrorKind::TokenInvalid,
            RefusalKind::Unavailable => ErrorKind::KeysUnavailable,
        };
        let policy = EnumerationPolicy::default();
        let mut body = Error::new(kind).to_body(policy, refusal.moment());
        body.message = refusal.message();
        body
    }
}

impl<B: From<String>> Answer<B> for DocumentBody {
    fn answer(&self, refusal: &Refusal) -> Response<B> {
        // Serializing numbers and strings cannot fail.
        let body = serde_json::to_string(&Self::of(refusal)).unwrap_or_default();
        with_body(refusal, "application/json", body)
    }
}

/// Returns a response with the refusal's status and headers.
pub(super) fn with_body<B: From<String>>(
    refusal: &Refusal,
    content_type: &'static str,
    body: String,
) -> Response<B> {
    let mut answer = Response::new(B::from(body));
    *answer.status_mut() = refusal.status();
    *answer.headers_mut() = refusal.headers();
    let content_type = HeaderValue::from_static(content_type);
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer
}
