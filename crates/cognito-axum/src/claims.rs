//! Extractors: who is there.

use std::ops::Deref;
use std::sync::Arc;

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use cognito_tower::RefusalKind;
use http::request::Parts;

use crate::token_guard::{TokenGuard, TokenRejection};

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

            async fn from_request_parts(
                parts: &mut Parts,
                state: &S,
            ) -> Result<Self, TokenRejection> {
                let guard = TokenGuard::from_ref(state);
                match guard.$guard().judge_once(parts).await {
                    Ok(claims) => Ok(Self(claims)),
                    Err(refusal) => Err(guard.rejection(refusal)),
                }
            }
        }

        /// Nobody, if no token came. A token that is bad is refused all the same.
        impl<S> OptionalFromRequestParts<S> for $claims
        where
            TokenGuard: FromRef<S>,
            S: Send + Sync,
        {
            type Rejection = TokenRejection;

            async fn from_request_parts(
                parts: &mut Parts,
                state: &S,
            ) -> Result<Option<Self>, TokenRejection> {
                let guard = TokenGuard::from_ref(state);
                match guard.$guard().judge_once(parts).await {
                    Ok(claims) => Ok(Some(Self(claims))),
                    Err(refusal) if refusal.kind() == RefusalKind::MissingToken => Ok(None),
                    Err(refusal) => Err(guard.rejection(refusal)),
                }
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
    /// An extractor: the claims of the request's access token. Without a good one the request is
    /// refused: 401, or 503 where there is no verdict. It needs a [`TokenGuard`] in the state.
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
    /// A token is verified once, however many extractors ask. Below a
    /// [`RequireToken`](cognito_tower::RequireToken) over the guard that [`TokenGuard::of`] was given,
    /// it takes that layer's verdict; what a layer with another verifier let through is judged anew.
    AccessClaims,
    access
);

extractor!(
    /// An extractor: the claims of the request's ID token, as [`AccessClaims`]. It says who somebody
    /// is; let an access token decide what they may do.
    IdClaims,
    id
);
