//! `/saml2/idpresponse` and `/saml2/logout`: the responses of SAML providers.

use http::StatusCode;

use super::authorize::Authorization;
use super::cookies::signed_in_page;
use super::html;
use super::parameters::address;
use super::provider::{self, COGNITO, Choice, fields, shortened};
use super::request::{HostedRequest, redirect};
use crate::http::page::Page;
use crate::model::failure::Failure;
use crate::model::options::ProviderType;
use crate::operations::federation::saml::{self, Answer, PATH};
use crate::state::codes::Federation;

/// Handles a response of a provider: `POST /saml2/idpresponse`. The response belongs to a request
/// of the pool, or the provider has begun the sign-in (`IDPInit`).
///
/// A browser sends no `SameSite=Lax` cookie with a form from another site. A verified response is
/// therefore stored, and the browser is redirected to the same path with `GET`, which completes the
/// sign-in.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    if !http_request.is_post {
        return complete(http_request);
    }
    let form = http_request.form.as_ref();
    let parameter = |name| form.and_then(|form| form.get(name));
    let (Some(response), Some(state)) = (parameter("SAMLResponse"), parameter("RelayState")) else {
        return invalid();
    };
    // The state of the pool's own requests is a UUID.
    if state.contains('=') {
        return unrequested(http_request, response, state);
    }
    let now = http_request.now;
    let Some(service) = http_request.pools.of_federation(state, now) else {
        return invalid();
    };
    let found = service.state.lock().hosted.federation(state, now).cloned();
    let Some(federation) = found else {
        return invalid();
    };
    let request = match provider::first_request(http_request, &federation) {
        Ok(request) => request,
        Err(page) => return *page,
    };
    let answer = Answer {
        provider: &federation.provider,
        response,
        recipient: &federation.redirect_uri,
        nonce: Some(&federation.nonce),
    };
    let fields = fields(&request);
    let call = http_request.call(&request.service, &fields, PATH);
    match saml::verify(&call, &answer) {
        Ok(assertion) => {
            let hosted = &mut call.state().hosted;
            hosted.answer_federation(state, assertion, now);
            let mut page = redirect(&address(PATH, '?', &[("RelayState", state)]));
            *page.status_mut() = StatusCode::SEE_OTHER;
            page
        }
        // Security: the sign-in stays open, so a forged response does not end the sign-in of a user.
        Err(failure) => failed(&request, &failure),
    }
}

/// Completes a sign-in whose response was verified: `GET /saml2/idpresponse`.
fn complete(http_request: &HostedRequest<'_>) -> Page {
    let state = http_request.query.get("RelayState").unwrap_or_default();
    let is_ready = |federation: &Federation| federation.assertion.is_some();
    let Some(federation) = provider::take(http_request, state, is_ready) else {
        return invalid();
    };
    let Some(assertion) = &federation.assertion else {
        return invalid();
    };
    let request = match provider::first_request(http_request, &federation) {
        Ok(request) => request,
        Err(page) => return *page,
    };
    let fields = fields(&request);
    let call = http_request.call(&request.service, &fields, PATH);
    let done = saml::complete(&call, &request.client, &federation.provider, assertion);
    signed_in(http_request, request, &federation.nonce, done)
}

/// Redirects the browser to the app client after a sign-in.
fn signed_in(
    http_request: &HostedRequest<'_>,
    mut request: Authorization,
    nonce: &str,
    done: Result<crate::state::codes::SignedInUser, Failure>,
) -> Page {
    match done {
        Ok(signed_in) => {
            request.add_nonce(nonce);
            signed_in_page(http_request, &request, signed_in)
        }
        Err(failure) => failed(&request, &failure),
    }
}

/// Redirects the browser to the app client with an error. The error code is the same as in Cognito
/// (aws-sdk-js-v3#6201).
fn failed(request: &Authorization, failure: &Failure) -> Page {
    request.failed("server_error", shortened(failure.message()))
}

/// Completes a sign-in that a provider has begun. The `RelayState` has the parameters of an
/// authorization request.
fn unrequested(http_request: &HostedRequest<'_>, response: &str, state: &str) -> Page {
    let first = http_request.with_query(state);
    let request = match Authorization::read(&first) {
        Ok(request) => request,
        Err(page) => return *page,
    };
    let name = match provider::choice(&first, &request) {
        Ok(Choice::Provider(name)) => name,
        Ok(Choice::Page) => return invalid(),
        Err(failure) => return request.failed("invalid_request", failure.message()),
    };
    if !accepts_unrequested(&request, &name) {
        return invalid();
    }
    let recipient = format!("{}{PATH}", http_request.base());
    let answer = Answer {
        provider: &name,
        response,
        recipient: &recipient,
        nonce: None,
    };
    let fields = fields(&request);
    let call = http_request.call(&request.service, &fields, PATH);
    let done = saml::verify(&call, &answer)
        .and_then(|assertion| saml::complete(&call, &request.client, &name, &assertion));
    let nonce = request.service.random.uuid();
    signed_in(http_request, request, &nonce, done)
}

/// Returns `true` if the provider `name` is allowed to begin sign-ins to the app client: the
/// provider has enabled `IDPInit`, and users of the app client can sign in only through SAML
/// providers.
///
/// Security: such a sign-in belongs to no request of the browser, so another site can make the
/// browser complete it (login CSRF). AWS therefore rejects it if the app client allows another way
/// to sign in.
fn accepts_unrequested(request: &Authorization, name: &str) -> bool {
    let providers = &request.service.settings.identity_providers;
    let is_saml = |name: &str| {
        let provider = providers.get(name);
        provider.is_some_and(|provider| provider.kind == ProviderType::Saml)
    };
    let only_saml = provider::offered(request).into_iter().all(is_saml);
    let provider = providers.get(name);
    provider.is_some_and(|provider| provider.enables("IDPInit"))
        && only_saml
        && !request.client.supports(COGNITO)
}

/// Returns the page for a response that belongs to no sign-in of this browser. The message is known
/// from public reports of sign-ins that a provider has begun.
fn invalid() -> Page {
    html::error(
        StatusCode::BAD_REQUEST,
        "Invalid samlResponse or relayState from identity provider",
    )
}

/// Handles the response of a provider to a sign-out: `POST /saml2/logout`. Redirects the browser to
/// the URL of the sign-out. The response itself is not read, because the browser is already signed
/// out of the pool.
pub(super) fn logged_out(http_request: &HostedRequest<'_>) -> Page {
    let form = http_request.form.as_ref();
    let state = form.and_then(|form| form.get("RelayState"));
    let state = state.unwrap_or_default();
    let now = http_request.now;
    let service = http_request.pools.of_logout(state, now);
    let logout = service.and_then(|service| service.state.lock().hosted.take_logout(state, now));
    logout.map_or_else(invalid, |logout| redirect(&logout.to))
}
