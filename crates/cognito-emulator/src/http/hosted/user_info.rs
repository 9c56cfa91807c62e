//! `/oauth2/userInfo`: the endpoint that returns claims about the signed-in user (OpenID Connect
//! Core section 5.3).

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::request::{HostedRequest, OAuthError, unstored};
use crate::http::page::Page;
use crate::http::wire::document;
use crate::state::tokens::scopes::opens;

const INVALID: OAuthError = OAuthError::new(
    "invalid_token",
    "Access token is expired, disabled, or deleted, or the user has globally signed out.",
);

/// Handles `/oauth2/userInfo`. Returns `sub`, `username` and the attributes that the scopes of the
/// access token and the app client allow. The token needs the scope `openid`.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    let missing = OAuthError::new("invalid_request", "Bad OAuth2 request at UserInfo Endpoint");
    let Some(token) = http_request.bearer() else {
        return missing.challenge(StatusCode::BAD_REQUEST);
    };
    match about(http_request, token) {
        Ok(info) => unstored(document(StatusCode::OK, &info)),
        Err(oauth_error) => oauth_error.challenge(StatusCode::UNAUTHORIZED),
    }
}

fn about(http_request: &HostedRequest<'_>, word: &str) -> Result<Value, OAuthError> {
    let fields = Map::from_iter([("AccessToken".to_owned(), json!(word))]);
    let service = http_request.pools.addressed(&fields, None);
    let service = http_request.in_region(&service).map_err(|_| INVALID)?;
    let call = http_request.call(&service, &fields, "/oauth2/userInfo");
    let token = service.tokens.read_any_access(word, http_request.now);
    let token = token.map_err(|_| INVALID)?;
    let scopes: Vec<_> = token.scope.split(' ').collect();
    if !scopes.contains(&"openid") {
        return Err(OAuthError::new(
            "invalid_token",
            "Access token does not contain openid scope",
        ));
    }
    let client = service.client(&token.client_id).map_err(|_| INVALID)?;
    let mut state = call.state();
    let user = call.bearer(&mut state, &token).map_err(|_| INVALID)?;
    let mut info = json!({ "sub": user.sub, "username": user.username });
    for (name, value) in user.attributes.iter() {
        // All values are strings, including the two `_verified` ones.
        if client.may_read(name) && opens(&scopes, name) {
            info[name] = json!(value);
        }
    }
    Ok(info)
}
