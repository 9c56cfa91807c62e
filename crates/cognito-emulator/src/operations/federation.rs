//! Sign-in through an identity provider: the redirect to the provider, and the response of the
//! provider.
//!
//! Both steps can send requests to the provider, so the caller must not hold a lock.

mod exchange;
mod users;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::operations::common::invalid;
use crate::operations::federation::exchange::Exchange;
use crate::operations::federation::users::External;
use crate::state::call::Call;
use crate::state::codes::{Federation, SignedInUser};

/// The maximum length of the query of an authorization request and of the redirect URI together, in
/// bytes. Both are stored until the provider responds. The limit of Cognito is unknown.
const LONGEST: usize = 2048;

/// A request for a sign-in through an identity provider.
pub(crate) struct Start<'a> {
    pub(crate) provider: &'a str,
    /// The query of the app client's request to the authorization endpoint.
    pub(crate) query: &'a str,
    /// The URL of the pool to which the identity provider redirects the browser.
    pub(crate) redirect_uri: String,
    /// The value of the cookie that identifies the browser during the sign-in.
    pub(crate) browser: &'a str,
    pub(crate) login_hint: Option<&'a str>,
}

/// Begins a sign-in and returns the URL of the provider to which the browser is redirected.
///
/// The request to the provider has no PKCE challenge, because no public record of Cognito's
/// requests to providers has one.
pub(crate) fn begin(call: &Call<'_>, start: &Start<'_>) -> Result<String, Failure> {
    let provider = find(call, start.provider)?;
    if start.query.len() + start.redirect_uri.len() > LONGEST {
        return invalid("The request is too long for a sign-in through an identity provider");
    }
    let endpoints = exchange::endpoints(call, provider)?;
    // Without this check, users would sign in at the provider in vain.
    let reach = exchange::reach(call.pools).check(&endpoints.token);
    reach.map_err(|reason| exchange::failed(start.provider, reason))?;
    let random = &call.service.random;
    let federation = Federation {
        provider: start.provider.to_owned(),
        query: start.query.to_owned(),
        browser: start.browser.to_owned(),
        redirect_uri: start.redirect_uri.clone(),
        endpoints,
        nonce: random.uuid(),
    };
    let hosted = &mut call.state().hosted;
    let state = hosted.open_federation(federation.clone(), call.now, random);
    let query = query(provider, &federation, start.login_hint, &state);
    let authorize = &federation.endpoints.authorize;
    let separator = if authorize.contains('?') { '&' } else { '?' };
    Ok(format!("{authorize}{separator}{query}"))
}

/// Returns the query of the request to the provider's authorization endpoint.
fn query(
    provider: &IdentityProvider,
    federation: &Federation,
    login_hint: Option<&str>,
    state: &str,
) -> String {
    let detail = |name| provider.detail(name);
    let is_apple = provider.kind == ProviderType::SignInWithApple;
    let nonce = provider.kind.has_id_token().then_some(&*federation.nonce);
    let pairs = [
        ("client_id", detail("client_id")),
        ("redirect_uri", Some(&*federation.redirect_uri)),
        ("response_type", Some("code")),
        ("scope", detail("authorize_scopes")),
        ("nonce", nonce),
        // Apple returns a name or an address only in a form.
        ("response_mode", is_apple.then_some("form_post")),
        ("login_hint", login_hint),
        ("state", Some(state)),
    ];
    let pairs = pairs.iter();
    let pairs = pairs.filter_map(|(name, value)| Some((*name, (*value)?)));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The parameters with which an identity provider redirects the browser back to the pool.
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
    let exchange = Exchange {
        call,
        provider,
        federation,
    };
    let received = exchange.received(response)?;
    let external = External::new(call, (name, provider), &received)?;
    let user = external.sign_in(call, client)?;
    Ok(user.through(name))
}

/// Returns the identity provider with this name. Fails if the provider does not exist, or if it is
/// a SAML provider, through which users cannot sign in.
fn find<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a IdentityProvider, Failure> {
    let provider = call.service.settings.identity_providers.get(name);
    match provider {
        Some(provider) if provider.can_sign_in() => Ok(provider),
        Some(_) => invalid("The emulator has no sign-in through SAML providers"),
        None => invalid(format!("The identity provider {name} does not exist")),
    }
}

/// Returns the claims in a JSON object. Returns an empty object if the document is not an object.
fn object(document: Value) -> Map<String, Value> {
    match document {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}

impl IdentityProvider {
    /// Returns `true` if the emulator supports a sign-in through this provider.
    pub(crate) fn can_sign_in(&self) -> bool {
        self.kind != ProviderType::Saml
    }
}
