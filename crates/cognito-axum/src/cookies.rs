//! A session that a browser keeps in cookies.

mod changes;
mod parts;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use cognito_core::{AccessToken, DeviceKey, IdToken, InvalidInput, RefreshToken, Tokens};
use http::HeaderMap;

pub use changes::CookieChanges;

/// How a browser keeps tokens: in cookies that no script can read.
///
/// ```
/// use cognito_axum::{CookieChanges, SessionCookies};
/// # use cognito_core::Tokens;
/// use http::HeaderMap;
///
/// async fn signed_in(
///     request: HeaderMap,
///     tokens: Tokens,
/// ) -> Result<(CookieChanges, &'static str), cognito_core::Error> {
///     Ok((SessionCookies::new().tokens(&tokens, &request)?, "signed in"))
/// }
/// ```
///
/// | cookie | what it keeps | how long |
/// |---|---|---|
/// | `__Host-access_token` | the access token | as long as the token lives |
/// | `__Host-id_token` | the ID token | as long |
/// | `__Host-refresh_token` | the refresh token | [30 days](Self::refresh_lifetime) |
/// | `__Host-device_key` | the device that the refresh token belongs to, if there is one | as long |
/// | `__Host-challenge` | a sealed challenge | 15 minutes; the seal itself ends sooner |
///
/// All of them are `HttpOnly`, `Secure`, `SameSite=Strict` and `Path=/`, and have no `Domain`: the
/// prefix `__Host-` has the browser see to it, so that no other name below the same domain can set
/// them (RFC 6265bis section 4.1.3.2). A browser sends them whoever made the request, so routes that
/// take them need [`SameOrigin`](crate::SameOrigin).
///
/// Browsers take 4,096 bytes a cookie. A longer token, of a user in many groups say, is split over up to
/// five (`__Host-access_token.0`, `__Host-access_token.1`), and put together again here and by
/// [`TokenSource::cookie`](cognito_tower::TokenSource::cookie). So that no part of an earlier token stays
/// behind, whoever sets cookies hands over the headers of the request that is answered.
///
/// A browser sends all of them in one header line, so what stands before the service must take such
/// lines: nginx takes 8 kB a line unless told otherwise (`large_client_header_buffers`), AWS's
/// application load balancers take 16 kB a line, API Gateway 10,240 bytes for all headers together
/// and CloudFront 20,480 (their pages of quotas). A longer one is refused there and never gets here:
/// [`refresh_path`](Self::refresh_path) keeps some of it away from other routes.
#[derive(Clone, Debug)]
pub struct SessionCookies {
    name: Cow<'static, str>,
    secure: bool,
    same_site: SameSite,
    refresh_path: Cow<'static, str>,
    refresh_lifetime: Duration,
}

/// To which requests that another site causes a browser adds cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// To links that are followed, and to nothing else.
    Lax,
    /// To none: somebody who comes by a link from elsewhere seems signed out on the first page.
    Strict,
}

/// What is kept in a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    AccessToken,
    Challenge,
    DeviceKey,
    IdToken,
    RefreshToken,
}

impl Kept {
    const ALL: [Self; 5] = [
        Self::AccessToken,
        Self::IdToken,
        Self::RefreshToken,
        Self::DeviceKey,
        Self::Challenge,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::Challenge => "challenge",
            Self::DeviceKey => "device_key",
            Self::IdToken => "id_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

impl SessionCookies {
    /// Cookies as the table says.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            name: Cow::Borrowed(""),
            secure: true,
            same_site: SameSite::Strict,
            refresh_path: Cow::Borrowed("/"),
            refresh_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
        }
    }

    /// Puts a name before the others, `shop` for `__Host-shop_access_token`, so that two
    /// applications at one host (ports do not count) keep apart.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] unless it is 1 to 32 letters, digits, `-` and `_`.
    pub fn named(mut self, name: impl Into<String>) -> Result<Self, InvalidInput> {
        let name = name.into();
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(1..=32).contains(&name.len()) || !name.bytes().all(fits) {
            return Err(InvalidInput::new(
                "cookie name",
                "must be 1 to 32 letters, digits, - or _",
            ));
        }
        self.name = Cow::Owned(name);
        Ok(self)
    }

    /// To which requests that another site causes the browser adds the cookies.
    #[must_use]
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Sends refresh token, device and challenge to this path and those below it only, `/auth`, so
    /// that other routes never see them. These cookies are then called `__Secure-…`: browsers want
    /// `Path=/` for `__Host-`.
    ///
    /// Without `__Host-` any other name below the same domain can set a cookie of that name too. A
    /// request that then brings two is refused (401 at a refresh) and never taken for either; ours is
    /// forgotten, the other one is not ours to forget. Choose a path only if you trust these names.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] unless it begins with `/` and is at most 100 characters that a cookie's
    /// path can hold.
    pub fn refresh_path(mut self, path: impl Into<String>) -> Result<Self, InvalidInput> {
        let path = path.into();
        let fits = |b: u8| b.is_ascii_graphic() && b != b';' && b != b',';
        if !path.starts_with('/') || path.len() > 100 || !path.bytes().all(fits) {
            return Err(InvalidInput::new(
                "cookie path",
                "must begin with / and be at most 100 visible characters without ; and ,",
            ));
        }
        self.refresh_path = Cow::Owned(path);
        Ok(self)
    }

    /// How long the browser keeps the refresh token: as long as the app client lets it live
    /// (`RefreshTokenValidity`), which Cognito does not say with the token. 30 days unless said
    /// otherwise, as there.
    #[must_use]
    pub const fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_lifetime = lifetime;
        self
    }

    /// Leaves `Secure` and the prefixes away, for a service that is reached by `http`: on one's own
    /// machine, where Safari refuses `Secure` cookies. Anywhere else whoever listens gets in.
    #[must_use]
    pub const fn danger_without_secure(mut self) -> Self {
        self.secure = false;
        self
    }

    /// The name of the cookie with the access token, for a guard that reads it:
    /// [`TokenSource::cookie`](cognito_tower::TokenSource::cookie).
    #[must_use]
    pub fn access_token_name(&self) -> String {
        self.cookie_name(Kept::AccessToken)
    }

    /// The name of the cookie with the ID token, for a guard that reads it.
    #[must_use]
    pub fn id_token_name(&self) -> String {
        self.cookie_name(Kept::IdToken)
    }

    /// Sets the cookies for all tokens of a sign-in or a refresh, in place of the earlier ones.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] names a token that is longer than 19,000 characters: cookies cannot hold it.
    /// A user in 100 groups with names of 128 characters has tokens of 18,500, and triggers can make
    /// them longer. [Clear](Self::clear) the cookies then, so that those of another user do not stay.
    pub fn tokens(
        &self,
        tokens: &Tokens,
        request: &HeaderMap,
    ) -> Result<CookieChanges, InvalidInput> {
        let lifetime = tokens.expires_in;
        let mut changes = CookieChanges::default();
        let kept = [
            (Kept::AccessToken, tokens.access_token.expose(), lifetime),
            (Kept::IdToken, tokens.id_token.expose(), lifetime),
            (
                Kept::RefreshToken,
                tokens.refresh_token.expose(),
                self.refresh_lifetime,
            ),
        ];
        for (kept, text, lifetime) in kept {
            if !self.keep(&mut changes, kept, text, lifetime, request) {
                return Err(InvalidInput::new(kept.name(), TOO_LONG));
            }
        }
        match &tokens.device_key {
            Some(key) => {
                let (kept, lifetime) = (Kept::DeviceKey, self.refresh_lifetime);
                self.keep(&mut changes, kept, key.as_str(), lifetime, request);
            }
            None => self.forget(&mut changes, Kept::DeviceKey, request),
        }
        Ok(changes)
    }

    /// Keeps a sealed challenge (`Cognito::challenge_to_state`) until it is answered.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if it is longer than 19,000 characters, which no challenge for a code is, or
    /// is not sealed.
    pub fn challenge(
        &self,
        state: &str,
        request: &HeaderMap,
    ) -> Result<CookieChanges, InvalidInput> {
        let mut changes = CookieChanges::default();
        let is_sealed = state.bytes().all(is_token_byte) && !state.is_empty();
        let (kept, lifetime) = (Kept::Challenge, CHALLENGE_LIFETIME);
        if is_sealed && self.keep(&mut changes, kept, state, lifetime, request) {
            return Ok(changes);
        }
        Err(InvalidInput::new(
            "challenge",
            "must be sealed, and at most 19000 characters to be kept in cookies",
        ))
    }

    /// Forgets everything: tokens, device, challenge. `request` says which cookies there are.
    pub fn clear(&self, request: &HeaderMap) -> CookieChanges {
        let mut changes = CookieChanges::default();
        for kept in Kept::ALL {
            self.forget(&mut changes, kept, request);
        }
        changes
    }

    /// Forgets a refresh token and a device that cannot be read: nothing is lost with them.
    pub(crate) fn clear_unreadable(&self, request: &HeaderMap) -> CookieChanges {
        let mut changes = CookieChanges::default();
        for (kept, is_unreadable) in [
            (Kept::RefreshToken, self.refresh_token(request).is_err()),
            (Kept::DeviceKey, self.device_key(request).is_err()),
        ] {
            if is_unreadable {
                self.forget(&mut changes, kept, request);
            }
        }
        changes
    }

    /// Forgets the challenge.
    pub fn clear_challenge(&self, request: &HeaderMap) -> CookieChanges {
        let mut changes = CookieChanges::default();
        self.forget(&mut changes, Kept::Challenge, request);
        changes
    }

    /// The access token that came with a request. Nobody has verified it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the cookie came twice, in parts that do not fit together, or is no token.
    pub fn access_token(&self, request: &HeaderMap) -> Result<Option<AccessToken>, InvalidInput> {
        self.kept(request, Kept::AccessToken, AccessToken::new)
    }

    /// The ID token that came with a request. Nobody has verified it.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn id_token(&self, request: &HeaderMap) -> Result<Option<IdToken>, InvalidInput> {
        self.kept(request, Kept::IdToken, IdToken::new)
    }

    /// The refresh token that came with a request.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn refresh_token(&self, request: &HeaderMap) -> Result<Option<RefreshToken>, InvalidInput> {
        self.kept(request, Kept::RefreshToken, RefreshToken::new)
    }

    /// The device that the refresh token belongs to.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn device_key(&self, request: &HeaderMap) -> Result<Option<DeviceKey>, InvalidInput> {
        self.kept(request, Kept::DeviceKey, DeviceKey::new)
    }

    /// The sealed challenge that came with a request, for `Cognito::challenge_from_state`.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn challenge_state(&self, request: &HeaderMap) -> Result<Option<String>, InvalidInput> {
        self.kept(request, Kept::Challenge, Ok)
    }

    fn kept<T>(
        &self,
        request: &HeaderMap,
        kept: Kept,
        read: impl FnOnce(String) -> Result<T, InvalidInput>,
    ) -> Result<Option<T>, InvalidInput> {
        let text = parts::read(request, &self.cookie_name(kept))?;
        text.map(read).transpose()
    }

    /// Whether it fits. What is left of an earlier text is forgotten, all of it if this one does not.
    fn keep(
        &self,
        changes: &mut CookieChanges,
        kept: Kept,
        text: &str,
        lifetime: Duration,
        request: &HeaderMap,
    ) -> bool {
        let name = self.cookie_name(kept);
        let Some(parts) = parts::split(&name, text) else {
            self.forget(changes, kept, request);
            return false;
        };
        let mut stale = parts::present(request, &name);
        stale.retain(|name| parts.iter().all(|(kept, _)| kept != name));
        for (name, value) in parts {
            changes.add(&self.cookie(kept, name, value, lifetime));
        }
        for name in stale {
            changes.add(&self.cookie(kept, name, String::new(), Duration::ZERO));
        }
        true
    }

    fn forget(&self, changes: &mut CookieChanges, kept: Kept, request: &HeaderMap) {
        let name = self.cookie_name(kept);
        let mut names = parts::present(request, &name);
        // The whole one always: a request elsewhere than below its path does not bring it.
        if !names.contains(&name) {
            names.insert(0, name);
        }
        for name in names {
            changes.add(&self.cookie(kept, name, String::new(), Duration::ZERO));
        }
    }

    fn cookie(
        &self,
        kept: Kept,
        name: String,
        value: String,
        lifetime: Duration,
    ) -> cookie::Cookie<'static> {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let mut cookie = cookie::Cookie::new(name, value);
        cookie.set_http_only(true);
        cookie.set_same_site(match self.same_site {
            SameSite::Lax => cookie::SameSite::Lax,
            SameSite::Strict => cookie::SameSite::Strict,
        });
        cookie.set_secure(self.secure);
        cookie.set_path(self.path(kept).to_owned());
        cookie.set_max_age(cookie::time::Duration::seconds(seconds));
        cookie
    }

    fn path(&self, kept: Kept) -> &str {
        match kept {
            Kept::AccessToken | Kept::IdToken => "/",
            Kept::Challenge | Kept::DeviceKey | Kept::RefreshToken => &self.refresh_path,
        }
    }

    fn cookie_name(&self, kept: Kept) -> String {
        let prefix = match (self.secure, self.path(kept)) {
            (false, _) => "",
            (true, "/") => "__Host-",
            (true, _) => "__Secure-",
        };
        let between = if self.name.is_empty() { "" } else { "_" };
        format!("{prefix}{}{between}{}", self.name, kept.name())
    }
}

impl Default for SessionCookies {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for SameSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lax => "Lax",
            Self::Strict => "Strict",
        })
    }
}

/// What tokens and sealed texts are made of.
const fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=' | b'.')
}

const TOO_LONG: &str = "must be at most 19000 characters to be kept in cookies";

/// As long as Cognito lets a challenge wait at most (`AuthSessionValidity`).
const CHALLENGE_LIFETIME: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_does_not_fit_leaves_nothing_of_an_earlier_one() {
        let (cookies, mut changes) = (SessionCookies::new(), CookieChanges::default());
        let mut request = HeaderMap::new();
        let earlier = http::HeaderValue::from_static("__Host-access_token.0=a");
        request.insert(http::header::COOKIE, earlier);
        let text = "a".repeat(19_001);
        let (kept, lifetime) = (Kept::AccessToken, Duration::from_secs(60));
        assert!(!cookies.keep(&mut changes, kept, &text, lifetime, &request));
        let shown = format!("{changes:?}");
        let expected = r#"{"__Host-access_token", "__Host-access_token.0"}"#;
        assert_eq!(shown, expected);
        assert!(
            changes
                .iter()
                .all(|line| line.as_bytes().ends_with(b"Max-Age=0"))
        );
    }
}
