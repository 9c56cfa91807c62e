//! What goes over the wire: answers and failures in AWS JSON 1.1.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

/// The media type of every answer.
const AMZ_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// What an operation answers: its output, or the exception that it raises.
///
/// `Value::Null` is the answer of an operation without output: an empty body.
pub(crate) type Answer = Result<Value, Failure>;

/// An exception as AWS names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: Cow<'static, str>,
    message: Cow<'static, str>,
}

impl Failure {
    pub(crate) fn new(
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }

    pub(crate) fn not_authorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("NotAuthorizedException", message)
    }

    pub(crate) fn invalid_parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(crate) fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("ResourceNotFoundException", message)
    }

    /// The person that an operation names is not there.
    pub(crate) fn user_not_found() -> Self {
        Self::new("UserNotFoundException", "User does not exist.")
    }

    /// The one answer to a wrong password.
    pub(crate) fn incorrect() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    pub(crate) fn disabled() -> Self {
        Self::not_authorized("User is disabled.")
    }

    pub(crate) fn limit_exceeded() -> Self {
        Self::new(
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        )
    }

    pub(crate) fn code_mismatch() -> Self {
        Self::new(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        )
    }

    pub(crate) fn code_expired() -> Self {
        Self::new(
            "ExpiredCodeException",
            "Invalid code provided, please request a code again.",
        )
    }

    /// The same failure under another service's name for it.
    pub(crate) fn renamed(self, from: &str, to: &'static str) -> Self {
        if self.code == from {
            Self::new(to, self.message)
        } else {
            self
        }
    }

    /// The exception's name.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// The exception's name and text.
    pub(crate) fn into_parts(self) -> (String, String) {
        (self.code.into_owned(), self.message.into_owned())
    }

    pub(crate) fn serialization(message: &'static str) -> Self {
        Self::new("SerializationException", message)
    }

    /// 400 for every modelled exception, whatever status the model gives it; 500 for Cognito's
    /// own faults.
    fn status(&self) -> StatusCode {
        match self.code.as_ref() {
            "InternalErrorException" | "InternalServerError" | "InternalServerException" => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Seconds since 1970 with milliseconds: how AWS JSON writes a timestamp.
pub(crate) fn timestamp(moment: SystemTime) -> Value {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    let text = format!("{}.{:03}", since.as_secs(), since.subsec_millis());
    text.parse::<f64>()
        .map_or(Value::Null, |seconds| json!(seconds))
}

/// The HTTP response to an operation.
pub(crate) fn response(answer: &Answer, request_id: &str) -> Response<Full<Bytes>> {
    let (status, body) = match answer {
        Ok(Value::Null) => (StatusCode::OK, Vec::new()),
        Ok(value) => (StatusCode::OK, encode(value)),
        Err(failure) => {
            let body = json!({ "__type": failure.code, "message": failure.message });
            (failure.status(), encode(&body))
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, AMZ_JSON);
    headers.insert(REQUEST_ID, header_text(request_id));
    if let Err(failure) = answer {
        headers.insert(ERROR_TYPE, header_text(&format!("{}:", failure.code)));
        headers.insert(ERROR_MESSAGE, header_text(&failure.message));
    }
    response
}

/// A plain JSON document, for the pages that are not operations.
pub(crate) fn document(status: StatusCode, value: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(encode(value))));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json;charset=utf-8"),
    );
    response
}

fn encode(value: &Value) -> Vec<u8> {
    // A `Value` has text keys and no foreign types, so encoding it cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}

/// The longest message in a header. The body has all of it.
const LONGEST: usize = 4096;

/// Text as a header: what HTTP does not allow there becomes a space or a question mark.
fn header_text(text: &str) -> HeaderValue {
    let clean: String = text
        .chars()
        .take(LONGEST)
        .map(|c| match c {
            ' '..='~' => c,
            c if c.is_control() => ' ',
            _ => '?',
        })
        .collect();
    HeaderValue::from_str(clean.trim()).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_failure_has_awss_headers() {
        let failure = Failure::not_authorized("line\nbreak \u{fc}");
        let response = response(&Err(failure), "id-1");
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()[&ERROR_TYPE], "NotAuthorizedException:");
        assert_eq!(response.headers()[&ERROR_MESSAGE], "line break ?");
        assert_eq!(response.headers()[&REQUEST_ID], "id-1");
        assert_eq!(
            response.headers()[CONTENT_TYPE],
            "application/x-amz-json-1.1"
        );
    }

    #[test]
    fn internal_failures_are_500() {
        let failure = Failure::new("InternalErrorException", "no");
        assert_eq!(response(&Err(failure), "x").status(), 500);
    }

    #[test]
    fn timestamps_have_milliseconds() {
        let moment = UNIX_EPOCH + Duration::from_millis(1_704_110_400_007);
        assert_eq!(timestamp(moment).to_string(), "1704110400.007");
        let whole = UNIX_EPOCH + Duration::from_secs(1_704_110_400);
        assert_eq!(timestamp(whole).to_string(), "1704110400.0");
    }
}
