//! The changes that a response makes to the browser's cookies.

use std::convert::Infallible;
use std::fmt;

use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::HeaderValue;
use http::header::SET_COOKIE;

/// The `Set-Cookie` headers of a response. Return it together with the response:
/// `(changes, response)`.
///
/// `Debug` shows the names of the cookies, not their values.
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use = "cookie changes have no effect until they are returned"]
pub struct CookieChanges {
    headers: Vec<HeaderValue>,
}

impl CookieChanges {
    /// Appends the changes of `others`. If `self` and `others` change the same cookie, the browser
    /// applies the change of `others`.
    pub fn and(mut self, others: Self) -> Self {
        self.headers.extend(others.headers);
        self
    }

    /// Returns an iterator over the values of the `Set-Cookie` headers.
    pub fn iter(&self) -> impl Iterator<Item = &HeaderValue> {
        self.headers.iter()
    }

    pub(super) fn add(&mut self, cookie: &cookie::Cookie<'static>) {
        // Names, tokens and sealed strings have only characters that are valid in headers.
        if let Ok(mut value) = HeaderValue::try_from(cookie.to_string()) {
            value.set_sensitive(true);
            self.headers.push(value);
        }
    }
}

impl IntoResponseParts for CookieChanges {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        for value in self.headers {
            parts.headers_mut().append(SET_COOKIE, value);
        }
        Ok(parts)
    }
}

impl IntoResponse for CookieChanges {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

impl fmt::Debug for CookieChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: the values are tokens.
        let names = self.headers.iter().map(|value| {
            let name = value.as_bytes().split(|b| *b == b'=').next();
            String::from_utf8_lossy(name.unwrap_or_default()).into_owned()
        });
        f.debug_set().entries(names).finish()
    }
}
