//! The grant `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::parameters::Parameters;
use super::super::request::{HostedRequest, OAuthError};
use crate::model::aws;
use crate::model::client::Client;
use crate::operations::authentication::derived_token::{self, Part, Rejected};
use crate::state::service::Service;

/// The value of the parameter `grant_type` for a token exchange (RFC 8693 section 2.1).
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The token types of RFC 8693 section 3, each with its name in `GetDerivedToken`. AWS does not
/// document which names its token endpoint accepts.
const TYPES: [(&str, &str); 3] = [
    (
        "urn:ietf:params:oauth:token-type:access_token",
        "ACCESS_TOKEN",
    ),
    ("urn:ietf:params:oauth:token-type:id_token", "ID_TOKEN"),
    ("urn:ietf:params:oauth:token-type:saml2", "SAML2"),
];

/// Exchanges a token, like the operation `GetDerivedToken`. Returns the response of the token
/// endpoint.
pub(super) fn answer(
    http_request: &HostedRequest<'_>,
    (service, client): (&Service, &Arc<Client>),
    form: &Parameters,
) -> Result<Value, OAuthError> {
    let fields = fields(client, form)?;
    let call = http_request.call(service, &fields, "/oauth2/token");
    let valid = aws::validate("GetDerivedToken", &fields).map_err(Rejected::from);
    let derived = valid.and_then(|()| derived_token::exchange(&call, client));
    let derived = derived.map_err(|rejected| oauth_error(&rejected))?;
    let mut written = json!({
        "access_token": derived["IssuedToken"],
        "issued_token_type": urn(derived["IssuedTokenType"].as_str().unwrap_or_default()),
        "token_type": derived["TokenType"],
        "expires_in": derived["ExpiresIn"],
    });
    if let Some(scopes) = derived["Scopes"].as_array() {
        let scopes: Vec<_> = scopes.iter().filter_map(Value::as_str).collect();
        written["scope"] = json!(scopes.join(" "));
    }
    Ok(written)
}

/// Converts the parameters of a token request to the members of `GetDerivedToken`.
fn fields(client: &Client, form: &Parameters) -> Result<Map<String, Value>, OAuthError> {
    for name in ["subject_token", "subject_token_type"] {
        if form.get(name).is_none() {
            let message = format!("{name} is missing");
            return Err(OAuthError::described("invalid_request", message));
        }
    }
    let mut fields = Map::from_iter([("ClientId".to_owned(), json!(client.id))]);
    for (name, member) in [
        ("subject_token", "SubjectToken"),
        ("actor_token", "ActorToken"),
    ] {
        let token = form.get(name).map(|token| json!(token));
        fields.extend(token.map(|token| (member.to_owned(), token)));
    }
    for (name, member) in [
        ("subject_token_type", "SubjectTokenType"),
        ("actor_token_type", "ActorTokenType"),
        ("requested_token_type", "RequestedTokenType"),
    ] {
        if let Some(kind) = form.get(name) {
            let mut types = TYPES.iter();
            let found = types.find(|(urn, _)| *urn == kind);
            let (_, kind) = found.ok_or_else(|| {
                OAuthError::described("invalid_request", format!("{name} is not supported"))
            })?;
            fields.insert(member.to_owned(), json!(kind));
        }
    }
    for (name, member) in [("audience", "Audiences"), ("resource", "Resources")] {
        let target = form.get(name).map(|target| json!([target]));
        fields.extend(target.map(|target| (member.to_owned(), target)));
    }
    if let Some(scopes) = form.get("scope") {
        let scopes: Vec<_> = scopes.split_whitespace().collect();
        fields.insert("Scopes".to_owned(), json!(scopes));
    }
    Ok(fields)
}

/// Returns the URN of a token type. `name` is the name of the type in `GetDerivedToken`.
fn urn(name: &str) -> &'static str {
    let mut types = TYPES.iter();
    let found = types.find(|(_, known)| *known == name);
    found.map_or("", |(urn, _)| urn)
}

/// Returns the OAuth 2.0 error for a rejected token exchange (RFC 8693 section 2.2.2). AWS does not
/// document the errors of its token endpoint for this grant.
fn oauth_error(rejected: &Rejected) -> OAuthError {
    let code = match rejected.part {
        Part::Client => "unauthorized_client",
        Part::Request => "invalid_request",
        Part::Scopes => "invalid_scope",
        Part::Target => "invalid_target",
    };
    OAuthError::described(code, rejected.failure.message().to_owned())
}
