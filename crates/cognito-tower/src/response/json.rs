//! The default body of error responses.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};

use crate::public::ErrorBody;
use crate::rejection::Rejection;
use crate::response::RejectionResponse;

/// The default response format: the body `{"statusCode", "message", "error", "timestamp"}`
/// ([`ErrorBody`]). The routes of `cognito-axum` respond to errors with the same body.
///
/// This format works with every body type that implements `From<String>`, such as axum's, `Full` of
/// `http-body-util`, and `String`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonBody;

impl JsonBody {
    /// Creates the default response format for rejections: JSON bodies.
    pub const fn new() -> Self {
        Self
    }

    /// Returns the body for a rejection.
    pub fn of(rejection: &Rejection) -> ErrorBody {
        let status = rejection.status().as_u16();
        ErrorBody::with_message(status, rejection.message(), rejection.moment())
    }
}

impl<B: From<String>> RejectionResponse<B> for JsonBody {
    fn response(&self, rejection: &Rejection) -> Response<B> {
        // Serializing numbers and strings cannot fail.
        let body = serde_json::to_string(&Self::of(rejection)).unwrap_or_default();
        with_body(rejection, "application/json", body)
    }
}

/// Returns a response with this body and content type, and with the rejection's status and headers.
pub(super) fn with_body<B: From<String>>(
    rejection: &Rejection,
    content_type: &'static str,
    body: String,
) -> Response<B> {
    let mut response = Response::new(B::from(body));
    *response.status_mut() = rejection.status();
    *response.headers_mut() = rejection.headers();
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
