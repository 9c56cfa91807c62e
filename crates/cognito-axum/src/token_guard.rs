//! The state of the extractors: verifiers, token sources and error responses.

use std::fmt;
use std::sync::Arc;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use cognito_core::{Clock, TokenVerifier};
use cognito_tower::{Guard, JsonBody, Rejection, RejectionResponse, TokenSource};

/// The settings of the extractors: verifiers, token sources and the response to rejected requests.
/// Put it into the router's state.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use cognito_axum::{AccessClaims, TokenGuard};
///
/// # fn example(verifier: impl cognito_core::TokenVerifier) {
/// let app: Router = Router::new()
///     .route("/", get(async |claims: AccessClaims| claims.sub.clone()))
///     .with_state(TokenGuard::new(verifier));
/// # drop(app); }
/// ```
///
/// A custom state type provides it with `FromRef`:
///
/// ```
/// use axum::extract::FromRef;
/// use cognito_axum::TokenGuard;
///
/// #[derive(Clone)]
/// struct App {
///     guard: TokenGuard,
/// }
///
/// impl FromRef<App> for TokenGuard {
///     fn from_ref(app: &App) -> Self {
///         app.guard.clone()
///     }
/// }
/// ```
#[derive(Clone)]
#[must_use = "a setter returns the changed value"]
pub struct TokenGuard {
    access: Guard<cognito_core::AccessClaims>,
    id: Guard<cognito_core::IdClaims>,
    response: Arc<dyn RejectionResponse<Body>>,
}

impl TokenGuard {
    /// Creates a guard for tokens in the header `Authorization`. The verifier is the facade
    /// `Cognito`, or `CognitoVerifier` of `cognito-jwt`.
    pub fn new(verifier: impl TokenVerifier) -> Self {
        let verifier = Arc::new(verifier);
        Self::of(Guard::access(Arc::clone(&verifier)), Guard::id(verifier))
    }

    /// Creates a guard from existing guards. Their requirements apply to every extractor.
    pub fn of(
        access: Guard<cognito_core::AccessClaims>,
        id: Guard<cognito_core::IdClaims>,
    ) -> Self {
        Self {
            access,
            id,
            response: Arc::new(JsonBody::default()),
        }
    }

    /// Sets the source of access tokens. Default: the header `Authorization`.
    pub fn access_token_from(mut self, source: TokenSource) -> Self {
        self.access = self.access.token_from(source);
        self
    }

    /// Sets the source of ID tokens. Default: the header `Authorization`.
    pub fn id_token_from(mut self, source: TokenSource) -> Self {
        self.id = self.id.token_from(source);
        self
    }

    /// Reads both tokens from the cookies of a session. Add [`SameOrigin`](crate::SameOrigin) to
    /// the routes, because browsers also send cookies with requests that another site causes.
    #[cfg(feature = "routes")]
    pub fn cookies(self, cookies: &crate::SessionCookies) -> Self {
        self.access_token_from(TokenSource::cookie(cookies.access_token_name()))
            .id_token_from(TokenSource::cookie(cookies.id_token_name()))
    }

    /// Sets the response to rejected requests: [`JsonBody`],
    /// [`ProblemDetails`](cognito_tower::ProblemDetails) or a closure. Default: [`JsonBody`].
    pub fn rejection_response(mut self, response: impl RejectionResponse<Body>) -> Self {
        self.response = Arc::new(response);
        self
    }

    /// Sets the realm in challenges; see [`Guard::realm`].
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        let realm = realm.into();
        self.access = self.access.realm(realm.clone());
        self.id = self.id.realm(realm);
        self
    }

    /// Sets the clock that determines the time of a rejection. It does not affect the expiry of
    /// tokens, which the verifier checks with its own clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        let clock = Arc::new(clock);
        self.access = self.access.clock(Arc::clone(&clock));
        self.id = self.id.clock(clock);
        self
    }

    pub(crate) const fn access(&self) -> &Guard<cognito_core::AccessClaims> {
        &self.access
    }

    pub(crate) const fn id(&self) -> &Guard<cognito_core::IdClaims> {
        &self.id
    }

    pub(crate) fn rejection(&self, rejection: Rejection) -> TokenRejection {
        TokenRejection {
            rejection: Box::new(rejection),
            response: Arc::clone(&self.response),
        }
    }
}

impl fmt::Debug for TokenGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenGuard")
            .field("access", &self.access)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The rejection of an extractor. Its [`TokenGuard`] determines the response.
#[must_use = "a rejection must be returned to be sent"]
pub struct TokenRejection {
    rejection: Box<Rejection>,
    response: Arc<dyn RejectionResponse<Body>>,
}

impl TokenRejection {
    /// Returns the reason for the rejection.
    pub fn rejection(&self) -> &Rejection {
        &self.rejection
    }
}

impl IntoResponse for TokenRejection {
    fn into_response(self) -> Response {
        self.response.response(&self.rejection)
    }
}

impl fmt::Debug for TokenRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRejection")
            .field("rejection", &self.rejection)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for TokenRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rejection.message())
    }
}

impl std::error::Error for TokenRejection {}
