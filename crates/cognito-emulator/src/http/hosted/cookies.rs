//! The cookies of the hosted pages.

use http::header::{HeaderValue, SET_COOKIE};

use super::authorize::{Authorization, BROWSER};
use super::request::HostedRequest;
use crate::http::page::Page;
use crate::state::codes::SignedInUser;

/// Records that the user has signed in with this browser, and redirects the browser to the app
/// client. If the browser was signed in before, the earlier sign-in ends.
///
/// Each app client has a time for which it reuses the sign-in of a browser: the user then need not
/// sign in again. The browser stays signed in for the longest of these times in the pool.
pub(super) fn signed_in_page(
    http_request: &HostedRequest<'_>,
    request: &Authorization,
    signed_in: SignedInUser,
) -> Page {
    let (service, now) = (&request.service, http_request.now);
    let validity = service.settings.longest_reuse_of_sign_in();
    let word = {
        let hosted = &mut service.state.lock().hosted;
        if let Some(word) = http_request.cookie(BROWSER) {
            hosted.sign_out(word, now);
        }
        hosted.sign_in(signed_in.clone(), validity, now, &service.random)
    };
    let mut page = request.granted(http_request, signed_in);
    add_cookie(
        http_request,
        &mut page,
        &format!("{BROWSER}={word}; Max-Age={}", validity.as_secs()),
    );
    page
}

/// Adds a cookie to the response. Scripts cannot read the cookie. Over TLS, it is `Secure`.
pub(super) fn add_cookie(http_request: &HostedRequest<'_>, page: &mut Page, cookie: &str) {
    let secure = if http_request.is_encrypted {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!("{cookie}; Path=/; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        page.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// Deletes the cookie that identifies a signed-in browser.
pub(super) fn forget(http_request: &HostedRequest<'_>, page: &mut Page) {
    add_cookie(http_request, page, &format!("{BROWSER}=; Max-Age=0"));
}
