//! Responses that several endpoints share.

use bytes::Bytes;
use http::header::{ALLOW, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::http::wire::document;

/// A response with its body.
pub(crate) type Page = Response<Full<Bytes>>;

pub(super) fn forbidden(message: &str) -> Page {
    document(StatusCode::FORBIDDEN, &json!({ "message": message }))
}

/// Allows browsers to read a response from another origin, as Cognito's endpoint does.
pub(super) fn public(mut page: Page) -> Page {
    let headers = page.headers_mut();
    headers.insert(
        http::header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        http::header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"),
    );
    page
}

pub(super) fn preflight() -> Page {
    let mut page = public(Response::new(Full::default()));
    let headers = page.headers_mut();
    headers.insert(
        http::header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    headers.insert(
        http::header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "amz-sdk-invocation-id,amz-sdk-request,authorization,cache-control,content-type,\
             x-amz-date,x-amz-security-token,x-amz-target,x-amz-user-agent",
        ),
    );
    page
}

pub(super) fn not_allowed(methods: &'static str) -> Page {
    let body = json!({ "message": "Method Not Allowed" });
    let mut page = document(StatusCode::METHOD_NOT_ALLOWED, &body);
    page.headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
    page
}
