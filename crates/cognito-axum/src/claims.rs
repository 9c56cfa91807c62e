//! Extractors for the claims of a request's token.

use std::ops::Deref;
use std::sync::Arc;

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use crate::token_guard::{Extracted, TokenGuard, TokenRejection};

macro_rules! extractor {
    ($(#[$doc:meta])* $claims:ident, $guard:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[allow(clippy::exhaustive_structs, reason = "taken apart in a handler's arguments")]
        pub struct $claims(pub Arc<cognito_core::$claims>);

        impl<S> FromRequestParts<S> for $claims
        where
            TokenGuard: FromRef<S>,
            S: Send + Sync,
        {
            type Rejection = TokenRejection;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Extracted<Self> {
                let guard = TokenGuard::from_ref(state);
                let claims = guard.$guard().authenticate_once(parts).await;
                claims.map(Self).map_err(|rejection| guard.rejection(rejection))
            }
        }

        /// Extracts the claims as an `Option`. `None` means that the request has no token. A
        /// request with an invalid token is rejected.
        impl<S> OptionalFromRequestParts<S> for $claims
        where
            TokenGuard: FromRef<S>,
            S: Send + Sync,
        {
            type Rejection = TokenRejection;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Extracted<Option<Self>> {
                let guard = TokenGuard::from_ref(state);
                let claims = guard.$guard().authenticate_once_optional(parts).await;
                let claims = claims.map(|claims| claims.map(Self));
                claims.map_err(|rejection| guard.rejection(rejection))
            }
        }

        impl Deref for $claims {
            type Target = cognito_core::$claims;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}

extractor!(
    /// An extractor for the claims of the request's access token. It requires a [`TokenGuard`] in
    /// the router's state. A request without a valid token is rejected with 401, and a request with
    /// more than one token with 400. If the token does not meet a requirement of the `TokenGuard`,
    /// the status is 403. If the token could not be verified, for example because the pool's keys
    /// are unavailable, the status is 503.
    ///
    /// ```
    /// use cognito_axum::AccessClaims;
    ///
    /// async fn orders(claims: AccessClaims) -> String {
    ///     format!("orders of {}", claims.sub)
    /// }
    ///
    /// async fn home(claims: Option<AccessClaims>) -> &'static str {
    ///     if claims.is_some() { "welcome back" } else { "hello" }
    /// }
    /// # drop((orders, home));
    /// ```
    ///
    /// A token is verified once per request, even with several extractors. If a
    /// [`RequireToken`](cognito_tower::RequireToken) layer has verified the token, the extractor
    /// can use the claims of the layer. For this, the guard of the layer must be a clone of the
    /// guard that was passed to [`TokenGuard::of`]. If the layer has another verifier or another
    /// token source, the extractor verifies the token again.
    ///
    /// If a handler also has an extractor for the ID token, both tokens must belong to the same
    /// user. Otherwise the request is rejected with 401.
    AccessClaims,
    access
);

extractor!(
    /// An extractor for the claims of the request's ID token. It works like [`AccessClaims`]. Use
    /// it to identify the user. To decide what the user may do, use an access token.
    IdClaims,
    id
);
