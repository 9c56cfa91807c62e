//! Why a request was not let in, and what is to be answered.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito_core::{Error, ErrorKind};
use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

/// Why a request was not let in.
///
/// Match with a `_` arm: kinds may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// A predicate of the application said no, or the verifier did for a reason that is no scope
    /// and no group. 403.
    Denied,
    /// The token lacks a scope, or more of what the verifier itself demands. 403.
    InsufficientScope,
    /// More than one token came. 400.
    InvalidRequest,
    /// The token is bad: malformed, forged, expired, revoked, of another kind. 401.
    InvalidToken,
    /// No token came. 401.
    MissingToken,
    /// The user is not in a group that is due. 403.
    NotInGroup,
    /// There is no verdict: the pool's keys could not be had, say. The token may be good, so nobody
    /// must be signed out over it. 503.
    Unavailable,
}

impl RefusalKind {
    /// The name of the kind, `MissingToken`. From a closed set, so fit for a metric label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Denied => "Denied",
            Self::InsufficientScope => "InsufficientScope",
            Self::InvalidRequest => "InvalidRequest",
            Self::InvalidToken => "InvalidToken",
            Self::MissingToken => "MissingToken",
            Self::NotInGroup => "NotInGroup",
            Self::Unavailable => "Unavailable",
        }
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::InvalidToken | Self::MissingToken => StatusCode::UNAUTHORIZED,
            Self::Denied | Self::InsufficientScope | Self::NotInGroup => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The error code of RFC 6750 section 3.1. There is none if nothing was sent that could be
    /// wrong, and none if nothing is wrong with the request.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::InvalidRequest => Some("invalid_request"),
            Self::InvalidToken => Some("invalid_token"),
            // "The request requires higher privileges than provided by the access token."
            Self::Denied | Self::InsufficientScope | Self::NotInGroup => Some("insufficient_scope"),
            Self::MissingToken | Self::Unavailable => None,
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Denied | Self::NotInGroup => "This account is not allowed to do that",
            Self::InsufficientScope => ErrorKind::InsufficientScope.message(),
            Self::InvalidRequest => "The request brings more than one token",
            Self::InvalidToken => ErrorKind::TokenInvalid.message(),
            Self::MissingToken => "Please sign in",
            Self::Unavailable => ErrorKind::KeysUnavailable.message(),
        }
    }

    /// What a verifier's error comes to. Whatever is no verdict on the token is none here: a
    /// verifier that is broken lets nobody in and signs nobody out.
    fn of(error: &Error) -> Self {
        match (error.kind(), error.status()) {
            (ErrorKind::InsufficientScope, _) => Self::InsufficientScope,
            (_, 400 | 401 | 404) => Self::InvalidToken,
            (_, 403) => Self::Denied,
            _ => Self::Unavailable,
        }
    }
}

/// A request that was not let in: all that an answer can say of it.
///
/// It holds nothing of the token.
#[derive(Clone, Debug)]
pub struct Refusal {
    kind: RefusalKind,
    at: SystemTime,
    error: Option<Error>,
    realm: Arc<str>,
    scopes: Option<Box<str>>,
}

impl Refusal {
    /// A refusal of this kind, now. For tests of your own [`Answer`](crate::Answer), and for what
    /// refuses beside a guard.
    #[must_use]
    pub fn new(kind: RefusalKind, now: SystemTime) -> Self {
        Self {
            kind,
            at: now,
            error: None,
            realm: DEFAULT_REALM.into(),
            scopes: None,
        }
    }

    /// What the error of a verifier comes to.
    #[must_use]
    pub fn from_error(error: Error, now: SystemTime) -> Self {
        let kind = RefusalKind::of(&error);
        Self {
            error: Some(error),
            ..Self::new(kind, now)
        }
    }

    /// The same of another realm; see [`Guard::realm`](crate::Guard::realm).
    #[must_use]
    pub fn with_realm(mut self, realm: impl Into<Arc<str>>) -> Self {
        self.realm = realm.into();
        self
    }

    /// The same with the scopes that were due.
    #[must_use]
    pub fn with_scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut named = String::new();
        for scope in scopes {
            // Security: what is no scope could end the quotes.
            if is_scope(scope.as_ref()) {
                named.push_str(if named.is_empty() { "" } else { " " });
                named.push_str(scope.as_ref());
            }
        }
        self.scopes = (!named.is_empty()).then(|| named.into());
        self
    }

    /// Why, as code decides by it.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// A sentence that is safe to show to anybody.
    #[must_use]
    pub fn message(&self) -> &'static str {
        // A client that is told so can refresh its tokens. What else went wrong is for the operator.
        match self.error.as_ref().map(Error::kind) {
            Some(
                kind @ (ErrorKind::AccessRevoked
                | ErrorKind::TokenExpired
                | ErrorKind::TokenRevoked),
            ) => kind.message(),
            _ => self.kind.message(),
        }
    }

    /// When it happened.
    #[must_use]
    pub const fn moment(&self) -> SystemTime {
        self.at
    }

    /// What the verifier said, if it was asked. For logs and metrics.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// How long to wait before the request can succeed, if waiting helps: when there is no verdict.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let known = self.error.as_ref().and_then(Error::retry_after);
        (self.kind == RefusalKind::Unavailable).then(|| known.unwrap_or(RETRY))
    }

    /// The challenge (RFC 6750 section 3), unless nothing is wrong with the request.
    #[must_use]
    pub fn www_authenticate(&self) -> Option<HeaderValue> {
        if self.kind == RefusalKind::Unavailable {
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
        HeaderValue::try_from(challenge).ok()
    }

    /// The headers of an answer: the challenge, when to come back, and that nobody keeps it.
    #[must_use]
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

/// What can stand between quotes in a challenge (RFC 9110 section 5.6.4, in ASCII).
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

/// `scope-token` of RFC 6749 section 3.3. No token can have another one, so naming it helps nobody.
fn is_scope(scope: &str) -> bool {
    let is_part = |byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~');
    !scope.is_empty() && scope.bytes().all(is_part)
}

/// RFC 6750 section 3 wants at least one parameter in every challenge.
pub(crate) const DEFAULT_REALM: &str = "api";
/// For a verifier that does not say. Ours asks for missing keys again after one to sixty seconds.
const RETRY: Duration = Duration::from_secs(10);
