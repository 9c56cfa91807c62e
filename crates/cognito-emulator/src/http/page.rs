//! Responses that several endpoints share.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName,
    HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::http::wire::{document, response};
use crate::model::failure::Failure;

pub(crate) type Page = Response<Full<Bytes>>;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

pub(super) fn forbidden(message: &str) -> Page {
    document(StatusCode::FORBIDDEN, &json!({ "message": message }))
}

/// Adds the headers with which Cognito's endpoint allows pages of any origin to read a response
/// (CORS).
pub(super) fn public(page: Page) -> Page {
    let exposed = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";
    let page = with_header(page, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    with_header(page, ACCESS_CONTROL_EXPOSE_HEADERS, exposed)
}

/// Adds headers that prevent other sites from embedding the response, and browsers from storing it.
/// If the response has a content security policy, that policy is kept.
pub(super) fn unembeddable(page: Page) -> Page {
    let page = with_header(page, CACHE_CONTROL, "no-store");
    let page = with_header(page, RESOURCE_POLICY, "same-origin");
    let mut page = with_header(page, X_CONTENT_TYPE_OPTIONS, "nosniff");
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    let headers = page.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    page
}

/// Returns the response to a request whose changes could not be written to the state file. `reason`
/// contains no value of a request.
pub(super) fn unsaved(reason: &str) -> Page {
    let failure = Failure::new("InternalErrorException", reason.to_owned());
    response(&Err(failure), "")
}

/// Returns the error response [`unsaved`], which is sent instead of the response `page`.
///
/// Security: the error response has CORS headers only if `page` has them. Without these headers,
/// web sites of other origins cannot read the error response.
pub(super) fn unsaved_instead_of(page: &Page, reason: &str) -> Page {
    let error = unsaved(reason);
    if page.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        public(error)
    } else {
        error
    }
}

pub(super) fn preflight() -> Page {
    const HEADERS: &str = "amz-sdk-invocation-id,amz-sdk-request,authorization,cache-control,\
                           content-type,x-amz-date,x-amz-security-token,x-amz-target,\
                           x-amz-user-agent";
    let page = public(Response::new(Full::default()));
    let page = with_header(page, ACCESS_CONTROL_ALLOW_METHODS, "POST");
    with_header(page, ACCESS_CONTROL_ALLOW_HEADERS, HEADERS)
}

pub(super) fn not_allowed(methods: &'static str) -> Page {
    let body = json!({ "message": "Method Not Allowed" });
    let page = document(StatusCode::METHOD_NOT_ALLOWED, &body);
    with_header(page, ALLOW, methods)
}

/// Returns the response to a request for `/favicon.ico`: status 204, because there is no icon. For
/// an error status, the console of the browser would show an error.
pub(super) fn no_icon(method: &Method) -> Page {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return not_allowed("GET, HEAD");
    }
    let mut page = Page::default();
    *page.status_mut() = StatusCode::NO_CONTENT;
    page
}

pub(super) fn with_header(mut page: Page, name: HeaderName, value: &'static str) -> Page {
    let value = HeaderValue::from_static(value);
    page.headers_mut().insert(name, value);
    page
}

/// Returns the SHA-256 of a script or style in Base64, for the content security policy.
pub(super) fn hash(text: &str) -> String {
    STANDARD.encode(digest(&SHA256, text.as_bytes()))
}
