//! Problem details (RFC 9457).

use http::Response;
use serde::Serialize;

use crate::answer::Answer;
use crate::answer::document::with_body;
use crate::refusal::Refusal;

/// The body `application/problem+json` (RFC 9457): `type` is `about:blank`, so `title` is the name
/// of the status (section 4.2.1) and `detail` is a message for humans. `code` is the name of the
/// [`RefusalKind`](crate::RefusalKind), for programs.
///
/// It works with every body type that implements `From<String>`, like
/// [`DocumentBody`](crate::DocumentBody).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProblemDetails;

impl ProblemDetails {
    /// Creates this form of response.
    #[must_use]
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

impl<B: From<String>> Answer<B> for ProblemDetails {
    fn answer(&self, refusal: &Refusal) -> Response<B> {
        let problem = Problem {
            r#type: "about:blank",
            title: refusal.status().canonical_reason(),
            status: refusal.status().as_u16(),
            detail: refusal.message(),
            code: refusal.kind().name(),
        };
        // Serializing numbers and strings cannot fail.
        let body = serde_json::to_string(&problem).unwrap_or_default();
        with_body(refusal, "application/problem+json", body)
    }
}
