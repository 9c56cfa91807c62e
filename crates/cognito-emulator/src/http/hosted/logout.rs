//! `GET /logout`: the endpoint that signs a browser out.

use http::StatusCode;

use super::authorize::{BROWSER, client};
use super::request::{HostedRequest, redirect};
use super::{cookies, html};
use crate::http::page::Page;

/// Handles `GET /logout`. Signs the browser out. Then redirects it to `logout_uri`, which must be
/// registered with the app client. If the query has `redirect_uri` instead, redirects to the
/// sign-in page.
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
    if let Some(word) = http_request.cookie(BROWSER) {
        service.state.lock().hosted.sign_out(word, http_request.now);
    }
    let mut page = redirect(&to);
    cookies::forget(http_request, &mut page);
    page
}
