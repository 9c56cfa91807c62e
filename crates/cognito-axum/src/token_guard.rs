//! What the extractors ask who is there.

use std::fmt;
use std::sync::Arc;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use cognito_core::{Clock, TokenVerifier};
use cognito_tower::{Answer, DocumentBody, Guard, Refusal, TokenSource};

/// What the extractors ask: where the token stands, who verifies it, and how a refused request is
/// answered. It belongs into the router's state.
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
/// A state of your own gives it out with `FromRef`:
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
pub struct TokenGuard {
    access: Guard<cognito_core::AccessClaims>,
    id: Guard<cognito_core::IdClaims>,
    answers: Arc<dyn Answer<Body>>,
}

impl TokenGuard {
    /// Tokens from the header, verified by this verifier: the facade `Cognito`, or `cognito-jwt`'s
    /// `CognitoVerifier`.
    #[must_use]
    pub fn new(verifier: impl TokenVerifier) -> Self {
        let verifier = Arc::new(verifier);
        Self::of(Guard::access(Arc::clone(&verifier)), Guard::id(verifier))
    }

    /// Guards that are there already, with rules of their own: these hold for every extractor.
    #[must_use]
    pub fn of(
        access: Guard<cognito_core::AccessClaims>,
        id: Guard<cognito_core::IdClaims>,
    ) -> Self {
        Self {
            access,
            id,
            answers: Arc::new(DocumentBody::default()),
        }
    }

    /// Takes access tokens from there; from the header unless told otherwise.
    #[must_use]
    pub fn access_token_from(mut self, source: TokenSource) -> Self {
        self.access = self.access.token_from(source);
        self
    }

    /// Takes ID tokens from there; from the header unless told otherwise.
    #[must_use]
    pub fn id_token_from(mut self, source: TokenSource) -> Self {
        self.id = self.id.token_from(source);
        self
    }

    /// Takes both from the cookies of a session. Put [`SameOrigin`](crate::SameOrigin) over the
    /// routes: browsers send cookies whoever made the request.
    #[cfg(feature = "routes")]
    #[must_use]
    pub fn cookies(self, cookies: &crate::SessionCookies) -> Self {
        self.access_token_from(TokenSource::cookie(cookies.access_token_name()))
            .id_token_from(TokenSource::cookie(cookies.id_token_name()))
    }

    /// Answers refused requests so: with the body of the document ([`DocumentBody`]) unless told
    /// otherwise, with [`ProblemDetails`](cognito_tower::ProblemDetails), or by a closure.
    #[must_use]
    pub fn answers(mut self, answers: impl Answer<Body>) -> Self {
        self.answers = Arc::new(answers);
        self
    }

    /// Names what is guarded, for whoever reads a challenge; see [`Guard::realm`].
    #[must_use]
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        let realm = realm.into();
        self.access = self.access.realm(realm.clone());
        self.id = self.id.realm(realm);
        self
    }

    /// Takes the time of refusals from this clock. When a token expires, the verifier decides.
    #[must_use]
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

    pub(crate) fn rejection(&self, refusal: Refusal) -> TokenRejection {
        TokenRejection {
            refusal: Box::new(refusal),
            answers: Arc::clone(&self.answers),
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

/// A request that an extractor refused. It answers as its [`TokenGuard`] was told to.
#[must_use = "a rejection that is not returned is not answered"]
pub struct TokenRejection {
    refusal: Box<Refusal>,
    answers: Arc<dyn Answer<Body>>,
}

impl TokenRejection {
    /// Why it was refused.
    #[must_use]
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }
}

impl IntoResponse for TokenRejection {
    fn into_response(self) -> Response {
        self.answers.answer(&self.refusal)
    }
}

impl fmt::Debug for TokenRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRejection")
            .field("refusal", &self.refusal)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for TokenRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.refusal.message())
    }
}

impl std::error::Error for TokenRejection {}
