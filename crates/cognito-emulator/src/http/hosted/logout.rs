//! `GET /logout`: the endpoint that signs a browser out.

use http::StatusCode;
use serde_json::Map;

use super::authorize::{BROWSER, client};
use super::request::{HostedRequest, redirect};
use super::{cookies, html};
use crate::http::page::Page;
use crate::operations::federation::saml;
use crate::state::codes::SignedInUser;
use crate::state::service::Service;

/// Handles `GET /logout`. Signs the browser out. Then redirects it to `logout_uri`, which must be
/// registered with the app client. If the query has no `logout_uri` but a `redirect_uri`, redirects
/// to the sign-in page.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    let (service, client) = match client(http_request) {
        Ok(found) => found,
        Err(page) => return *page,
    };
    let query = &http_request.query;
    let rejected = |message| html::error(StatusCode::BAD_REQUEST, message);
    if !client.oauth.enabled {
        return rejected("unauthorized_client: the app client has no OAuth 2.0 flows");
    }
    let to = match (query.get("logout_uri"), query.get("redirect_uri")) {
        (Some(page), _) if client.oauth.logouts.iter().any(|known| known == page) => {
            page.to_owned()
        }
        (Some(_), _) => {
            return rejected(
                "invalid_request: the logout URI is not registered with the app client",
            );
        }
        (None, Some(page)) if client.oauth.callback(Some(page)).is_none() => {
            return rejected(
                "redirect_mismatch: the redirect URI is not registered with the app client",
            );
        }
        (None, Some(_)) => format!("/login?{}", http_request.raw_query),
        (None, None) => {
            return rejected("invalid_request: logout_uri or redirect_uri is missing");
        }
    };
    let signed_in = http_request.cookie(BROWSER).and_then(|word| {
        let hosted = &mut service.state.lock().hosted;
        let signed_in = hosted.signed_in(word, http_request.now);
        hosted.sign_out(word, http_request.now);
        signed_in
    });
    let to = signed_in
        .and_then(|signed_in| at_provider(http_request, &service, &signed_in, &to))
        .unwrap_or(to);
    let mut page = redirect(&to);
    cookies::forget(http_request, &mut page);
    page
}

/// Returns the URL that signs the user out at a SAML provider. Returns `None` if the user has not
/// signed in through a SAML provider, or if sign-out at the provider is disabled or not supported.
fn at_provider(
    http_request: &HostedRequest<'_>,
    service: &Service,
    signed_in: &SignedInUser,
    to: &str,
) -> Option<String> {
    let (name, session) = (signed_in.provider.as_ref()?, signed_in.saml.as_ref()?);
    let fields = Map::new();
    let call = http_request.call(service, &fields, "/logout");
    saml::log_out(&call, (name, session), to)
}
