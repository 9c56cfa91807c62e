//! The rejection of a request: its reason, and the data for the response.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito_core::authentication::step_up::{INSUFFICIENT_USER_AUTHENTICATION, StepUp};
use cognito_core::{Error, ErrorKind};
use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::public::message;

/// The reason why a request was rejected.
///
/// Match with a `_` arm, because kinds may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// A predicate of the application returned `false`, or the verifier returned an error with
    /// status 403, such as [`ErrorKind::UserDisabled`]. The error [`ErrorKind::InsufficientScope`]
    /// is an exception: its kind is [`InsufficientScope`](Self::InsufficientScope). Status 403.
    Denied,
    /// The sign-in of the token does not have the authentication level that the guard or the
    /// verifier requires, or is too old. The token is valid, but the user must sign in again (RFC
    /// 9470). Status 401.
    InsufficientAuthentication,
    /// The token does not have a required scope, or the verifier returned the error
    /// [`ErrorKind::InsufficientScope`]. The verifier of `cognito-jwt` returns this error for a
    /// missing scope, a missing group and an actor that is not allowed. Status 403.
    InsufficientScope,
    /// The request has more than one token, more than one header `Authorization`, or more than
    /// 1,000 cookies. Status 400.
    InvalidRequest,
    /// The token is invalid: malformed, forged, expired, revoked or of another kind. For example,
    /// it is an ID token where an access token is required. Status 401.
    InvalidToken,
    /// The request has no token. Status 401.
    MissingToken,
    /// The user is not in a group that the guard requires. Status 403.
    NotInGroup,
    /// The token could not be checked, for example because the pool's keys are unavailable. The
    /// token may be valid, so the client must not sign out the user. Status 503.
    Unavailable,
}

impl RejectionKind {
    /// Returns the name of the kind, such as `MissingToken`. The names are a closed set and can be
    /// metric labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Denied => "Denied",
            Self::InsufficientAuthentication => "InsufficientAuthentication",
            Self::InsufficientScope => "InsufficientScope",
            Self::InvalidRequest => "InvalidRequest",
            Self::InvalidToken => "InvalidToken",
            Self::MissingToken => "MissingToken",
            Self::NotInGroup => "NotInGroup",
            Self::Unavailable => "Unavailable",
        }
    }

    /// Returns the HTTP status of the response.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::InsufficientAuthentication | Self::InvalidToken | Self::MissingToken => {
                StatusCode::UNAUTHORIZED
            }
            Self::Denied | Self::InsufficientScope | Self::NotInGroup => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns the error code of RFC 6750 section 3.1 or RFC 9470 section 3. Returns `None` if the request has no token,
    /// or if the token could not be checked.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::InvalidRequest => Some("invalid_request"),
            Self::InvalidToken => Some("invalid_token"),
            Self::InsufficientAuthentication => Some(INSUFFICIENT_USER_AUTHENTICATION),
            // "The request requires higher privileges than provided by the access token."
            Self::Denied | Self::InsufficientScope | Self::NotInGroup => Some("insufficient_scope"),
            Self::MissingToken | Self::Unavailable => None,
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Denied | Self::NotInGroup => "This account is not allowed to do that",
            Self::InsufficientAuthentication => message(ErrorKind::InsufficientAuthentication),
            Self::InsufficientScope => message(ErrorKind::InsufficientScope),
            Self::InvalidRequest => "The request has more than one token",
            Self::InvalidToken => message(ErrorKind::TokenInvalid),
            Self::MissingToken => "Please sign in",
            Self::Unavailable => message(ErrorKind::KeysUnavailable),
        }
    }

    /// Returns the kind for an error of the verifier. If the error is not about the token, the kind
    /// is `Unavailable`. The request is then rejected, but the client does not sign out the user.
    fn of(error: &Error) -> Self {
        match (error.kind(), error.status()) {
            (ErrorKind::InsufficientAuthentication, _) => Self::InsufficientAuthentication,
            (ErrorKind::InsufficientScope, _) => Self::InsufficientScope,
            (_, 400 | 401 | 404) => Self::InvalidToken,
            (_, 403) => Self::Denied,
            _ => Self::Unavailable,
        }
    }
}

/// The rejection of a request, with the data for the response.
///
/// It contains no part of the token.
#[derive(Clone, Debug)]
pub struct Rejection {
    kind: RejectionKind,
    at: SystemTime,
    error: Option<Error>,
    realm: Arc<str>,
    scopes: Option<Box<str>>,
    step_up: Option<Box<StepUp>>,
    resource_metadata: Option<Arc<str>>,
}

impl Rejection {
    /// Creates a rejection of this kind at this time. Use it in tests of a custom
    /// [`RejectionResponse`](crate::RejectionResponse), and for rejections by custom code.
    pub fn new(kind: RejectionKind, now: SystemTime) -> Self {
        Self {
            kind,
            at: now,
            error: None,
            realm: DEFAULT_REALM.into(),
            scopes: None,
            step_up: None,
            resource_metadata: None,
        }
    }

    /// Creates the rejection for an error of the verifier. `now` is the time of the rejection.
    pub fn from_error(error: Error, now: SystemTime) -> Self {
        let kind = RejectionKind::of(&error);
        Self {
            error: Some(error),
            ..Self::new(kind, now)
        }
    }

    /// Sets the realm of the `WWW-Authenticate` challenge. Default: `api`. See
    /// [`Guard::realm`](crate::Guard::realm).
    pub fn with_realm(mut self, realm: impl Into<Arc<str>>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Sets the required scopes, which the `WWW-Authenticate` challenge names. Default: none.
    /// Strings that are not valid scopes are omitted.
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let mut named = String::new();
        for scope in scopes {
            // Security: an invalid scope could contain a quotation mark and end the string.
            if is_scope(scope.as_ref()) {
                named.push_str(if named.is_empty() { "" } else { " " });
                named.push_str(scope.as_ref());
            }
        }
        self.scopes = (!named.is_empty()).then(|| named.into());
        self
    }

    /// Sets the required strength of the sign-in, which the `WWW-Authenticate` challenge names
    /// (`acr_values`, `max_age`; RFC 9470 section 3). Default: none.
    pub fn with_step_up(mut self, step_up: StepUp) -> Self {
        self.step_up = (!step_up.is_empty()).then(|| Box::new(step_up));
        self
    }

    /// Sets the URL of the metadata of the resource, which the `WWW-Authenticate` challenge names
    /// (`resource_metadata`; RFC 9728 section 5.1). Default: none. An empty URL has no effect. See
    /// [`Guard::resource_metadata`](crate::Guard::resource_metadata).
    pub fn with_resource_metadata(mut self, url: impl Into<Arc<str>>) -> Self {
        self.resource_metadata = Some(url.into()).filter(|url: &Arc<str>| !url.is_empty());
        self
    }

    /// Returns the required strength of the sign-in, or `None` if the rejection requires none.
    pub fn step_up(&self) -> Option<&StepUp> {
        self.step_up.as_deref()
    }

    /// Returns the reason of the rejection. Match on the kind to handle the rejection.
    pub const fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// Returns the HTTP status of the response.
    pub const fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// Returns a message that is safe to show to any caller.
    pub fn message(&self) -> &'static str {
        // A client that sees this can refresh its tokens. Other details are for the operator.
        match self.error.as_ref().map(Error::kind) {
            Some(
                kind @ (ErrorKind::AccessRevoked
                | ErrorKind::TokenExpired
                | ErrorKind::TokenRevoked),
            ) => message(kind),
            _ => self.kind.message(),
        }
    }

    /// Returns the time at which the request was rejected.
    pub const fn moment(&self) -> SystemTime {
        self.at
    }

    /// Returns the error of the verifier, for logs and metrics. Returns `None` if the verifier was
    /// not called, or if it accepted the token.
    pub const fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Returns the time to wait before a retry: the time in the error of the verifier, or 10
    /// seconds if the error contains no time. Returns `None` if the kind is not
    /// [`RejectionKind::Unavailable`].
    pub fn retry_after(&self) -> Option<Duration> {
        let known = self.error.as_ref().and_then(Error::retry_after);
        (self.kind == RejectionKind::Unavailable).then(|| known.unwrap_or(RETRY))
    }

    /// Returns the challenge for the header `WWW-Authenticate` (RFC 6750 section 3). Returns `None`
    /// if the token could not be checked.
    pub fn www_authenticate(&self) -> Option<HeaderValue> {
        if self.kind == RejectionKind::Unavailable {
            return None;
        }
        let mut challenge = format!("Bearer realm=\"{}\"", quotable(&self.realm));
        let mut add = |name: &str, value: &str| {
            for text in [", ", name, "=\"", &quotable(value), "\""] {
                challenge.push_str(text);
            }
        };
        if let Some(code) = self.kind.code() {
            add("error", code);
            add("error_description", self.message());
        }
        if let Some(scopes) = &self.scopes {
            add("scope", scopes);
        }
        if let Some(step_up) = &self.step_up {
            if let Some(levels) = step_up.acr_values() {
                add("acr_values", &levels);
            }
            if let Some(age) = step_up.max_age {
                add("max_age", &age.as_secs().to_string());
            }
        }
        if let Some(url) = &self.resource_metadata {
            add("resource_metadata", url);
        }
        HeaderValue::try_from(challenge).ok()
    }

    /// Returns the headers of the response: the challenge and `Retry-After`, if the rejection has
    /// them, and `Cache-Control: no-store`.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.www_authenticate() {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = self.retry_after() {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, seconds.max(1).into());
        }
        headers
    }
}

/// Escapes a string for a quoted parameter of a challenge (RFC 9110 section 5.6.4). Drops all
/// characters that are not printable ASCII.
fn quotable(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    for c in text.chars().filter(|c| matches!(c, ' '..='~')) {
        if !is_plain(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    Cow::Owned(quoted)
}

/// Returns `true` for a `scope-token` of RFC 6749 section 3.3. Other strings cannot be scopes, so
/// the `WWW-Authenticate` challenge omits them.
fn is_scope(scope: &str) -> bool {
    let is_part = |byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~');
    !scope.is_empty() && scope.bytes().all(is_part)
}

/// The default realm. RFC 6750 section 3 requires at least one parameter in every challenge.
pub(crate) const DEFAULT_REALM: &str = "api";
/// The retry delay if the error of the token verifier has none. `cognito-jwt` fetches missing keys
/// again after one to sixty seconds.
const RETRY: Duration = Duration::from_secs(10);
