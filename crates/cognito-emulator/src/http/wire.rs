//! JSON responses: AWS JSON 1.1 for operations, plain JSON for other endpoints.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};

/// The media type of the responses of operations.
const AMZ_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Returns the HTTP response for the result of an operation. The code and the message of a failure
/// are in the JSON body and in headers.
pub(crate) fn response(answer: &Answer, request_id: &str) -> Response<Full<Bytes>> {
    let (status, body) = match answer {
        Ok(Value::Null) => (StatusCode::OK, Vec::new()),
        Ok(value) => (StatusCode::OK, encode(value)),
        Err(failure) => {
            let body = json!({ "__type": failure.code(), "message": failure.message() });
            (status(failure), encode(&body))
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, AMZ_JSON);
    headers.insert(REQUEST_ID, header_text(request_id));
    if let Err(failure) = answer {
        headers.insert(ERROR_TYPE, header_text(&format!("{}:", failure.code())));
        headers.insert(ERROR_MESSAGE, header_text(failure.message()));
    }
    response
}

/// Returns a plain JSON response, for endpoints that are not operations of AWS.
pub(crate) fn document(status: StatusCode, value: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(encode(value))));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json;charset=utf-8"),
    );
    response
}

/// Returns the HTTP status of an exception. Internal errors have status 500, all other exceptions
/// 400, even if AWS's model has another status.
fn status(failure: &Failure) -> StatusCode {
    match failure.code() {
        "InternalErrorException" | "InternalServerError" | "InternalServerException" => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        _ => StatusCode::BAD_REQUEST,
    }
}

fn encode(value: &Value) -> Vec<u8> {
    // A `Value` has string keys and no foreign types, so encoding it cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}

/// The maximum length of a header value, in characters. A longer error message is cut in the
/// header, but not in the body.
const LONGEST: usize = 4096;

/// Converts a string to a header value of at most [`LONGEST`] characters. A control character
/// becomes a space, and a character that is not ASCII becomes a question mark.
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
