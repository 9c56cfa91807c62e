//! `GET /error`: the page for errors that cannot be sent to an app client.

use http::StatusCode;

use super::html;
use super::parameters::address;
use super::request::Asked;
use crate::http::page::Page;

/// The redirect URI is not registered with the app client.
pub(super) const MISMATCH: &str = "redirect_mismatch";

/// The errors that redirect to the page.
const KNOWN: [&str; 1] = [MISMATCH];

/// Redirects the browser to the page.
pub(super) fn redirect(code: &str, client: &str) -> Page {
    let pairs = [("error", code), ("client_id", client)];
    super::request::redirect(&address("/error", '?', &pairs))
}

/// `GET /error`. Real Cognito returns the status 400 here, as browsers show it in public reports.
///
/// Security: the query is not repeated on the page, except for the codes of known errors. Anyone
/// can create a link to it.
pub(super) fn answer(asked: &Asked<'_>) -> Page {
    let told = asked.query.get("error");
    let code = KNOWN.into_iter().find(|code| told == Some(code));
    let message = match code {
        Some(MISMATCH) => {
            "redirect_mismatch: the redirect URI is not registered with the app client"
        }
        _ => "An error was encountered with the requested page.",
    };
    html::error(StatusCode::BAD_REQUEST, message)
}
