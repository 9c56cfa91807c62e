//! The endpoints of the emulator itself (`/_emulator/…`), and the public documents of each pool
//! (`/<pool id>/.well-known/…`).

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::http::hosted::register;
use crate::http::instance::Instance;
use crate::http::page::{Page, forbidden, not_allowed, public, with_header};
use crate::http::threats;
use crate::http::traffic::KEYS_NAME;
use crate::http::wire::document;
use crate::model::aws;
use crate::model::registration::Registration;
use crate::model::settings::Settings;
use crate::operations::{OPERATIONS, export};
use crate::state::pools::Pools;
use crate::state::service::Service;

pub(super) fn is_jwks_request<B>(instance: &Instance, request: &Request<B>) -> bool {
    let path = request.uri().path();
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    is_get && path.ends_with(KEYS_NAME) && well_known(&instance.pools, path).is_some()
}

/// Returns the response for a path that is neither `/` nor a hosted endpoint: an endpoint of the
/// emulator, a public document of a pool, or status 404.
pub(super) fn page<B>(instance: &Instance, request: &Request<B>) -> Page {
    if !request.uri().path().starts_with("/_emulator/") {
        return content(instance, request);
    }
    if instance
        .hosts
        .is_foreign(request.method(), request.headers())
    {
        return foreign();
    }
    content(instance, request)
}

/// Returns the response that rejects a request from a web page of another site. Its status is 403.
pub(super) fn foreign() -> Page {
    forbidden(
        "pages of this origin are not allowed: add its host name with --allow-host or \
         EmulatorBuilder::allow_host",
    )
}

fn content<B>(instance: &Instance, request: &Request<B>) -> Page {
    let (path, method) = (request.uri().path(), request.method());
    let is_get = matches!(*method, Method::GET | Method::HEAD);
    match path {
        "/_emulator/reset" if method == Method::POST => {
            instance.reset();
            document(StatusCode::OK, &json!({ "status": "ok" }))
        }
        "/_emulator/reset" => not_allowed("POST"),
        "/_emulator/health" if is_get => document(StatusCode::OK, &json!({ "status": "ok" })),
        "/_emulator/inbox" if is_get => {
            let to = parameter(request.uri().query(), "to");
            document(StatusCode::OK, &instance.pools.inbox.page(to.as_deref()))
        }
        "/_emulator/ca.pem" if is_get && instance.ca_certificate.is_some() => {
            let pem = instance.ca_certificate.clone().unwrap_or_default();
            let page = Response::new(Full::new(Bytes::from(pem)));
            with_header(page, CONTENT_TYPE, "application/x-pem-file")
        }
        "/_emulator/operations" if is_get => document(StatusCode::OK, &operations()),
        "/_emulator/seed" if is_get => document(StatusCode::OK, &export::seed(&instance.pools)),
        "/_emulator/risk" if method == Method::POST => {
            threats::set_risk(&instance.pools, request.uri().query())
        }
        "/_emulator/risk" => not_allowed("POST"),
        "/_emulator/feedback" if *method == Method::GET => {
            threats::feedback(&instance.pools, request.uri().query())
        }
        "/_emulator/feedback"
        | "/_emulator/health"
        | "/_emulator/inbox"
        | "/_emulator/operations"
        | "/_emulator/seed" => not_allowed("GET"),
        path => match well_known(&instance.pools, path) {
            Some(found) if is_get => public(document(StatusCode::OK, &found)),
            Some(_) => not_allowed("GET"),
            None => document(StatusCode::NOT_FOUND, &json!({ "message": "Not Found" })),
        },
    }
}

/// Returns the names of Cognito's operations in two lists: `emulated` operations have an effect, and
/// `unknown` operations are rejected.
fn operations() -> Value {
    let emulated: Vec<_> = OPERATIONS.iter().map(|known| known.name).collect();
    let mut unknown: Vec<_> = aws::operations().collect();
    unknown.retain(|name| !emulated.contains(name));
    unknown.sort_unstable();
    json!({ "emulated": emulated, "unknown": unknown })
}

/// Returns the document at a path: the key set or the OpenID configuration of a pool, or the key
/// set for tokens of identity pools. Returns `None` for any other path.
fn well_known(pools: &Pools, path: &str) -> Option<Value> {
    if path == "/.well-known/jwks_uri" {
        return Some(json!({ "keys": [pools.no_pool().tokens.id.jwk] }));
    }
    let (id, name) = path.strip_prefix('/')?.split_once("/.well-known/")?;
    let service = match id.split_once('/') {
        None => pools.get(id).ok()?,
        // The documents of a replica.
        Some((region, id)) => {
            let found = pools.get(id).ok()?.in_region(Some(region))?;
            found.settings.replica()?;
            found
        }
    };
    let Service {
        settings, tokens, ..
    } = &*service;
    match name {
        "jwks.json" => Some(json!({ "keys": [tokens.access.jwk, tokens.id.jwk] })),
        "openid-configuration" => Some(discovery(settings)),
        _ => None,
    }
}

/// Returns the discovery document of a pool. As in AWS, the registration endpoint is included if the
/// pool has turned registration on and has a domain.
fn discovery(settings: &Settings) -> Value {
    let mut document = json!({
        "acr_values_supported": settings.acr.all().map(|(_, name)| name).collect::<Vec<_>>(),
        "authorization_endpoint": format!("{}/oauth2/authorize", settings.endpoint),
        "end_session_endpoint": format!("{}/logout", settings.endpoint),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": settings.issuer,
        "jwks_uri": settings.jwks_uri(),
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": format!("{}/oauth2/revoke", settings.endpoint),
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{}/oauth2/token", settings.endpoint),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": format!("{}/oauth2/userInfo", settings.endpoint),
    });
    if Registration::of(settings).is_some() && !settings.domains.is_empty() {
        let (endpoint, id) = (&settings.endpoint, &settings.pool_id);
        let url = format!("{endpoint}{}?{}={id}", register::PATH, register::POOL);
        document["registration_endpoint"] = json!(url);
    }
    if !settings.stored.metadata_policies.is_empty() && !settings.is_lite() {
        document["client_id_metadata_document_supported"] = json!(true);
    }
    document
}

/// Returns a parameter of a query, or `None` if it is missing or empty. A plus sign stays a plus
/// sign, because e-mail addresses may contain one.
pub(super) fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let value = query?
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))?;
    let value = percent_decode_str(value).decode_utf8().ok()?;
    (!value.is_empty()).then(|| value.into_owned())
}
