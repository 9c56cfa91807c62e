//! The cookies of a session: the tokens, the device key and the challenge of a sign-in.

mod changes;
mod devices;
mod kind;
mod parts;
mod pending;
mod same_site;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::time::Duration;

use cognito_core::id::DeviceKey;
use cognito_core::{AccessToken, IdToken, InvalidInput, RefreshToken, Tokens};
use http::HeaderMap;

use self::kind::CookieKind;
pub use changes::CookieChanges;
pub(crate) use devices::NEW_DEVICE_LIFETIME;
pub use same_site::SameSite;

/// The settings of the cookies that contain a session's tokens. Scripts in the browser cannot read
/// these cookies.
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
/// | cookie | content | lifetime |
/// |---|---|---|
/// | `__Host-access_token` | the access token | the lifetime of the token |
/// | `__Host-id_token` | the ID token | the lifetime of the access token |
/// | `__Host-refresh_token` | the refresh token | [30 days](Self::refresh_lifetime) |
/// | `__Host-device_key` | the device that the refresh token belongs to (optional) | the lifetime of the refresh token |
/// | `__Host-login` | the encrypted state of a sign-in at managed login (optional) | one hour |
/// | `__Host-new_device` | the encrypted new device of a sign-in (optional) | one hour |
/// | `__Host-device` | the encrypted data of the remembered device (optional) | the lifetime of [`remember_browsers`](crate::AuthRoutes::remember_browsers) |
/// | `__Host-challenge` | the encrypted challenge of a sign-in | 15 minutes; the challenge expires at that time or earlier |
///
/// All cookies are `HttpOnly`, `Secure`, `SameSite=Strict` and `Path=/`, and have no `Domain`. Only
/// `__Host-login` is `SameSite=Lax`, because the browser returns from another site. The prefix
/// `__Host-` makes browsers enforce `Secure`, `Path=/` and the missing `Domain`, so other
/// hosts of the same domain cannot set these cookies (RFC 6265bis section 4.1.3.2). With
/// `SameSite=Strict`, a browser still sends the cookies with requests from pages on other ports and
/// other hosts of the same domain. Routes that accept the cookies therefore need
/// [`SameOrigin`](crate::SameOrigin).
///
/// Browsers accept 4,096 bytes per cookie. A longer token, for example of a user in many groups, is
/// split into up to five cookies (`__Host-access_token.0`, `__Host-access_token.1`, …). This type
/// and [`TokenSource::cookie`](cognito_tower::TokenSource::cookie) join the parts again. The
/// methods that set cookies receive the headers of the request, so that they can delete all parts
/// of an earlier token.
///
/// A browser sends all cookies in one header line, so the proxies in front of the service must
/// accept such lines. The limits are: nginx 8 kB per line by default
/// (`large_client_header_buffers`), AWS's application load balancers 16 kB per line, API Gateway
/// 10,240 bytes and CloudFront 20,480 bytes for all headers together (see their quota pages). A
/// proxy rejects a longer request itself. With [`refresh_path`](Self::refresh_path), fewer cookies
/// are sent to other routes.
#[derive(Clone, Debug)]
#[must_use = "a setter returns the changed value"]
pub struct SessionCookies {
    name: Cow<'static, str>,
    secure: bool,
    same_site: SameSite,
    refresh_path: Cow<'static, str>,
    refresh_lifetime: Duration,
}

impl SessionCookies {
    /// Creates settings with the default names, attributes and lifetimes; see the table of
    /// [`SessionCookies`].
    pub const fn new() -> Self {
        Self {
            name: Cow::Borrowed(""),
            secure: true,
            same_site: SameSite::Strict,
            refresh_path: Cow::Borrowed("/"),
            refresh_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
        }
    }

    /// Adds a prefix to the names of the cookies. For example, `shop` results in
    /// `__Host-shop_access_token`. Default: none. Two applications on one host need different
    /// prefixes, even if their ports differ, because cookies do not depend on the port.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the prefix is not made of 1 to 32 ASCII letters, digits, `-` and `_`.
    pub fn named(mut self, name: impl Into<String>) -> Result<Self, InvalidInput> {
        let name = name.into();
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(1..=32).contains(&name.len()) || !name.bytes().all(fits) {
            return Err(InvalidInput::new("cookie name", NAME_RULE));
        }
        self.name = Cow::Owned(name);
        Ok(self)
    }

    /// Sets whether the browser sends the cookies with requests that another site causes. Default:
    /// [`SameSite::Strict`], with which the browser sends no cookies with such requests.
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Sets a path, such as `/auth`, to which the browser sends the cookies for refresh token,
    /// device and challenge. Default: `/`. Only this path and the paths below it receive these
    /// cookies. The prefix of the cookie names becomes `__Secure-`, because browsers require
    /// `Path=/` for `__Host-`.
    ///
    /// Without `__Host-`, another host of the same domain can set a second cookie with the same
    /// name. If a request has two cookies of one name, none of them is used. For example, a refresh
    /// then fails with 401. The response deletes the cookie of this service, but cannot delete the
    /// cookie of the other host. Choose a path only if you trust all hosts of the domain.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the path does not begin with `/`, is longer than 100 characters, or
    /// contains `;`, `,` or a character that is not visible ASCII.
    pub fn refresh_path(mut self, path: impl Into<String>) -> Result<Self, InvalidInput> {
        let path = path.into();
        let fits = |b: u8| b.is_ascii_graphic() && b != b';' && b != b',';
        if path.starts_with('/') && path.len() <= 100 && path.bytes().all(fits) {
            self.refresh_path = Cow::Owned(path);
            return Ok(self);
        }
        Err(InvalidInput::new("cookie path", PATH_RULE))
    }

    /// Sets the lifetime of the cookies for refresh token and device. Default: 30 days, which is
    /// also Cognito's default for refresh tokens. Set it to the app client's
    /// `RefreshTokenValidity`, which Cognito does not return with the token.
    pub const fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_lifetime = lifetime;
        self
    }

    /// Omits the attribute `Secure`, and the prefixes `__Host-` and `__Secure-` of the names, for a
    /// service that uses `http`.
    ///
    /// # Security
    ///
    /// Call this method only for a service on `localhost`, where Safari rejects `Secure` cookies.
    /// On any other host, anyone on the network path can read the tokens.
    pub const fn danger_without_secure(mut self) -> Self {
        self.secure = false;
        self
    }

    /// Returns the name of the access token cookie. Pass it to
    /// [`TokenSource::cookie`](cognito_tower::TokenSource::cookie) of a guard.
    pub fn access_token_name(&self) -> String {
        self.cookie_name(CookieKind::AccessToken)
    }

    /// Returns the name of the ID token cookie. Pass it to
    /// [`TokenSource::cookie`](cognito_tower::TokenSource::cookie) of a guard.
    pub fn id_token_name(&self) -> String {
        self.cookie_name(CookieKind::IdToken)
    }

    /// Sets the cookies for all tokens of a sign-in or a refresh, and deletes cookies of earlier
    /// tokens that are not replaced. `request` contains the headers of the request, which show
    /// which cookies exist.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if a token is longer than 19,000 characters, so that it does not fit into
    /// cookies. The error names the token. A user in 100 groups with names of 128 characters has
    /// tokens of 18,500 characters, and Lambda triggers can make tokens longer. After this error,
    /// [clear](Self::clear) the cookies, so that the cookies of an earlier user do not remain.
    pub fn tokens(
        &self,
        tokens: &Tokens,
        request: &HeaderMap,
    ) -> Result<CookieChanges, InvalidInput> {
        let lifetime = tokens.expires_in;
        let mut changes = CookieChanges::default();
        let cookies = [
            (
                CookieKind::AccessToken,
                tokens.access_token.expose(),
                lifetime,
            ),
            (CookieKind::IdToken, tokens.id_token.expose(), lifetime),
            (
                CookieKind::RefreshToken,
                tokens.refresh_token.expose(),
                self.refresh_lifetime,
            ),
        ];
        for (kind, text, lifetime) in cookies {
            if !self.keep(&mut changes, kind, text, lifetime, request) {
                return Err(InvalidInput::new(kind.name(), TOO_LONG));
            }
        }
        match &tokens.device_key {
            Some(key) => {
                let (kind, lifetime) = (CookieKind::DeviceKey, self.refresh_lifetime);
                self.keep(&mut changes, kind, key.as_str(), lifetime, request);
            }
            None => self.forget(&mut changes, CookieKind::DeviceKey, request),
        }
        Ok(changes)
    }

    /// Sets the cookie for a challenge. `state` is the encrypted challenge that
    /// `Cognito::challenge_to_state` returned. `request` contains the headers of the request, which
    /// show which cookies exist.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if `state` is empty, is longer than 19,000 characters, or has characters
    /// that an encrypted challenge cannot have. The challenge `NEW_PASSWORD_REQUIRED` contains the
    /// user's attributes and can be longer than that. A challenge for a code is always shorter.
    pub fn challenge(
        &self,
        state: &str,
        request: &HeaderMap,
    ) -> Result<CookieChanges, InvalidInput> {
        let mut changes = CookieChanges::default();
        let is_sealed = state.bytes().all(is_token_byte) && !state.is_empty();
        let (kind, lifetime) = (CookieKind::Challenge, CHALLENGE_LIFETIME);
        if is_sealed && self.keep(&mut changes, kind, state, lifetime, request) {
            return Ok(changes);
        }
        Err(InvalidInput::new(
            "challenge",
            "must be sealed, and at most 19000 characters to fit into cookies",
        ))
    }

    /// Deletes all cookies of the session: the tokens, the device key and the challenge. A long
    /// value can be in several cookies. `request` contains the headers of the request, from which
    /// the names of these cookies are read. If the request has the cookie `__Host-login` or
    /// `__Host-new_device`, deletes it too. The cookie `__Host-device` remains.
    pub fn clear(&self, request: &HeaderMap) -> CookieChanges {
        let mut changes = CookieChanges::default();
        for kind in CookieKind::ALL {
            self.forget(&mut changes, kind, request);
        }
        let changes = changes.and(self.cancel_pending_login(request));
        changes.and(self.clear_new_device(request))
    }

    /// Deletes the cookies for refresh token and device key whose values cannot be read.
    pub(crate) fn clear_unreadable(&self, request: &HeaderMap) -> CookieChanges {
        let mut changes = CookieChanges::default();
        if self.refresh_token(request).is_err() {
            self.forget(&mut changes, CookieKind::RefreshToken, request);
        }
        if self.device_key(request).is_err() {
            self.forget(&mut changes, CookieKind::DeviceKey, request);
        }
        changes
    }

    /// Deletes the cookie for the challenge. `request` contains the headers of the request.
    pub fn clear_challenge(&self, request: &HeaderMap) -> CookieChanges {
        let mut changes = CookieChanges::default();
        self.forget(&mut changes, CookieKind::Challenge, request);
        changes
    }

    /// Returns the access token in the cookies of a request, or `None` if there is none. The token
    /// is not verified.
    ///
    /// # Errors
    ///
    /// A value that is too long for one cookie is split into several cookies; see
    /// [`SessionCookies`]. The method fails with [`InvalidInput`] in these cases:
    ///
    /// - The value is not well-formed.
    /// - The value is split, and one of its cookies is missing.
    /// - The request has two cookies with the same name for this value.
    /// - The request has a cookie with the whole value and also cookies with parts of it.
    /// - The request has more than 1,000 cookies.
    pub fn access_token(&self, request: &HeaderMap) -> Result<Option<AccessToken>, InvalidInput> {
        self.read(request, CookieKind::AccessToken, AccessToken::new)
    }

    /// Returns the ID token in the cookies of a request, or `None` if there is none. The token is
    /// not verified.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token).
    pub fn id_token(&self, request: &HeaderMap) -> Result<Option<IdToken>, InvalidInput> {
        self.read(request, CookieKind::IdToken, IdToken::new)
    }

    /// Returns the refresh token in the cookies of a request, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token).
    pub fn refresh_token(&self, request: &HeaderMap) -> Result<Option<RefreshToken>, InvalidInput> {
        self.read(request, CookieKind::RefreshToken, RefreshToken::new)
    }

    /// Returns the key of the device that the refresh token belongs to, from the cookie with the
    /// device key. Returns `None` if the request does not have this cookie.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token).
    pub fn device_key(&self, request: &HeaderMap) -> Result<Option<DeviceKey>, InvalidInput> {
        self.read(request, CookieKind::DeviceKey, DeviceKey::new)
    }

    /// Returns the encrypted challenge in the cookies of a request, or `None` if there is none.
    /// Pass it to `Cognito::challenge_from_state`.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token).
    pub fn challenge_state(&self, request: &HeaderMap) -> Result<Option<String>, InvalidInput> {
        self.read(request, CookieKind::Challenge, Ok)
    }

    fn read<T>(
        &self,
        request: &HeaderMap,
        kind: CookieKind,
        read: impl FnOnce(String) -> Result<T, InvalidInput>,
    ) -> Result<Option<T>, InvalidInput> {
        let text = parts::read(request, &self.cookie_name(kind))?;
        text.map(read).transpose()
    }

    /// Sets one cookie for the value, or up to five cookies for a long value. Deletes the cookies
    /// of an earlier value that are not overwritten. If the value is too long for five cookies,
    /// deletes all cookies of an earlier value, sets no cookie, and returns `false`.
    fn keep(
        &self,
        changes: &mut CookieChanges,
        kind: CookieKind,
        text: &str,
        lifetime: Duration,
        request: &HeaderMap,
    ) -> bool {
        let name = self.cookie_name(kind);
        let Some(parts) = parts::split(&name, text) else {
            self.forget(changes, kind, request);
            return false;
        };
        let mut stale = parts::present(request, &name);
        stale.retain(|name| parts.iter().all(|(kept, _)| kept != name));
        for (name, value) in parts {
            changes.add(&self.cookie(kind, name, value, lifetime));
        }
        for name in stale {
            changes.add(&self.cookie(kind, name, String::new(), Duration::ZERO));
        }
        true
    }

    fn forget(&self, changes: &mut CookieChanges, kind: CookieKind, request: &HeaderMap) {
        let name = self.cookie_name(kind);
        let mut names = parts::present(request, &name);
        // The cookie without a part number is always deleted, because requests outside of its path
        // do not contain it.
        if !names.contains(&name) {
            names.insert(0, name);
        }
        for name in names {
            changes.add(&self.cookie(kind, name, String::new(), Duration::ZERO));
        }
    }

    fn cookie(
        &self,
        kind: CookieKind,
        name: String,
        value: String,
        lifetime: Duration,
    ) -> cookie::Cookie<'static> {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let mut cookie = cookie::Cookie::new(name, value);
        cookie.set_http_only(true);
        cookie.set_same_site(match (kind, self.same_site) {
            // The browser returns from another site, with a navigation.
            (CookieKind::PendingLogin, _) | (_, SameSite::Lax) => cookie::SameSite::Lax,
            (_, SameSite::Strict) => cookie::SameSite::Strict,
        });
        cookie.set_secure(self.secure);
        cookie.set_path(self.path(kind).to_owned());
        cookie.set_max_age(cookie::time::Duration::seconds(seconds));
        cookie
    }

    fn path(&self, kind: CookieKind) -> &str {
        match kind {
            CookieKind::AccessToken | CookieKind::IdToken | CookieKind::PendingLogin => "/",
            _ => &self.refresh_path,
        }
    }

    fn cookie_name(&self, kind: CookieKind) -> String {
        let prefix = match (self.secure, self.path(kind)) {
            (false, _) => "",
            (true, "/") => "__Host-",
            (true, _) => "__Secure-",
        };
        let between = if self.name.is_empty() { "" } else { "_" };
        format!("{prefix}{}{between}{}", self.name, kind.name())
    }
}

impl Default for SessionCookies {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns `true` for the bytes that tokens and encrypted challenges consist of: base64url, `=` and
/// `.`.
const fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=' | b'.')
}

const NAME_RULE: &str = "must be 1 to 32 letters, digits, - or _";
const PATH_RULE: &str = "must begin with / and be at most 100 visible characters without ; and ,";
const TOO_LONG: &str = "must be at most 19000 characters to fit into cookies";

/// The lifetime of the challenge cookie: the maximum lifetime of a challenge in Cognito
/// (`AuthSessionValidity`).
const CHALLENGE_LIFETIME: Duration = Duration::from_secs(15 * 60);
