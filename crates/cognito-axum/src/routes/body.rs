//! Request bodies.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::ApiError;
use crate::routes::json::parse_object;
use crate::routes::{Routes, Shared};

/// An extractor for a JSON object. Rejections have the same body as all errors.
pub(super) struct JsonBody<T>(pub(super) T);

/// An extractor for a JSON object, or an empty body.
pub(super) struct OptionalBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Routes> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, routes: &Routes) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = read(request, routes).await?;
        parse(&bytes, is_json, routes).map(Self)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Routes> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, routes: &Routes) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = read(request, routes).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        parse(&bytes, is_json, routes).map(Self)
    }
}

async fn read(request: Request, routes: &Shared) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, &()).await.map_err(|error| {
        let message = match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "The body is too long",
            _ => "The body did not arrive",
        };
        routes.refused(error.status(), message)
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8], is_json: bool, routes: &Shared) -> Result<T, ApiError> {
    if !is_json {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(routes.refused(status, "The body must be application/json"));
    }
    parse_object(bytes)
        .map_err(|malformed| routes.refused(StatusCode::BAD_REQUEST, malformed.message()))
}

/// Returns `true` for `application/json`, with or without parameters. Security: a form on another
/// site cannot send this type without a preflight request (Fetch, CORS-safelisted request-header).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

// Security: these types have no `Debug`, because they contain passwords, codes and tokens.

#[derive(Deserialize)]
pub(super) struct SignUp {
    pub(super) email: String,
    pub(super) password: String,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(super) struct Confirm {
    pub(super) email: String,
    pub(super) code: String,
}

#[derive(Deserialize)]
pub(super) struct Email {
    pub(super) email: String,
}

#[derive(Deserialize)]
pub(super) struct Login {
    pub(super) email: String,
    pub(super) password: String,
}

#[derive(Deserialize)]
pub(super) struct VerifyMfa {
    pub(super) session: Option<String>,
    pub(super) code: String,
}

#[derive(Default, Deserialize)]
pub(super) struct SetupMfa {
    pub(super) session: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewPassword {
    pub(super) session: Option<String>,
    pub(super) new_password: String,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refresh {
    pub(super) refresh_token: Option<String>,
    pub(super) device_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResetPassword {
    pub(super) email: String,
    pub(super) code: String,
    pub(super) new_password: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Logout {
    pub(super) refresh_token: Option<String>,
}
