//! Small cookies without secrets, which pass data to the next page.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::site::App;

/// The maximum length of the value of a [`Note`], in bytes. No e-mail address and no path of a page
/// is longer.
const LONGEST: usize = 512;
/// The lifetime of a [`Note`], in seconds. Users need less time than this to find the message with
/// a code.
const SECONDS: u32 = 3600;

/// A small cookie that passes a value to the next page. Each variant is for one kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The e-mail address that the user has entered in a form. The next form contains it already.
    Address,
    /// The page that the user requested before the sign-in.
    Next,
    /// The names of the completed challenges of this sign-in, separated by dots.
    Trail,
}

impl Note {
    const fn cookie(self) -> &'static str {
        match self {
            Self::Address => "site_address",
            Self::Next => "site_next",
            Self::Trail => "site_trail",
        }
    }

    /// Returns the value of the cookie. Returns `None` if the request has no such cookie, or if
    /// [`is_plain`] returns `false` for its value, because this site never writes such a value.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<String> {
        let cookies = headers.get_all(COOKIE).iter();
        let mut pairs = cookies
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| {
                let pairs = line.split(';').map(str::trim);
                pairs.filter_map(|pair| pair.split_once('='))
            });
        let (_, text) = pairs.find(|(name, _)| *name == self.cookie())?;
        is_plain(text).then(|| text.to_owned())
    }

    /// Stores a string in the cookie. If a cookie cannot contain the string, stores nothing.
    pub(crate) fn write(self, app: &App, response: &mut Response, text: &str) {
        if is_plain(text) {
            self.set(app, response, text, SECONDS);
        }
    }

    pub(crate) fn erase(self, app: &App, response: &mut Response) {
        self.set(app, response, "", 0);
    }

    fn set(self, app: &App, response: &mut Response, text: &str, seconds: u32) {
        let name = self.cookie();
        let secure = if app.is_https { "; Secure" } else { "" };
        let cookie =
            format!("{name}={text}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}

/// Returns `true` if the string is not empty, is not longer than [`LONGEST`], and can be in a
/// cookie unchanged (RFC 6265 section 4.1.1).
fn is_plain(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_allowed)
}
