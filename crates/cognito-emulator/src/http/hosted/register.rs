//! `POST /oauth2/register`: the client registration endpoint (RFC 7591).

use std::sync::Arc;

use http::StatusCode;
use http::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::request::{HostedRequest, OAuthError, unstored};
use crate::http::page::Page;
use crate::http::wire::document;
use crate::model::client::Registrant;
use crate::model::client::metadata::{ClientMetadata, MetadataError, Source};
use crate::model::failure::Failure;
use crate::model::media_type::media_type;
use crate::model::registration::Registration;
use crate::operations::check_allowed;
use crate::operations::registration::{Rejected, is_initial_access, register};
use crate::state::call::Call;
use crate::state::pools::Pools;
use crate::state::service::Service;

pub(crate) const PATH: &str = "/oauth2/register";

/// The query parameter that selects the user pool.
pub(crate) const POOL: &str = "user_pool_id";

/// The maximum size of a registration request, in bytes.
const MOST_BODY: usize = 32 * 1024;

/// An OAuth error, and the HTTP status of its response.
type Refused = (StatusCode, OAuthError);

/// Handles `POST /oauth2/register`. Registers an app client from the metadata in the request, and
/// returns its id, its secret and its metadata with status 201.
///
/// A request with an access token is an authenticated registration. A request without one is an
/// open registration, which the pool must allow. AWS does not document the errors of Cognito. The
/// errors of the emulator are those of RFC 7591 and RFC 6750.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    match registered(http_request) {
        Ok(client) => unstored(document(StatusCode::CREATED, &client)),
        Err((status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN), oauth_error)) => {
            oauth_error.challenge(status)
        }
        Err((status, oauth_error)) => oauth_error.page(status),
    }
}

fn registered(http_request: &HostedRequest<'_>) -> Result<Value, Refused> {
    let token = bearer(http_request)?;
    let service = pool(http_request, token).ok_or_else(off)?;
    let service = http_request.in_region(&service);
    let service = service.map_err(|failure| rejected(&failure))?;
    let registration = Registration::of(&service.settings).ok_or_else(off)?;
    let fields = Map::new();
    let call = http_request.call(&service, &fields, PATH);
    let is_allowed = check_allowed(&call, "CreateUserPoolClient");
    is_allowed.map_err(|failure| rejected(&failure))?;
    let registrant = match token {
        Some(token) => token_owner(&call, token)?,
        None if registration.is_open() => Registrant::at(http_request.peer),
        None => {
            let message = "the registration needs an initial access token";
            return Err(unauthorized(message));
        }
    };
    let metadata = metadata(http_request).map_err(invalid)?;
    register(&call, &registration, &metadata, registrant).map_err(|rejected| match rejected {
        Rejected::Metadata(error) => invalid(error),
        Rejected::TooMany => {
            let message = "too many clients are registered: delete some with DeleteUserPoolClient";
            let error = OAuthError::new("temporarily_unavailable", message);
            (StatusCode::TOO_MANY_REQUESTS, error)
        }
    })
}

/// Returns the initial access token of a registration request. Returns `None` if the request has no
/// header `Authorization`: the request is then an open registration (a registration without a
/// token).
///
/// Fails if the header contains no bearer token. Such a caller wants to authenticate, so the
/// request must not become an open registration.
fn bearer<'a>(http_request: &'a HostedRequest<'_>) -> Result<Option<&'a str>, Refused> {
    let token = http_request.bearer();
    if token.is_none() && http_request.headers.contains_key(AUTHORIZATION) {
        return Err(unauthorized("Authorization must be a bearer token"));
    }
    Ok(token)
}

/// Returns the pool in which the client is registered:
///
/// - the pool in the query parameter [`POOL`], if the request has this parameter;
/// - otherwise the pool that issued the initial access token, if registration is enabled in this
///   pool;
/// - otherwise the only pool in which registration is enabled.
///
/// Returns `None` if this pool does not exist, or if registration is enabled in several pools.
///
/// AWS selects the pool by its domain. The emulator serves all pools at one address.
fn pool(http_request: &HostedRequest<'_>, token: Option<&str>) -> Option<Arc<Service>> {
    let pools: &Pools = http_request.pools;
    if let Some(id) = http_request.query.get(POOL) {
        return pools.get(id).ok();
    }
    let is_on = |pool: &Arc<Service>| Registration::of(&pool.settings).is_some();
    let of_token = token.map(|token| {
        let fields = Map::from_iter([("AccessToken".to_owned(), json!(token))]);
        pools.addressed(&fields, None)
    });
    of_token.filter(is_on).or_else(|| {
        let mut pools = pools.all();
        pools.retain(is_on);
        pools.pop().filter(|_| pools.is_empty())
    })
}

/// Returns the user or the app client to which an initial access token belongs. Fails if the token
/// is invalid, expired or revoked, or lacks the scope for registrations.
fn token_owner(call: &Call<'_>, token: &str) -> Result<Registrant, Refused> {
    let refused = |_| unauthorized("the initial access token is invalid, expired or revoked");
    let tokens = &call.service.tokens;
    let bearer = tokens.read_bearer(token, call.now).map_err(refused)?;
    call.service.client(&bearer.client_id).map_err(refused)?;
    let owner = if bearer.is_of_user {
        let token = tokens.read_any_access(token, call.now).map_err(refused)?;
        call.bearer(&mut call.state(), &token).map_err(refused)?;
        Registrant::User(token.sub)
    } else {
        Registrant::Client(bearer.client_id)
    };
    if !is_initial_access(&bearer.scope) {
        let message = "the access token lacks the scope aws.cognito/dcr/register";
        let error = OAuthError::new("insufficient_scope", message);
        return Err((StatusCode::FORBIDDEN, error));
    }
    Ok(owner)
}

fn metadata(http_request: &HostedRequest<'_>) -> Result<ClientMetadata, MetadataError> {
    if media_type(http_request.headers) != "application/json" {
        return Err(MetadataError::metadata(
            "the content type must be application/json",
        ));
    }
    if http_request.body.len() > MOST_BODY {
        return Err(MetadataError::metadata(
            "the metadata is longer than 32 KiB",
        ));
    }
    ClientMetadata::read(http_request.body, Source::Request)
}

/// Returns the OAuth error for a failed registration. `failure` says why the pool does not allow
/// registrations, or does not allow them in the region of the request.
fn rejected(failure: &Failure) -> Refused {
    let message = failure.message().to_owned();
    let error = OAuthError::described("invalid_request", message);
    (StatusCode::BAD_REQUEST, error)
}

fn invalid(error: MetadataError) -> Refused {
    let error = OAuthError {
        code: error.code,
        description: error.description,
    };
    (StatusCode::BAD_REQUEST, error)
}

fn unauthorized(message: &'static str) -> Refused {
    let error = OAuthError::new("invalid_token", message);
    (StatusCode::UNAUTHORIZED, error)
}

/// Returns the error for a registration request if no pool has dynamic client registration enabled.
fn off() -> Refused {
    let message = "no user pool with dynamic client registration: set DcrConfiguration, and name one \
                   of several pools in the parameter user_pool_id";
    (
        StatusCode::BAD_REQUEST,
        OAuthError::new("invalid_request", message),
    )
}
