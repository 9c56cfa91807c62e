//! `POST /oauth2/token`: the token endpoint.

mod exchange;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::authorize::is_proven;
use super::parameters::Parameters;
use super::request::{HostedRequest, OAuthError, SEVERAL_RESOURCES, unstored};
use crate::http::page::Page;
use crate::http::wire::document;
use crate::model::client::Client;
use crate::model::client::oauth::OAuthFlow;
use crate::model::metadata_url::is_url;
use crate::model::settings::STANDARD_SCOPES;
use crate::operations::authentication::refresh;
use crate::operations::metadata_documents::UNAVAILABLE;
use crate::state::call::Call;
use crate::state::service::Service;
use crate::state::tokens::scopes::Hosted;
use crate::triggers::overrides_for_machine;

/// Handles `POST /oauth2/token` with the grant types `authorization_code`, `refresh_token`,
/// `client_credentials` and `urn:ietf:params:oauth:grant-type:token-exchange`.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    match granted(http_request) {
        Ok(tokens) => unstored(document(StatusCode::OK, &tokens)),
        Err(oauth_error) => oauth_error.page(StatusCode::BAD_REQUEST),
    }
}

fn granted(http_request: &HostedRequest<'_>) -> Result<Value, OAuthError> {
    let form = form(http_request)?;
    let grant_type = form
        .get("grant_type")
        .ok_or(OAuthError::new("invalid_request", "grant_type is missing"))?;
    let known = [
        "authorization_code",
        "client_credentials",
        "refresh_token",
        exchange::GRANT,
    ];
    if !known.contains(&grant_type) {
        return Err(OAuthError::new("unsupported_grant_type", ""));
    }
    let (service, client) = caller(http_request, form)?;
    if grant_type == exchange::GRANT {
        return exchange::answer(http_request, (&service, &client), form);
    }
    let fields = Map::new();
    let turn = TokenRequest {
        call: http_request.call(&service, &fields, "/oauth2/token"),
        client: &client,
        form,
    };
    match grant_type {
        "authorization_code" => turn.code(),
        "client_credentials" => turn.machine(),
        _ => turn.refresh(),
    }
}

/// Returns the parameters in the body. Fails with `invalid_request` if the body is not a form, or
/// has a parameter more than once. Fails with
/// `invalid_target` if it has several resources or audiences.
pub(super) fn form<'a>(http_request: &'a HostedRequest<'_>) -> Result<&'a Parameters, OAuthError> {
    let form = http_request.form.as_ref();
    let is_repeated =
        |form: &Parameters| ["audience", "resource"].map(|name| form.is_repeated(name));
    if form.is_some_and(|form| is_repeated(form).contains(&true)) {
        return Err(SEVERAL_RESOURCES);
    }
    form.filter(|form| !form.is_ambiguous())
        .ok_or(OAuthError::new("invalid_request", "The body is not a form"))
}

/// Authenticates the app client of a request, and returns it with its pool. The methods are
/// `client_secret_basic` and `client_secret_post`. A client without a secret sends only its id. A
/// client whose id is the URL of a client id metadata document has no secret.
///
/// If the request has no client id, the error is `invalid_request`. If the metadata document cannot
/// be read now, it is `temporarily_unavailable`. For all other failures, such as an unknown client
/// or a wrong secret, it is `invalid_client`.
pub(super) fn caller(
    http_request: &HostedRequest<'_>,
    form: &Parameters,
) -> Result<(Arc<Service>, Arc<Client>), OAuthError> {
    const UNKNOWN: OAuthError = OAuthError::new("invalid_client", "");
    let basic = match http_request.authorization() {
        Some(header) => {
            let (_, word) = header
                .split_once(' ')
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
                .ok_or(UNKNOWN)?;
            let text = STANDARD.decode(word.trim()).map_err(|_| UNKNOWN)?;
            let text = String::from_utf8(text).map_err(|_| UNKNOWN)?;
            let (id, secret) = text.split_once(':').ok_or(UNKNOWN)?;
            Some((id.to_owned(), secret.to_owned()))
        }
        None => None,
    };
    let (id, secret) = match basic {
        Some((id, secret)) => {
            // Two different client ids are ambiguous.
            if form.get("client_id").is_some_and(|other| other != id) {
                return Err(UNKNOWN);
            }
            (id, Some(secret).filter(|secret| !secret.is_empty()))
        }
        None => {
            let missing = OAuthError::new("invalid_request", "client_id is missing");
            let id = form.get("client_id").ok_or(missing)?.to_owned();
            (id, form.get("client_secret").map(ToOwned::to_owned))
        }
    };
    if is_url(&id) {
        // A client with a metadata document is public.
        if secret.is_some() {
            return Err(UNKNOWN);
        }
        let found = http_request.document_client(&id);
        return found.map_err(|failure| match failure.code() {
            UNAVAILABLE => {
                OAuthError::described("temporarily_unavailable", failure.message().to_owned())
            }
            _ => UNKNOWN,
        });
    }
    let service = http_request.pools.of_client(&id).ok_or(UNKNOWN)?;
    let service = http_request
        .in_region(&service)
        .map_err(|failure| OAuthError::described("invalid_client", failure.message().to_owned()))?;
    let client = service.client(&id).map_err(|_| UNKNOWN)?;
    refresh::check_secret(&client, secret.as_deref()).map_err(|()| UNKNOWN)?;
    Ok((service, client))
}

struct TokenRequest<'a> {
    call: Call<'a>,
    client: &'a Arc<Client>,
    form: &'a Parameters,
}

const INVALID_GRANT: OAuthError = OAuthError::new("invalid_grant", "");

impl TokenRequest<'_> {
    fn code(&self) -> Result<Value, OAuthError> {
        self.check_flow(OAuthFlow::Code)?;
        let missing = OAuthError::new("invalid_request", "code is missing");
        let word = self.form.get("code").ok_or(missing)?;
        let grant = {
            let call = &self.call;
            let mut state = call.state();
            let code = state
                .hosted
                .take_code(word, call.now)
                .ok_or(INVALID_GRANT)?;
            let is_ours = code.client == self.client.public_id()
                && self.form.get("redirect_uri") == Some(code.redirect_uri.as_str())
                && is_proven(code.challenge.as_deref(), self.form.get("code_verifier"));
            let signed_in = code.signed_in;
            let user = signed_in.find(&mut state.users).filter(|_| is_ours);
            let user = user.ok_or(INVALID_GRANT)?;
            self.check_resource(code.resource.as_deref())?;
            let hosted = Hosted {
                scopes: code.scopes,
                nonce: code.nonce,
                proof: signed_in.proof(code.acr),
                resource: code.resource,
                renewable: self.client.is_renewable(),
            };
            let service = call.service;
            let tokens = &service.tokens;
            tokens.hosted(user, self.client, hosted, call.now, &service.random)
        };
        let issued = self.call.issue(&grant).map_err(|_| SERVER_ERROR)?;
        Ok(written(&issued))
    }

    fn refresh(&self) -> Result<Value, OAuthError> {
        let missing = OAuthError::new("invalid_request", "refresh_token is missing");
        let token = self.form.get("refresh_token").ok_or(missing)?;
        if !self.client.is_renewable() {
            return Err(OAuthError::new("unauthorized_client", ""));
        }
        let claims = self.call.service.tokens.seal.open(token);
        let bound = claims.and_then(|claims| claims.resource);
        self.check_resource(bound.as_deref())?;
        let grant = refresh::renew(&self.call, self.client, token).map_err(|_| INVALID_GRANT)?;
        let issued = self.call.issue(&grant).map_err(|_| SERVER_ERROR)?;
        Ok(written(&issued))
    }

    /// Issues an access token for the app client itself (`client_credentials`). The client must
    /// have a secret. The token has only scopes of resource servers.
    fn machine(&self) -> Result<Value, OAuthError> {
        self.check_flow(OAuthFlow::ClientCredentials)?;
        self.check_resource(None)?;
        if self.client.secrets.is_empty() {
            return Err(OAuthError::new("unauthorized_client", ""));
        }
        let service = self.call.service;
        let is_for_machines = |scope: &str| !STANDARD_SCOPES.contains(&scope);
        let named = self.form.get("scope");
        let scopes = self
            .client
            .oauth
            .grant(&service.settings, named, is_for_machines)
            .ok_or_else(|| self.no_such_scopes(named))?;
        let metadata = self.metadata()?;
        let overrides = overrides_for_machine(&self.call, &self.client.id, &scopes, &metadata);
        let overrides = overrides.map_err(|_| SERVER_ERROR)?;
        let (now, random) = (self.call.now, &service.random);
        let token = service
            .tokens
            .machine(self.client, &scopes, &overrides, now, random)
            .map_err(|_| SERVER_ERROR)?;
        Ok(json!({
            "access_token": token,
            "expires_in": self.client.validity.access.as_secs(),
            "token_type": "Bearer",
        }))
    }

    /// Returns the form parameter `aws_client_metadata`, which is passed to the pre token
    /// generation trigger. Default: an empty object. Fails with `invalid_request` if the parameter
    /// is not a JSON object of strings.
    fn metadata(&self) -> Result<Value, OAuthError> {
        let Some(text) = self.form.get("aws_client_metadata") else {
            return Ok(json!({}));
        };
        let metadata = serde_json::from_str::<BTreeMap<String, String>>(text);
        metadata
            .map(|metadata| json!(metadata))
            .map_err(|_| OAuthError::new("invalid_request", "aws_client_metadata is not valid"))
    }

    /// Returns the error for requested scopes that cannot be granted: `invalid_grant` if all of
    /// them are scopes of resource servers of the pool, otherwise `invalid_scope`.
    fn no_such_scopes(&self, named: Option<&str>) -> OAuthError {
        let settings = &self.call.service.settings;
        let mut named = named.into_iter().flat_map(|named| named.split(' '));
        let is_there = |scope| !STANDARD_SCOPES.contains(&scope) && settings.has_scope(scope);
        match named.next() {
            Some(first) if is_there(first) && named.all(is_there) => INVALID_GRANT,
            _ => OAuthError::new("invalid_scope", ""),
        }
    }

    /// Fails with `invalid_target` if the resource in the request is not the resource to which the
    /// access token is bound (RFC 8707 section 2.2).
    ///
    /// Access tokens of app clients are never bound: "You can't request a resource binding with
    /// client-credentials M2M grants" (AWS developer guide). AWS does not document the error of
    /// Cognito.
    fn check_resource(&self, bound: Option<&str>) -> Result<(), OAuthError> {
        let named = self.form.get("resource");
        // Pools with the feature plan `LITE` ignore resources.
        let is_ignored = named.is_none() || self.call.service.settings.is_lite();
        let is_bound = is_ignored || named == bound;
        is_bound.then_some(()).ok_or(OTHER_RESOURCE)
    }

    fn check_flow(&self, flow: OAuthFlow) -> Result<(), OAuthError> {
        let allows = self.client.oauth.allows(flow);
        allows
            .then_some(())
            .ok_or(OAuthError::new("unauthorized_client", ""))
    }
}

const OTHER_RESOURCE: OAuthError =
    OAuthError::new("invalid_target", "The token is not bound to this resource");

const SERVER_ERROR: OAuthError = OAuthError::new("server_error", "");

/// Converts an `AuthenticationResult` to the response of the token endpoint, with the names of
/// OAuth 2.0.
fn written(issued: &Value) -> Value {
    let mut written = Map::new();
    for (theirs, ours) in [
        ("id_token", "IdToken"),
        ("access_token", "AccessToken"),
        ("refresh_token", "RefreshToken"),
        ("expires_in", "ExpiresIn"),
        ("token_type", "TokenType"),
    ] {
        if let Some(value) = issued.get(ours) {
            written.insert(theirs.to_owned(), value.clone());
        }
    }
    Value::Object(written)
}
