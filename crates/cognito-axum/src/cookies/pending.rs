//! The cookie of a sign-in that is in progress at managed login, and the cookies of a response to a
//! request that came from another site.

use std::time::Duration;

use cognito_core::InvalidInput;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::cookies::kind::CookieKind;
use crate::cookies::{CookieChanges, SameSite, SessionCookies, parts};

impl SessionCookies {
    /// Sets the cookie for a sign-in that is in progress at managed login. `value` contains only
    /// characters that are valid in cookies.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the value does not fit into one cookie.
    pub(crate) fn pending_login(&self, value: String) -> Result<CookieChanges, InvalidInput> {
        if value.len() > parts::LENGTH {
            return Err(InvalidInput::new(
                "redirect URI",
                "must be shorter, so that the sign-in fits into a cookie",
            ));
        }
        let (kind, mut changes) = (CookieKind::PendingLogin, CookieChanges::default());
        let name = self.cookie_name(kind);
        changes.add(&self.cookie(kind, name, value, PENDING_LIFETIME));
        Ok(changes)
    }

    /// Returns the value of the cookie that [`pending_login`](Self::pending_login) set, or `None`
    /// if there is none.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token).
    pub(crate) fn pending_login_value(
        &self,
        request: &HeaderMap,
    ) -> Result<Option<String>, InvalidInput> {
        self.read(request, CookieKind::PendingLogin, Ok)
    }

    /// Deletes the cookie for a sign-in that is in progress at managed login.
    pub(crate) fn clear_pending_login(&self) -> CookieChanges {
        let (kind, mut changes) = (CookieKind::PendingLogin, CookieChanges::default());
        let name = self.cookie_name(kind);
        changes.add(&self.cookie(kind, name, String::new(), Duration::ZERO));
        changes
    }

    /// Deletes the cookie for a sign-in that is in progress at managed login, if the request has
    /// this cookie.
    ///
    /// Security: a previous user of the browser may have started that sign-in. If it could still be
    /// completed, the browser of the next user could be signed in to the wrong account.
    pub(crate) fn cancel_pending_login(&self, request: &HeaderMap) -> CookieChanges {
        let name = self.cookie_name(CookieKind::PendingLogin);
        match &*parts::present(request, &name) {
            [] => CookieChanges::default(),
            _ => self.clear_pending_login(),
        }
    }

    /// Returns the headers of a request that has every session cookie. If another site caused the
    /// real request, the browser did not send the cookies with it (`SameSite`). With these headers,
    /// the methods that set cookies delete all cookies that may exist. A part of an earlier token
    /// would otherwise remain and make the new token unreadable.
    pub(crate) fn every_cookie(&self) -> HeaderMap {
        let mut line = String::new();
        for kind in CookieKind::ALL {
            let name = self.cookie_name(kind);
            line.push_str(&format!("{name}=; "));
            for index in 0..parts::MOST {
                line.push_str(&format!("{}=; ", parts::part_name(&name, index)));
            }
        }
        let mut request = HeaderMap::new();
        // Names of cookies are valid in headers.
        if let Ok(value) = HeaderValue::try_from(line) {
            request.insert(COOKIE, value);
        }
        request
    }

    pub(crate) const fn is_strict(&self) -> bool {
        matches!(self.same_site, SameSite::Strict)
    }
}

/// The lifetime of the cookie. A sealed pending login has the same lifetime.
const PENDING_LIFETIME: Duration = Duration::from_secs(60 * 60);
