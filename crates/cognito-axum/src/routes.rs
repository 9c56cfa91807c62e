//! The document's endpoints, ready to be mounted.

mod body;
mod caller;
mod delivery;
mod failure;
mod json;
mod logout;
mod monitoring;
mod passwords;
mod session;
mod sign_in;
mod sign_up;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use cognito::Cognito;
use cognito_core::{Clock, EnumerationPolicy, Error, InvalidInput, SystemClock};
use http::StatusCode;

use self::delivery::Delivery;
use crate::{ApiError, SameOrigin, SecurityHeaders, SessionCookies, TokenGuard, TrustedProxies};

/// A router with the endpoints of an authentication service.
///
/// ```
/// use cognito::Cognito;
/// use cognito_axum::{AuthRoutes, SessionCookies};
///
/// # fn example(cognito: Cognito) {
/// // Tokens in JSON, for apps and other servers:
/// let api = AuthRoutes::new(cognito.clone()).into_router();
/// // Tokens in cookies that no script can read, for browsers:
/// let site = AuthRoutes::new(cognito).cookies(SessionCookies::new()).into_router();
/// # drop((api, site)); }
/// ```
///
/// | route | takes | answers |
/// |---|---|---|
/// | `POST /auth/signup` | `email`, `password`, `attributes`? | `userId`, `confirmed`, `codeDelivery` |
/// | `POST /auth/confirm` | `email`, `code` | `success`, `message` |
/// | `POST /auth/resend-code` | `email` | `codeDelivery`, `message` |
/// | `POST /auth/login` | `email`, `password` | tokens, or a challenge |
/// | `POST /auth/verify-mfa` | `session`, `code` | tokens, or the next challenge |
/// | `POST /auth/setup-mfa` | `session` | `secretCode`, `session`: the code that an authenticator app then shows goes to `verify-mfa` |
/// | `POST /auth/new-password` | `session`, `newPassword`, `attributes`? | tokens, or the next challenge |
/// | `POST /auth/refresh` | `refreshToken`, `deviceKey`? | tokens |
/// | `POST /auth/forgot-password` | `email` | `codeDelivery`, `message` |
/// | `POST /auth/reset-password` | `email`, `code`, `newPassword` | `success`, `message` |
/// | `POST /auth/logout` | the access token, `refreshToken`, or both | `success`, `message` |
/// | `GET /auth/me` | the access token | `username`, `attributes`, `mfa` |
/// | `GET /auth/metrics` | if [asked for](Self::metrics) | what was counted |
/// | `GET /auth/health` | if [asked for](Self::health) | how the service is |
/// | `GET /livez`, `GET /readyz` | if [asked for](Self::probes) | 200, or 503 |
///
/// Bodies are JSON objects; a body with a duplicate name is rejected (400). `email` may be any name that the pool takes; where a `session` says whose sign-in
/// it is, an `email` is passed over. Every error has the body `{"statusCode", "message", "error",
/// "timestamp"}`, unknown paths below `/auth` and unknown methods too.
///
/// # Sessions of challenges
///
/// A challenge that is answered with `{"requiresMFA", "challenge", "session"}` is sealed in its
/// `session` ([`Cognito::challenge_to_state`]): the service keeps nothing, nothing of it is lost, and
/// nobody can read or change it. After a wrong code the same session goes on. Instances that answer
/// each other's challenges share a [key](cognito::CognitoBuilder::challenge_key).
///
/// # Cookies
///
/// With [`cookies`](Self::cookies), tokens and challenges are in cookies and never in JSON, and every
/// request that changes something must come from a page of the same origin ([`SameOrigin`]). Answers
/// are then `{"success", "message", "expiresIn"}` in the place of tokens, and requests need neither
/// `session` nor `refreshToken`.
///
/// Signing out clears the cookies whatever comes of it, and no other answer does: a refresh or a `me`
/// that failed may be the late answer to a tab whose session is over, and would take the cookies of a
/// newer one away that another tab has just got. After a 401 a page renews the session, and if that
/// is a 401 too, it asks the person to sign in, which puts new cookies in the place of the old. (A
/// cookie with a refresh token or a device that cannot be read is cleared: it would be in the way
/// for ever.)
///
/// Where the app client rotates refresh tokens, give it a grace period (`RetryGracePeriodSeconds`, up
/// to 60): tabs share one cookie, and a tab that renews a moment after another sends the token that
/// was just rotated away. Without a grace period it is told to sign in again although the session
/// lives.
///
/// # Signing out
///
/// `logout` ends every session of the person. If the access token has expired or is not there, it buys
/// another one for the refresh token first. It answers 200 if something was ended, if the session was
/// over already, or if nothing came at all (in cookies). Tokens that ended nothing are said to have
/// ended nothing: 401, 403 if the access token may not sign anybody out (its scopes), or 501 if
/// revoking was all that was left and the app client has that off.
///
/// # Who has an account
///
/// By default the responses do not reveal it ([`enumeration_policy`](Self::enumeration_policy)); the
/// rule is [`Error::public_outcome`]. `forgot-password` and `resend-code` respond as if a code was
/// sent to the name in the request (masked). A `login` to an account that does not exist, is not
/// confirmed, is disabled or is locked by Cognito fails like a wrong password, and `confirm` and
/// `reset-password` fail like a wrong code. The attempt guard counts all of these alike; its own
/// rejection (429 with `Retry-After`) depends on the name and the address only. `signup` responds 409
/// if the name is taken. How long Cognito takes is not hidden.
///
/// # Where requests come from
///
/// If the attempt guard has the client's address, it locks out a caller who guesses passwords and not
/// the account. Without an address it counts by account alone. Serve the router with
/// [`Server`](crate::Server) (feature `server`), which provides the address, and name your
/// [proxies](Self::trusted_proxies).
#[must_use = "routes do nothing until they are made into a router"]
pub struct AuthRoutes {
    shared: Shared,
    same_origin: SameOrigin,
    security_headers: SecurityHeaders,
    body_limit: usize,
    metrics: bool,
    health: bool,
    probes: bool,
    #[cfg(feature = "openapi")]
    openapi_path: Option<String>,
}

/// What every route knows.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) cognito: Cognito,
    pub(crate) delivery: Delivery,
    pub(crate) guard: TokenGuard,
    pub(crate) proxies: TrustedProxies,
    pub(crate) policy: EnumerationPolicy,
    pub(crate) custom_attributes: BTreeSet<String>,
    pub(crate) threat_protection: bool,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Shared {
    pub(crate) fn error(&self, error: impl Into<Error>) -> ApiError {
        ApiError::new(error.into())
            .policy(self.policy)
            .at(self.clock.now())
    }

    pub(crate) fn refused(&self, status: StatusCode, message: &'static str) -> ApiError {
        ApiError::refused(status, message).at(self.clock.now())
    }
}

/// The state of the routes.
pub(crate) type Routes = Arc<Shared>;

impl AuthRoutes {
    /// Endpoints of this facade that give tokens out in JSON.
    pub fn new(cognito: Cognito) -> Self {
        Self {
            shared: Shared {
                guard: TokenGuard::new(cognito.clone()),
                cognito,
                delivery: Delivery::Json,
                proxies: TrustedProxies::none(),
                policy: EnumerationPolicy::Hide,
                custom_attributes: BTreeSet::new(),
                threat_protection: false,
                clock: Arc::new(SystemClock::new()),
            },
            same_origin: SameOrigin::new(),
            security_headers: SecurityHeaders::new(),
            body_limit: BODY_LIMIT,
            metrics: false,
            health: false,
            probes: false,
            #[cfg(feature = "openapi")]
            openapi_path: None,
        }
    }

    /// Keeps tokens and challenges in these cookies and out of JSON. [`SameOrigin`] is then on.
    ///
    /// Routes of your own that take the cookies need [`SameOrigin`] as well;
    /// [`TokenGuard::cookies`] reads them.
    pub fn cookies(mut self, cookies: SessionCookies) -> Self {
        self.shared.guard = self.shared.guard.cookies(&cookies);
        self.shared.delivery = Delivery::Cookies(cookies);
        self
    }

    /// Which pages may send requests that change something, with cookies: those of the same origin,
    /// and those of origins that are named here. Without cookies it has no effect.
    pub fn same_origin(mut self, same_origin: SameOrigin) -> Self {
        self.same_origin = same_origin;
        self
    }

    /// The proxies before this service. None unless said: an address in a header is not believed.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.shared.proxies = proxies;
        self
    }

    /// Whether strangers may learn who has an account.
    pub const fn enumeration_policy(mut self, policy: EnumerationPolicy) -> Self {
        self.shared.policy = policy;
        self
    }

    /// Lets people set a custom attribute of the pool when they sign up or choose a new password:
    /// `custom:newsletter`. Standard attributes can always be set, custom ones only if they are named
    /// here: a pool may keep there what somebody may do. What the app client may not write
    /// (`WriteAttributes`) Cognito refuses in any case.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the name does not begin with `custom:`.
    pub fn custom_attribute(mut self, name: impl Into<String>) -> Result<Self, InvalidInput> {
        let name = name.into();
        if !name.starts_with(CUSTOM) {
            let rule = "must begin with custom: (others can be set anyway)";
            return Err(InvalidInput::new("attribute name", rule));
        }
        self.shared.custom_attributes.insert(name);
        Ok(self)
    }

    /// How long a body may be, in bytes. 16 KiB unless said otherwise.
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Other headers that make browsers careful.
    pub fn security_headers(mut self, headers: SecurityHeaders) -> Self {
        self.security_headers = headers;
        self
    }

    /// Tells the pool's threat protection where requests came from: the person's address, the path,
    /// the host, what the browser says of itself (`User-Agent` and the `Accept` headers), and
    /// the fingerprint that AWS's script makes, if the page sends it as
    /// `X-Amz-Cognito-Encoded-Data`. Cookies and tokens are not passed on.
    pub const fn threat_protection(mut self) -> Self {
        self.shared.threat_protection = true;
        self
    }

    /// Serves what was counted at `GET /auth/metrics`, to anybody: put it where only you get at it.
    pub const fn metrics(mut self) -> Self {
        self.metrics = true;
        self
    }

    /// Serves how the service is at `GET /auth/health`, to anybody: 200, or 503 when it cannot work.
    pub const fn health(mut self) -> Self {
        self.health = true;
        self
    }

    /// Serves `GET /livez` (200 as long as the process answers) and `GET /readyz` (503 when it
    /// cannot work), with nothing else in them, for who starts and stops instances.
    pub const fn probes(mut self) -> Self {
        self.probes = true;
        self
    }

    /// Where the time of timestamps comes from.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.shared.clock = Arc::new(clock);
        self.shared.guard = self.shared.guard.clock(Arc::clone(&self.shared.clock));
        self
    }

    /// Serves the [OpenAPI document](Self::openapi) at this path, to anybody.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] unless it is a path without parameters: `/openapi.json`.
    #[cfg(feature = "openapi")]
    pub fn openapi_at(mut self, path: impl Into<String>) -> Result<Self, InvalidInput> {
        let path = path.into();
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.');
        if !path.starts_with('/') || !path.bytes().all(fits) {
            let rule = "must be a path without parameters: /openapi.json";
            return Err(InvalidInput::new("path of the OpenAPI document", rule));
        }
        self.openapi_path = Some(path);
        Ok(self)
    }

    /// The OpenAPI 3.1 document of the routes that are mounted, as JSON.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub fn openapi(&self) -> serde_json::Value {
        crate::openapi::document(&crate::openapi::Mounted {
            cookies: self.shared.delivery.cookies(),
            metrics: self.metrics,
            health: self.health,
            probes: self.probes,
        })
    }

    /// The router, to be served or merged into another.
    ///
    /// It answers for every path below `/auth`; beside that it has no fallback.
    pub fn into_router(self) -> Router {
        let mut outer = Router::new();
        #[cfg(feature = "openapi")]
        if let Some(path) = &self.openapi_path {
            let document = self.openapi();
            let answer = async move || axum::Json(document);
            outer = outer.route(path, get(answer));
        }
        if self.probes {
            outer = outer
                .route("/livez", get(monitoring::live))
                .route("/readyz", get(monitoring::ready));
        }
        let shared = Arc::new(self.shared.clone());
        outer
            .nest("/auth", self.below_auth())
            // A nested router does not see it.
            .route("/auth/", any(failure::not_found))
            .layer(self.security_headers)
            .with_state(shared)
    }

    fn below_auth(&self) -> Router<Routes> {
        let mut routes = Router::new()
            .route("/signup", post(sign_up::sign_up))
            .route("/confirm", post(sign_up::confirm))
            .route("/resend-code", post(sign_up::resend_code))
            .route("/login", post(sign_in::login))
            .route("/verify-mfa", post(sign_in::verify_mfa))
            .route("/setup-mfa", post(sign_in::setup_mfa))
            .route("/new-password", post(sign_in::new_password))
            .route("/refresh", post(session::refresh))
            .route("/forgot-password", post(passwords::forgot))
            .route("/reset-password", post(passwords::reset))
            .route("/logout", post(logout::logout))
            .route("/me", get(session::me));
        if self.metrics {
            routes = routes.route("/metrics", get(monitoring::metrics));
        }
        if self.health {
            routes = routes.route("/health", get(monitoring::health));
        }
        routes = routes
            .fallback(failure::not_found)
            .method_not_allowed_fallback(failure::method_not_allowed)
            .layer(DefaultBodyLimit::max(self.body_limit));
        match &self.shared.delivery {
            Delivery::Cookies(_) => routes.layer(self.same_origin.clone()),
            Delivery::Json => routes,
        }
    }
}

/// What attributes of the pool's own begin with.
pub(crate) const CUSTOM: &str = "custom:";
/// 16 KiB: several times what the longest password and all attributes take.
const BODY_LIMIT: usize = 16 * 1024;

impl fmt::Debug for AuthRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthRoutes")
            .field("delivery", &self.shared.delivery)
            .field("policy", &self.shared.policy)
            .field("proxies", &self.shared.proxies)
            .finish_non_exhaustive()
    }
}
