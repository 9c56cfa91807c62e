//! `/saml2/idpresponse` and `/saml2/logout`: the responses of SAML providers.

use http::StatusCode;

use super::authorize::Authorization;
use super::cookies::signed_in_page;
use super::html::{self, Field};
use super::provider::{self, COGNITO, Choice, STATE, fields, shortened};
use super::request::{HostedRequest, redirect};
use crate::http::page::Page;
use crate::model::options::ProviderType;
use crate::operations::federation::saml::{self, Answer, PATH};
use crate::state::pending::{Federation, Pending};
use crate::state::service::Service;

/// The name of a form field that marks a repeated form. The form has this field only when the
/// browser sends it for the second time.
const AGAIN: &str = "again";

/// Handles a response of a provider: `POST /saml2/idpresponse`. The response belongs to a request
/// of the pool, or the provider has begun the sign-in (`IDPInit`).
///
/// A browser sends no `SameSite=Lax` cookie with a form from another site. If the cookie of the
/// sign-in is missing, the response is a page that sends the form again. This page is a page of the
/// pool, so the browser then sends the cookie.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    let form = http_request.form.as_ref();
    let parameter = |name| form.and_then(|form| form.get(name));
    let (Some(response), Some(state)) = (parameter("SAMLResponse"), parameter("RelayState")) else {
        return invalid();
    };
    // The state of the pool's own requests has no such character.
    if state.contains('=') {
        return unrequested(http_request, response, state);
    }
    let pools = http_request.pools;
    let Some((service, federation)) = pools.of_federation(state, http_request.now) else {
        return invalid();
    };
    if http_request.cookie(STATE).is_none() && parameter(AGAIN).is_none() {
        let fields = [
            Field::hidden("SAMLResponse", response),
            Field::hidden("RelayState", state),
            Field::hidden(AGAIN, "true"),
        ];
        return html::sending("Sign-in", PATH, &fields);
    }
    if !provider::is_own(http_request, &federation) {
        return invalid();
    }
    complete(http_request, &service, (&federation, response))
}

/// Verifies the SAML response to an authentication request of the pool, and completes the sign-in.
fn complete(
    http_request: &HostedRequest<'_>,
    service: &Service,
    (federation, response): (&Federation, &str),
) -> Page {
    let request = match provider::first_request(http_request, service, federation) {
        Ok(request) => request,
        Err(page) => return *page,
    };
    let answer = Answer {
        provider: &federation.provider,
        response,
        recipient: &federation.redirect_uri,
        nonce: Some(&federation.nonce),
    };
    finish(http_request, request, &answer)
}

/// Verifies a SAML response, signs the user in and redirects the browser to the app client.
fn finish(
    http_request: &HostedRequest<'_>,
    mut request: Authorization,
    answer: &Answer<'_>,
) -> Page {
    let fields = fields(&request);
    let call = http_request.call(&request.service, &fields, PATH);
    // Security: an invalid response uses nothing up, so a forged response does not end the sign-in
    // of a user.
    let done = saml::verify(&call, answer)
        .and_then(|assertion| saml::complete(&call, &request.client, answer.provider, &assertion));
    match done {
        Ok(signed_in) => {
            let random = &request.service.random;
            let nonce = answer.nonce.map_or_else(|| random.uuid(), str::to_owned);
            request.add_nonce(&nonce);
            signed_in_page(http_request, &request, signed_in)
        }
        // The error code is the same as in Cognito (aws-sdk-js-v3#6201).
        Err(failure) => request.failed("server_error", shortened(failure.message())),
    }
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
    finish(http_request, request, &answer)
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

/// Returns the error page for a SAML response that is rejected, because it does not belong to a
/// sign-in or sign-out of this browser. The message on the page is Cognito's. It is known from
/// public reports about sign-ins that users started at the identity provider.
fn invalid() -> Page {
    html::error(
        StatusCode::BAD_REQUEST,
        "Invalid samlResponse or relayState from identity provider",
    )
}

/// Handles the response of a provider to a sign-out: `POST /saml2/logout`. Redirects the browser to
/// the URL to which `GET /logout` would have redirected it without the sign-out at the provider.
/// The `RelayState` contains this URL. The SAML response itself is not read, because the browser is
/// already signed out of the pool.
pub(super) fn logged_out(http_request: &HostedRequest<'_>) -> Page {
    let form = http_request.form.as_ref();
    let state = form.and_then(|form| form.get("RelayState"));
    let state = state.unwrap_or_default();
    // A repeated response only redirects the browser to the same URL again.
    match http_request.pools.unseal(state, http_request.now) {
        Some((_, Pending::SignOut(logout))) => redirect(&logout.to),
        _ => invalid(),
    }
}
