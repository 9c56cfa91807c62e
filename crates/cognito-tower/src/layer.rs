//! The layer that requires a token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{AccessClaims, Clock, IdClaims, TokenVerifier};
use tower_layer::Layer;

use crate::guard::Guard;
use crate::response::json::JsonBody;
use crate::service::GuardedService;
use crate::token_claims::TokenClaims;
use crate::token_source::TokenSource;

/// Generates setters that call the setter of the guard with the same name.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident($argument:ident: $type:ty);)*) => {$(
        $(#[$doc])*
        pub fn $name(self, $argument: $type) -> Self {
            Self {
                guard: self.guard.$name($argument),
                response: self.response,
            }
        }
    )*};
}

/// A layer that passes a request to the inner service only if it has a valid token. It adds the
/// claims to the request's extensions, as `Arc<AccessClaims>` or `Arc<IdClaims>`.
///
/// Other requests are rejected ([`rejection_response`](Self::rejection_response)) and do not reach
/// the inner service.
///
/// If two layers require an access token and an ID token, both tokens must belong to the same user.
/// Otherwise the second layer rejects the request (401).
///
/// # Preflights
///
/// Before a cross-origin request, a browser sends `OPTIONS` without a token (CORS, Fetch standard
/// section 3.2.2). This layer rejects it like any request without a token. Put the CORS layer
/// outside of this layer.
#[must_use = "a setter returns the changed value"]
pub struct RequireToken<C = AccessClaims, A = JsonBody> {
    guard: Guard<C>,
    response: Arc<A>,
}

impl RequireToken<AccessClaims> {
    /// Creates a layer that requires an access token. This is the usual choice for APIs.
    pub fn access(verifier: impl TokenVerifier) -> Self {
        Self::new(Guard::access(verifier))
    }
}

impl RequireToken<IdClaims> {
    /// Creates a layer that requires an ID token. Use it to identify the user. To decide what the
    /// user may do, use an access token.
    pub fn id(verifier: impl TokenVerifier) -> Self {
        Self::new(Guard::id(verifier))
    }
}

impl<C> RequireToken<C> {
    /// Creates a layer that accepts the requests that a guard accepts.
    pub fn new(guard: Guard<C>) -> Self {
        Self {
            guard,
            response: Arc::new(JsonBody::new()),
        }
    }
}

impl<C: TokenClaims, A> RequireToken<C, A> {
    /// Sets the response to rejected requests: [`JsonBody`],
    /// [`ProblemDetails`](crate::ProblemDetails), [`GrpcStatus`](crate::GrpcStatus), or a closure;
    /// see [`RejectionResponse`](crate::RejectionResponse). Default: [`JsonBody`].
    pub fn rejection_response<T>(self, response: T) -> RequireToken<C, T> {
        RequireToken {
            guard: self.guard,
            response: Arc::new(response),
        }
    }

    setters! {
        /// Sets the source of the token. Default: the header `Authorization`. See
        /// [`Guard::token_from`].
        token_from(source: TokenSource);
        /// Requires that the user is in a group; see [`Guard::group`].
        group(group: impl Into<String>);
        /// Requires that the user is in at least one of the groups; see [`Guard::any_group`].
        any_group(groups: impl IntoIterator<Item: Into<String>>);
        /// Requires that the user is in all of the groups; see [`Guard::all_groups`].
        all_groups(groups: impl IntoIterator<Item: Into<String>>);
        /// Requires that the sign-in has one of the authentication levels; see [`Guard::any_acr`].
        any_acr(levels: impl IntoIterator<Item: Into<String>>);
        /// Requires that the sign-in has at least this authentication level; see
        /// [`Guard::least_acr_level`].
        least_acr_level(level: u32);
        /// Sets the maximum time since the user signed in; see [`Guard::max_age`].
        max_age(age: Duration);
        /// Requires that a custom predicate returns `true`; see [`Guard::predicate`].
        predicate(predicate: impl Fn(&C) -> bool + Send + Sync + 'static);
        /// Sets the `realm` in the `WWW-Authenticate` challenges of rejections. Default: `api`. See
        /// [`Guard::realm`].
        realm(realm: impl Into<String>);
        /// Sets the URL of the metadata of the resource. The `WWW-Authenticate` challenges of
        /// rejections contain this URL. Default: none. See [`Guard::resource_metadata`].
        resource_metadata(url: impl Into<String>);
        /// Sets the clock that provides the time of a rejection (`timestamp` in the JSON body). The
        /// verifier checks the expiry of tokens with its own clock. Default: the clock of the
        /// operating system.
        clock(clock: impl Clock);
    }
}

impl<A> RequireToken<AccessClaims, A> {
    setters! {
        /// Requires that the token has a scope; see [`Guard::scope`].
        scope(scope: impl Into<String>);
        /// Requires that the token has at least one of the scopes; see [`Guard::any_scope`].
        any_scope(scopes: impl IntoIterator<Item: Into<String>>);
        /// Requires that the token has all of the scopes; see [`Guard::all_scopes`].
        all_scopes(scopes: impl IntoIterator<Item: Into<String>>);
    }
}

impl<S, C: TokenClaims, A> Layer<S> for RequireToken<C, A> {
    type Service = GuardedService<S, C, A>;

    fn layer(&self, inner: S) -> Self::Service {
        GuardedService::new(inner, self.guard.clone(), Arc::clone(&self.response))
    }
}

impl<C: TokenClaims, A> Clone for RequireToken<C, A> {
    fn clone(&self) -> Self {
        Self {
            guard: self.guard.clone(),
            response: Arc::clone(&self.response),
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
