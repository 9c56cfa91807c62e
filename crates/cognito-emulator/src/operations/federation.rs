//! Sign-in through an identity provider: the redirect to the provider, and the response of the
//! provider.
//!
//! Both steps can send requests to the provider, so the caller must not hold a lock.

mod exchange;
pub(crate) mod saml;
mod users;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::acr::Level;
use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::operations::common::invalid;
use crate::operations::federation::exchange::Exchange;
pub(crate) use crate::operations::federation::exchange::reach;
use crate::operations::federation::users::External;
use crate::state::call::Call;
use crate::state::codes::SignedInUser;
use crate::state::pending::{Federation, Pending};
use crate::triggers::Received;

/// The maximum length of the query of an authorization request plus the pool's redirect URI, in
/// bytes. Both are part of the `state` in the request to the provider. AWS does not document
/// Cognito's limit.
const LONGEST: usize = 2048;

/// The path to which an OAuth 2.0 provider redirects the browser.
pub(crate) const PATH: &str = "/oauth2/idpresponse";

/// A request for a sign-in through an identity provider.
pub(crate) struct Start<'a> {
    pub(crate) provider: &'a str,
    /// The query of the app client's request to the authorization endpoint.
    pub(crate) query: &'a str,
    /// The emulator URL that the browser uses.
    pub(crate) base: String,
    /// The value of the cookie that identifies the browser during the sign-in.
    pub(crate) browser: &'a str,
    pub(crate) login_hint: Option<&'a str>,
    /// The authentication levels that the app client requests, most preferred first.
    pub(crate) levels: &'a [Level],
}

/// Begins a sign-in and returns the URL of the provider to which the browser is redirected.
///
/// The request to the provider has no PKCE challenge, because no published example of such a
/// request by Cognito has one.
pub(crate) fn begin(call: &Call<'_>, start: &Start<'_>) -> Result<String, Failure> {
    let provider = find(call, start.provider)?;
    let is_saml = provider.kind == ProviderType::Saml;
    let path = if is_saml { saml::PATH } else { PATH };
    let redirect_uri = format!("{}{path}", start.base);
    if start.query.len() + redirect_uri.len() > LONGEST {
        return invalid("The request is too long for a sign-in through an identity provider");
    }
    let endpoints = if is_saml {
        saml::endpoints(call, provider)?
    } else {
        let endpoints = exchange::endpoints(call, provider)?;
        // Without this check, users would sign in at the provider in vain.
        let reach = reach(call.pools).check(&endpoints.token);
        reach.map_err(|reason| exchange::failed(start.provider, reason))?;
        endpoints
    };
    let random = &call.service.random;
    let nonce = random.uuid();
    let pending = Pending::SignIn(Federation {
        provider: start.provider.to_owned(),
        query: start.query.to_owned(),
        browser: start.browser.to_owned(),
        redirect_uri: redirect_uri.clone(),
        nonce: nonce.clone(),
    });
    let request = Request {
        provider,
        url: &endpoints.authorize,
        redirect_uri: &redirect_uri,
        nonce: &nonce,
        state: &seal(call, pending)?,
    };
    let query = if is_saml {
        saml::query(call, &request)?
    } else {
        query(&request, start)
    };
    Ok(with_query(&endpoints.authorize, &query))
}

/// Returns a URL with a query. If the URL has a query already, both are joined.
fn with_query(url: &str, query: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{query}")
}

/// Encrypts a pending sign-in or sign-out. The result is the `state` or `RelayState` of a request
/// to a provider. Fails if the encryption fails.
fn seal(call: &Call<'_>, pending: Pending) -> Result<String, Failure> {
    let state = call.service.seal(pending, call.now);
    state.ok_or_else(|| Failure::new("InternalErrorException", "The state could not be encrypted"))
}

/// A request to a provider. The emulator redirects the browser, which then sends the request.
struct Request<'a> {
    provider: &'a IdentityProvider,
    /// The URL of the provider that receives the request.
    url: &'a str,
    /// The URL of the pool to which the provider sends the response: the redirect URI, or the
    /// assertion consumer service of SAML.
    redirect_uri: &'a str,
    nonce: &'a str,
    state: &'a str,
}

/// Returns the query of a request to the provider's authorization endpoint.
fn query(request: &Request<'_>, start: &Start<'_>) -> String {
    let provider = request.provider;
    let detail = |name| provider.detail(name);
    let is_apple = provider.kind == ProviderType::SignInWithApple;
    let nonce = provider.kind.has_id_token().then_some(request.nonce);
    let acr_values = provider.acr_values(start.levels);
    let pairs = [
        ("client_id", detail("client_id")),
        ("redirect_uri", Some(request.redirect_uri)),
        ("response_type", Some("code")),
        ("scope", detail("authorize_scopes")),
        ("nonce", nonce),
        // Apple returns a name or an address only in a form.
        ("response_mode", is_apple.then_some("form_post")),
        ("login_hint", start.login_hint),
        ("acr_values", acr_values.as_deref()),
        ("state", Some(request.state)),
    ];
    let pairs = pairs.iter();
    let pairs = pairs.filter_map(|(name, value)| Some((*name, (*value)?)));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The parameters with which an OAuth 2.0 provider redirects the browser back to the pool.
pub(crate) struct Response<'a> {
    pub(crate) code: &'a str,
    /// The name and the address of a user, in JSON, which Apple sends at the first sign-in.
    pub(crate) user: Option<&'a str>,
}

/// Completes a sign-in: exchanges the provider's authorization code for tokens, verifies the ID
/// token, and creates or updates the user.
pub(crate) fn complete(
    call: &Call<'_>,
    client: &Arc<Client>,
    federation: &Federation,
    response: &Response<'_>,
) -> Result<SignedInUser, Failure> {
    let name = federation.provider.as_str();
    let provider = find(call, name)?;
    if provider.kind == ProviderType::Saml {
        return invalid("The identity provider has changed its type");
    }
    let exchange = Exchange {
        call,
        provider,
        endpoints: exchange::endpoints(call, provider)?,
        federation,
    };
    let received = exchange.received(response)?;
    // Security: the ID token is signed, and no trigger has changed it yet.
    let acr = received.id_token.get("acr").and_then(Value::as_str);
    let level = acr.and_then(|acr| provider.level(acr));
    let user = sign_in(call, client, (name, provider), &received)?;
    Ok(user.at_level(level))
}

/// Creates or updates the user whom a provider has described.
fn sign_in(
    call: &Call<'_>,
    client: &Arc<Client>,
    (name, provider): (&str, &IdentityProvider),
    received: &Received,
) -> Result<SignedInUser, Failure> {
    let external = External::new(call, (name, provider), received)?;
    let user = external.sign_in(call, client)?;
    Ok(user.through(name))
}

/// Returns the identity provider with this name. Fails if the provider does not exist.
fn find<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a IdentityProvider, Failure> {
    let provider = call.service.settings.identity_providers.get(name);
    provider.ok_or_else(|| {
        Failure::invalid_parameter(format!("The identity provider {name} does not exist"))
    })
}

/// Returns the claims in a JSON object. Returns an empty object if the document is not an object.
fn object(document: Value) -> Map<String, Value> {
    match document {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}
