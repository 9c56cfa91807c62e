//! Problem details (RFC 9457).

use http::Response;
use serde::Serialize;

use crate::rejection::Rejection;
use crate::response::RejectionResponse;
use crate::response::json::with_body;

/// A response with problem details (RFC 9457), `application/problem+json`. `type` is `about:blank`,
/// so `title` is the name of the status (section 4.2.1). `detail` is a message for humans. `code`
/// is the name of the [`RejectionKind`](crate::RejectionKind), for programs.
///
/// This format works with every body type that implements `From<String>`, like
/// [`JsonBody`](crate::JsonBody).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProblemDetails;

impl ProblemDetails {
    /// Creates the response format with problem details.
    pub const fn new() -> Self {
        Self
    }
}

#[derive(Serialize)]
struct Problem {
    r#type: &'static str,
    title: Option<&'static str>,
    status: u16,
    detail: &'static str,
    code: &'static str,
}

impl<B: From<String>> RejectionResponse<B> for ProblemDetails {
    fn response(&self, rejection: &Rejection) -> Response<B> {
        let problem = Problem {
            r#type: "about:blank",
            title: rejection.status().canonical_reason(),
            status: rejection.status().as_u16(),
            detail: rejection.message(),
            code: rejection.kind().name(),
        };
        // Serializing numbers and strings cannot fail.
        let body = serde_json::to_string(&problem).unwrap_or_default();
        with_body(rejection, "application/problem+json", body)
    }
}
