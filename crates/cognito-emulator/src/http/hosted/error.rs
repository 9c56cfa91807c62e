//! `GET /error`: the page for errors that cannot be sent to an app client.

use http::StatusCode;

use super::html;
use super::parameters::address;
use super::request::HostedRequest;
use crate::http::page::Page;

/// The error code for a redirect URI that is not registered with the app client.
pub(super) const MISMATCH: &str = "redirect_mismatch";

/// The error codes that the page `/error` shows.
const KNOWN: [&str; 1] = [MISMATCH];

pub(super) fn redirect(code: &str, client: &str) -> Page {
    let pairs = [("error", code), ("client_id", client)];
    super::request::redirect(&address("/error", '?', &pairs))
}

/// Handles `GET /error`. The status is 400, as in public reports of Cognito's error page.
///
/// Security: anyone can create a link to the page, so the page shows nothing from the query except
/// known error codes.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    let named = http_request.query.get("error");
    let code = KNOWN.into_iter().find(|code| named == Some(code));
    let message = match code {
        Some(MISMATCH) => {
            "redirect_mismatch: the redirect URI is not registered with the app client"
        }
        _ => "An error was encountered with the requested page.",
    };
    html::error(StatusCode::BAD_REQUEST, message)
}
