//! The settings of the extractors that verify tokens, and the rejections that these extractors
//! return.

use std::fmt;
use std::sync::Arc;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use cognito_core::{Clock, TokenVerifier};
use cognito_tower::{Guard, JsonBody, Rejection, RejectionResponse, TokenSource};

/// The settings of the extractors for tokens: verifiers, token sources and the response to rejected
/// requests. Put a `TokenGuard` into the router's state.
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
/// A custom state type provides the guard with `FromRef`:
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
    /// Creates a guard for tokens in the header `Authorization`. Pass a `Cognito` client, or a
    /// `CognitoVerifier` of `cognito-jwt`, as the verifier.
    pub fn new(verifier: impl TokenVerifier) -> Self {
        let verifier = Arc::new(verifier);
        Self::of(Guard::access(Arc::clone(&verifier)), Guard::id(verifier))
    }

    /// Creates a `TokenGuard` from two [`Guard`]s of `cognito-tower`: `access` for access tokens,
    /// and `id` for ID tokens. If `access` has requirements, such as groups, every extractor for
    /// access tokens checks them. In the same way, the requirements of `id` apply to every
    /// extractor for ID tokens.
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

    /// Sets the source of access tokens. Default: the header `Authorization`, or the source of the
    /// guard that was passed to [`of`](Self::of).
    pub fn access_token_from(mut self, source: TokenSource) -> Self {
        self.access = self.access.token_from(source);
        self
    }

    /// Sets the source of ID tokens. Default: the header `Authorization`, or the source of the
    /// guard that was passed to [`of`](Self::of).
    pub fn id_token_from(mut self, source: TokenSource) -> Self {
        self.id = self.id.token_from(source);
        self
    }

    /// Reads the access token and the ID token from the cookies of a session. Add
    /// [`SameOrigin`](crate::SameOrigin) to the routes, because browsers can also send the cookies
    /// with requests that other origins cause.
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

    /// Sets the `realm` in `WWW-Authenticate`; see [`Guard::realm`]. Default: `api`, or the realms
    /// of the guards that were passed to [`of`](Self::of).
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        let realm = realm.into();
        self.access = self.access.realm(realm.clone());
        self.id = self.id.realm(realm);
        self
    }

    /// Sets the URL of the metadata of the resource, which the challenges of rejected access tokens
    /// name; see [`Guard::resource_metadata`]. Default: none, or the URL of the guard that was
    /// passed to [`of`](Self::of).
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.access = self.access.resource_metadata(url);
        self
    }

    /// Sets the clock for the timestamps of rejections. Default: the system clock, or the clocks of
    /// the guards that were passed to [`of`](Self::of). The verifier checks the expiry of tokens
    /// with its own clock.
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

    /// Creates the rejection that an extractor returns. It combines a [`Rejection`] of
    /// `cognito-tower` with the [response format](Self::rejection_response) of these settings.
    pub(crate) fn rejection(&self, rejection: Rejection) -> TokenRejection {
        TokenRejection {
            rejection: Box::new(rejection),
            response: Arc::clone(&self.response),
        }
    }
}

cognito_core::impl_debug!(TokenGuard { access, id });

pub(crate) type Extracted<T> = Result<T, TokenRejection>;

/// The rejection of a request by an extractor that requires a valid token.
/// [`TokenGuard::rejection_response`] determines the response.
#[must_use = "a rejection must be returned to be sent"]
pub struct TokenRejection {
    rejection: Box<Rejection>,
    response: Arc<dyn RejectionResponse<Body>>,
}

impl TokenRejection {
    /// Returns the rejection of the guard. It contains the reason, the status and the message.
    pub fn rejection(&self) -> &Rejection {
        &self.rejection
    }
}

impl IntoResponse for TokenRejection {
    fn into_response(self) -> Response {
        let response = self.response.response(&self.rejection);
        // For `AuthRoutes::answers`.
        #[cfg(feature = "routes")]
        let response = crate::shown::ShownRejection::added(response, &self.rejection);
        response
    }
}

cognito_core::impl_debug!(TokenRejection { rejection });

impl fmt::Display for TokenRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rejection.message())
    }
}

impl std::error::Error for TokenRejection {}
