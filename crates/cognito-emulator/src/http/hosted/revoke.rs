//! `POST /oauth2/revoke`: the revocation of refresh tokens (RFC 7009).

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::Map;

use super::request::{HostedRequest, OAuthError, unstored};
use super::token::{caller, form};
use crate::http::page::{Page, with_header};
use crate::model::failure::Failure;
use crate::operations::authentication::refresh;

/// Handles `POST /oauth2/revoke`. Revokes a refresh token and all tokens of its sign-in. An error
/// has status 401 if the client is invalid, otherwise 400.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    match revoked(http_request) {
        Ok(()) => {
            let page = unstored(Response::new(Full::new(Bytes::new())));
            with_header(page, CONTENT_LENGTH, "0")
        }
        Err(oauth_error) if oauth_error.code == "invalid_client" => {
            oauth_error.page(StatusCode::UNAUTHORIZED)
        }
        Err(oauth_error) => oauth_error.page(StatusCode::BAD_REQUEST),
    }
}

fn revoked(http_request: &HostedRequest<'_>) -> Result<(), OAuthError> {
    let form = form(http_request)?;
    let missing = OAuthError::new("invalid_request", "token is missing");
    let token = form.get("token").ok_or(missing)?;
    let (service, client) = caller(http_request, form)?;
    let fields = Map::new();
    let call = http_request.call(&service, &fields, "/oauth2/revoke");
    refresh::revoke_family(&call, &client, token).map_err(|failure| oauth_error(&failure))
}

fn oauth_error(failure: &Failure) -> OAuthError {
    match failure.code() {
        "UnsupportedTokenTypeException" => OAuthError::new("unsupported_token_type", ""),
        "UnsupportedOperationException" => OAuthError::new(
            "invalid_request",
            "Token revocation is not enabled for this client",
        ),
        "UnauthorizedException" => OAuthError::new("invalid_client", ""),
        _ => OAuthError::new("invalid_request", "This is no refresh token"),
    }
}
