//! The extractor that the routes use: the state, the client and the body.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::ApiError;
use crate::routes::caller::Caller;
use crate::routes::json::parse_object;
use crate::routes::shared::{Routes, Shared};

/// An extractor for the state of the routes, the client, and a JSON body of type `T`.
///
/// If `T` has no required fields, an empty body counts as `{}`. If the request is rejected, the
/// response has the JSON body of [`ApiError`].
pub(super) struct Call<T>(pub(super) Routes, pub(super) Caller, pub(super) T);

impl<T: DeserializeOwned> FromRequest<Routes> for Call<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, routes: &Routes) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let Ok(caller) = Caller::from_request_parts(&mut parts, routes).await;
        let is_json = is_json(&parts.headers);
        let bytes = read(Request::from_parts(parts, body), routes).await?;
        let request = match empty(&bytes) {
            Some(request) => request,
            None => parse(&bytes, is_json, routes)?,
        };
        Ok(Self(Routes::clone(routes), caller, request))
    }
}

async fn read(request: Request, routes: &Shared) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, &()).await.map_err(|error| {
        let message = match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "The body is too long",
            _ => "The body did not arrive",
        };
        routes.rejected(error.status(), message)
    })
}

/// Parses an empty body as `{}`. Returns `None` if the body is not empty, or if `T` has required
/// fields.
fn empty<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    if bytes.is_empty() {
        serde_json::from_str("{}").ok()
    } else {
        None
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], is_json: bool, routes: &Shared) -> Result<T, ApiError> {
    if !is_json {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(routes.rejected(status, "The body must be application/json"));
    }
    parse_object(bytes)
        .map_err(|malformed| routes.rejected(StatusCode::BAD_REQUEST, malformed.message()))
}

/// Returns `true` if the content type is `application/json`. Parameters of the type are ignored.
/// Security: a body of another type is rejected, so a form on another site cannot send a request
/// for the user (CSRF). A form cannot send this type, and a script needs a preflight request for it
/// (Fetch, CORS-safelisted request-header).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}
