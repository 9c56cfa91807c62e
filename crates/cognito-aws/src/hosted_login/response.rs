//! Parses the responses of the OAuth 2.0 endpoints.

use std::collections::BTreeSet;
use std::time::Duration;

use cognito_core::hosted_login::client_token::ClientToken;
use cognito_core::hosted_login::user_info::UserInfo;
use cognito_core::{AccessToken, Error, ErrorKind, IdToken, RefreshToken, Result, Scope, Tokens};
use serde_json::{Map, Value};

use crate::error::{from_response, missing, unreadable};

/// Parses a response with the tokens of a user. `sent` is the refresh token of the request. If the
/// response contains no refresh token, the returned tokens contain `sent`, because without refresh
/// token rotation the refresh token does not change. Fails if the access token or the ID token is
/// missing. Also fails if the response contains no refresh token and `sent` is `None`.
pub(super) fn tokens(body: &[u8], sent: Option<&RefreshToken>) -> Result<Tokens> {
    let response = object(body)?;
    let (access_token, expires_in) = access_token(&response)?;
    let id_token = text(&response, "id_token").ok_or_else(|| missing("ID token"))?;
    let refresh_token = match (text(&response, "refresh_token"), sent) {
        (Some(token), _) => from_response(RefreshToken::new(token))?,
        (None, Some(sent)) => sent.clone(),
        (None, None) => return Err(missing("refresh token")),
    };
    let id_token = from_response(IdToken::new(id_token))?;
    Ok(Tokens::new(
        access_token,
        id_token,
        refresh_token,
        expires_in,
    ))
}

/// Parses the response of the grant `client_credentials`. `scopes` are the requested scopes. They
/// are passed because the response does not contain them.
pub(super) fn client_token(body: &[u8], scopes: &BTreeSet<Scope>) -> Result<ClientToken> {
    let (access_token, expires_in) = access_token(&object(body)?)?;
    Ok(ClientToken::new(access_token, expires_in, scopes.clone()))
}

/// Parses a response of the userInfo endpoint.
pub(super) fn user_info(body: &[u8]) -> Result<UserInfo> {
    UserInfo::new(object(body)?)
}

/// Returns the access token in a response, and the lifetime of the token. Fails if the token is
/// missing or is not a bearer token.
fn access_token(response: &Map<String, Value>) -> Result<(AccessToken, Duration)> {
    let is_bearer = text(response, "token_type").is_some_and(|t| t.eq_ignore_ascii_case("bearer"));
    if !is_bearer {
        return Err(missing("bearer token"));
    }
    let token = text(response, "access_token").ok_or_else(|| missing("access token"))?;
    let expires_in = response.get("expires_in").and_then(Value::as_u64);
    let expires_in = expires_in.ok_or_else(|| missing("lifetime of the access token"))?;
    let token = from_response(AccessToken::new(token))?;
    Ok((token, Duration::from_secs(expires_in)))
}

/// Converts an error response to an error.
///
/// `challenge` is the `WWW-Authenticate` header of the response. The userInfo endpoint returns the
/// error code in this header (RFC 6750 section 3); the other endpoints return it in the body.
pub(super) fn rejection(status: u16, body: &[u8], challenge: &str) -> Error {
    let response: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let description = text(&response, "error_description").unwrap_or_default();
    if let Some(code) = text(&response, "error").or_else(|| quoted(challenge, "error")) {
        return Error::from_oauth(code, description);
    }
    match status {
        300..=399 | 404 | 405 => Error::new(ErrorKind::Configuration).with_detail(format!(
            "HTTP {status} from the login domain, which must be an OAuth 2.0 endpoint: check the domain"
        )),
        429 => Error::new(ErrorKind::Throttled),
        403 => Error::new(ErrorKind::WafBlocked),
        _ => unreadable(status),
    }
}

/// Returns the value of the parameter `name` in a `WWW-Authenticate` header, or `None` if it is
/// missing.
fn quoted<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let start = challenge.find(&format!("{name}=\""))? + name.len() + 2;
    let rest = &challenge[start..];
    Some(&rest[..rest.find('"')?])
}

fn object(body: &[u8]) -> Result<Map<String, Value>> {
    serde_json::from_slice(body).map_err(|_| unreadable(200))
}

fn text<'a>(response: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    response.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bytes(value: &Value) -> Vec<u8> {
        value.to_string().into_bytes()
    }

    fn whole() -> Value {
        json!({
            "access_token": "aaa.bbb.ccc",
            "id_token": "ddd.eee.fff",
            "refresh_token": "ggg.hhh",
            "token_type": "bearer",
            "expires_in": 3600,
        })
    }

    #[test]
    fn token_response_keeps_unrotated_refresh_token() {
        let read = tokens(&bytes(&whole()), None).unwrap();
        assert_eq!(read.refresh_token.expose(), "ggg.hhh");
        assert_eq!(read.expires_in, Duration::from_secs(3600));
        let old = RefreshToken::new("old").unwrap();
        let read = tokens(&bytes(&whole()), Some(&old)).unwrap();
        assert_eq!(read.refresh_token.expose(), "ggg.hhh", "rotated");
        let mut same = whole();
        same.as_object_mut().unwrap().remove("refresh_token");
        let read = tokens(&bytes(&same), Some(&old)).unwrap();
        assert_eq!(read.refresh_token.expose(), "old");
    }

    #[test]
    fn rejects_incomplete_response_without_showing_tokens() {
        for name in [
            "access_token",
            "id_token",
            "refresh_token",
            "token_type",
            "expires_in",
        ] {
            let mut response = whole();
            response.as_object_mut().unwrap().remove(name);
            let error = tokens(&bytes(&response), None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unknown, "{name}");
            assert!(!format!("{error:?}").contains("aaa"));
        }
        let mut mac = whole();
        mac["token_type"] = json!("mac");
        assert!(tokens(&bytes(&mac), None).is_err());
        let lost = tokens(b"<html>", None).unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::ReplyLost);
    }

    #[test]
    fn reads_oauth_error_from_body_or_header() {
        let body = br#"{"error":"invalid_client"}"#;
        assert_eq!(rejection(400, body, "").kind(), ErrorKind::ClientAuth);
        let head = r#"Bearer realm="x", error="invalid_token", error_description="no""#;
        assert_eq!(rejection(401, b"", head).kind(), ErrorKind::AccessRevoked);
        for (status, kind) in [
            (302, ErrorKind::Configuration),
            (404, ErrorKind::Configuration),
            (429, ErrorKind::Throttled),
            (403, ErrorKind::WafBlocked),
            (500, ErrorKind::Upstream),
            (502, ErrorKind::ReplyLost),
            (503, ErrorKind::Upstream),
            (504, ErrorKind::ReplyLost),
            (400, ErrorKind::Unknown),
        ] {
            assert_eq!(rejection(status, b"<html>", "").kind(), kind, "{status}");
        }
    }
}
