//! The layer.

use std::fmt;
use std::sync::Arc;

use cognito_core::{AccessClaims, Clock, IdClaims, TokenVerifier};
use tower_layer::Layer;

use crate::answer::document::DocumentBody;
use crate::guard::Guard;
use crate::service::GuardedService;
use crate::token_claims::TokenClaims;
use crate::token_source::TokenSource;

/// Lets a request through to the service below only with a good token, and puts its claims among
/// the request's extensions, as `Arc<AccessClaims>` or `Arc<IdClaims>`.
///
/// Any other request is answered here ([`answers`](Self::answers)) and the service below does not
/// see it.
///
/// # Preflights
///
/// A browser asks with `OPTIONS` and without a token before it asks across origins (CORS, Fetch
/// standard section 3.2.2). Such a request is refused like any other: put the layer that answers
/// preflights over this one.
pub struct RequireToken<C = AccessClaims, A = DocumentBody> {
    guard: Guard<C>,
    answers: Arc<A>,
}

impl RequireToken<AccessClaims> {
    /// Asks for an access token: what an API takes.
    #[must_use]
    pub fn access(verifier: impl TokenVerifier) -> Self {
        Self::new(Guard::access(verifier))
    }
}

impl RequireToken<IdClaims> {
    /// Asks for an ID token. It says who somebody is; let an access token decide what they may do.
    #[must_use]
    pub fn id(verifier: impl TokenVerifier) -> Self {
        Self::new(Guard::id(verifier))
    }
}

impl<C> RequireToken<C> {
    /// Asks a guard that is there already.
    #[must_use]
    pub fn new(guard: Guard<C>) -> Self {
        Self {
            guard,
            answers: Arc::new(DocumentBody::new()),
        }
    }
}

impl<C: TokenClaims, A> RequireToken<C, A> {
    /// Answers so: [`DocumentBody`] unless told otherwise, [`ProblemDetails`](crate::ProblemDetails),
    /// [`GrpcStatus`](crate::GrpcStatus), or a closure; see [`Answer`](crate::Answer).
    #[must_use]
    pub fn answers<T>(self, answers: T) -> RequireToken<C, T> {
        RequireToken {
            guard: self.guard,
            answers: Arc::new(answers),
        }
    }

    /// As [`Guard::token_from`].
    #[must_use]
    pub fn token_from(self, source: TokenSource) -> Self {
        self.with(|guard| guard.token_from(source))
    }

    /// As [`Guard::group`].
    #[must_use]
    pub fn group(self, group: impl Into<String>) -> Self {
        self.with(|guard| guard.group(group))
    }

    /// As [`Guard::any_group`].
    #[must_use]
    pub fn any_group<I>(self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.with(|guard| guard.any_group(groups))
    }

    /// As [`Guard::all_groups`].
    #[must_use]
    pub fn all_groups<I>(self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.with(|guard| guard.all_groups(groups))
    }

    /// As [`Guard::predicate`].
    #[must_use]
    pub fn predicate(self, predicate: impl Fn(&C) -> bool + Send + Sync + 'static) -> Self {
        self.with(|guard| guard.predicate(predicate))
    }

    /// As [`Guard::realm`].
    #[must_use]
    pub fn realm(self, realm: impl Into<String>) -> Self {
        self.with(|guard| guard.realm(realm))
    }

    /// As [`Guard::clock`].
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        self.with(|guard| guard.clock(clock))
    }

    fn with(self, change: impl FnOnce(Guard<C>) -> Guard<C>) -> Self {
        Self {
            guard: change(self.guard),
            answers: self.answers,
        }
    }
}

impl<A> RequireToken<AccessClaims, A> {
    /// As [`Guard::scope`].
    #[must_use]
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.with(|guard| guard.scope(scope))
    }

    /// As [`Guard::any_scope`].
    #[must_use]
    pub fn any_scope<I>(self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.with(|guard| guard.any_scope(scopes))
    }

    /// As [`Guard::all_scopes`].
    #[must_use]
    pub fn all_scopes<I>(self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.with(|guard| guard.all_scopes(scopes))
    }
}

impl<S, C: TokenClaims, A> Layer<S> for RequireToken<C, A> {
    type Service = GuardedService<S, C, A>;

    fn layer(&self, inner: S) -> Self::Service {
        GuardedService::new(inner, self.guard.clone(), Arc::clone(&self.answers))
    }
}

impl<C: TokenClaims, A> Clone for RequireToken<C, A> {
    fn clone(&self) -> Self {
        Self {
            guard: self.guard.clone(),
            answers: Arc::clone(&self.answers),
        }
    }
}

impl<C, A> fmt::Debug for RequireToken<C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireToken")
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}
