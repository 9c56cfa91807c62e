//! `POST /oauth2/revoke` (RFC 7009).

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::Map;

use super::request::{Asked, Refusal, unstored};
use super::token::{caller, form};
use crate::http::page::{Page, with};
use crate::model::failure::Failure;
use crate::operations::authentication::refresh;

/// Revokes a refresh token and all tokens of its sign-in.
pub(super) fn answer(asked: &Asked<'_>) -> Page {
    match revoked(asked) {
        Ok(()) => {
            let page = unstored(Response::new(Full::new(Bytes::new())));
            with(page, CONTENT_LENGTH, "0")
        }
        Err(refusal) if refusal.code == "invalid_client" => refusal.page(StatusCode::UNAUTHORIZED),
        Err(refusal) => refusal.page(StatusCode::BAD_REQUEST),
    }
}

fn revoked(asked: &Asked<'_>) -> Result<(), Refusal> {
    let form = form(asked)?;
    let missing = Refusal::new("invalid_request", "token is missing");
    let token = form.get("token").ok_or(missing)?;
    let (service, client) = caller(asked, form)?;
    let fields = Map::new();
    let call = asked.call(&service, &fields, "/oauth2/revoke");
    refresh::revoke_family(&call, &client, token).map_err(|failure| refusal(&failure))
}

fn refusal(failure: &Failure) -> Refusal {
    match failure.code() {
        "UnsupportedTokenTypeException" => Refusal::new("unsupported_token_type", ""),
        "UnsupportedOperationException" => Refusal::new(
            "invalid_request",
            "Token revocation is not enabled for this client",
        ),
        "UnauthorizedException" => Refusal::new("invalid_client", ""),
        _ => Refusal::new("invalid_request", "This is no refresh token"),
    }
}
