//! Extractors that require more than a valid access token: a group, a scope, or a recent sign-in or
//! one of a high enough level.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum_core::extract::{FromRef, FromRequestParts};
use cognito_core::AccessClaims;
use cognito_tower::Guard;
use http::request::Parts;

use crate::token_guard::{Extracted, TokenGuard, TokenRejection};

/// A type that names a group, for [`RequireGroup`].
///
/// ```
/// use cognito_axum::{RequireGroup, RequiredGroup};
///
/// struct Admins;
///
/// impl RequiredGroup for Admins {
///     const GROUP: &'static str = "admins";
/// }
///
/// async fn delete_everything(admin: RequireGroup<Admins>) -> String {
///     format!("deleted by {}", admin.sub)
/// }
/// # drop(delete_everything);
/// ```
pub trait RequiredGroup {
    /// The name of the group, as it appears in the claim `cognito:groups`.
    const GROUP: &'static str;
}

/// A type that names a scope, for [`RequireScope`].
///
/// ```
/// use cognito_axum::{RequireScope, RequiredScope};
///
/// struct ReadOrders;
///
/// impl RequiredScope for ReadOrders {
///     const SCOPE: &'static str = "orders/read";
/// }
///
/// async fn orders(claims: RequireScope<ReadOrders>) -> String {
///     format!("orders of {}", claims.sub)
/// }
/// # drop(orders);
/// ```
pub trait RequiredScope {
    /// The name of the scope, as it appears in the claim `scope`.
    const SCOPE: &'static str;
}

/// A type that names authentication levels and a maximum age of the sign-in, for
/// [`RequireSignIn`].
///
/// Security: the token of an [actor](AccessClaims::act) can have the level and the time of the user's
/// sign-in. To accept the user only, call `only_actors` of the verifier in `cognito-jwt` with an empty
/// list.
///
/// ```
/// use std::time::Duration;
///
/// use cognito_axum::{RequireSignIn, RequiredSignIn};
///
/// struct ForPayments;
///
/// impl RequiredSignIn for ForPayments {
///     const ANY_ACR: &'static [&'static str] = &["urn:cognito:loa:3", "urn:cognito:loa:4"];
///     const MAX_AGE: Option<Duration> = Some(Duration::from_secs(600));
/// }
///
/// async fn pay(claims: RequireSignIn<ForPayments>) -> String {
///     format!("paid by {}", claims.sub)
/// }
/// # drop(pay);
/// ```
pub trait RequiredSignIn {
    /// The accepted authentication levels, as in the claim `acr`. The preferred level is first.
    /// Security: with an empty list, every request is rejected.
    const ANY_ACR: &'static [&'static str];

    /// The maximum time since the user signed in. Default: no maximum.
    const MAX_AGE: Option<Duration> = None;
}

/// Adds the requirements of `R` to a guard.
fn with_sign_in<R: RequiredSignIn>(guard: Guard) -> Guard {
    let guard = guard.any_acr(R::ANY_ACR.iter().copied());
    match R::MAX_AGE {
        Some(age) => guard.max_age(age),
        None => guard,
    }
}

macro_rules! guard {
    (
        $(#[$doc:meta])* $guard:ident, $required:ident,
        $is_met:expr, $demand:expr
    ) => {
        $(#[$doc])*
        pub struct $guard<R> {
            claims: Arc<AccessClaims>,
            required: PhantomData<fn() -> R>,
        }

        impl<R> $guard<R> {
            /// Returns the claims of the access token.
            pub fn into_claims(self) -> Arc<AccessClaims> {
                self.claims
            }
        }

        impl<R, S> FromRequestParts<S> for $guard<R>
        where
            R: $required,
            TokenGuard: FromRef<S>,
            S: Send + Sync,
        {
            type Rejection = TokenRejection;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Extracted<Self> {
                let guard = TokenGuard::from_ref(state);
                let found = guard.access().authenticate_once(parts).await;
                let checked = found.and_then(|claims| {
                    let is_met: fn(&AccessClaims) -> bool = $is_met;
                    if !is_met(&claims) {
                        let demand: fn(Guard) -> Guard = $demand;
                        demand(guard.access().clone()).authorize(&claims)?;
                    }
                    Ok(claims)
                });
                let required = PhantomData;
                checked
                    .map(|claims| Self { claims, required })
                    .map_err(|rejection| guard.rejection(rejection))
            }
        }

        impl<R> Deref for $guard<R> {
            type Target = AccessClaims;

            fn deref(&self) -> &AccessClaims {
                &self.claims
            }
        }

        impl<R> Clone for $guard<R> {
            fn clone(&self) -> Self {
                Self {
                    claims: Arc::clone(&self.claims),
                    required: PhantomData,
                }
            }
        }

        impl<R> fmt::Debug for $guard<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($guard)).field(&self.claims).finish()
            }
        }
    };
}

guard!(
    /// An extractor for the claims of an access token whose user is in the group that `R` names. If
    /// the user is not in the group, the request is rejected with 403. For requests without a valid
    /// token, see [`AccessClaims`](crate::AccessClaims).
    RequireGroup,
    RequiredGroup,
    |claims| claims.has_group(R::GROUP),
    |guard| guard.group(R::GROUP)
);

guard!(
    /// An extractor for the claims of an access token with the scope that `R` names. If the token
    /// does not have the scope, the request is rejected with 403 (`insufficient_scope`). For
    /// requests without a valid token, see [`AccessClaims`](crate::AccessClaims).
    RequireScope,
    RequiredScope,
    |claims| claims.has_scope(R::SCOPE),
    |guard| guard.scope(R::SCOPE)
);

guard!(
    /// An extractor for the claims of an access token whose sign-in has one of the authentication
    /// levels of `R`, and is not older than `R` allows. Other tokens are rejected with 401 and
    /// `insufficient_user_authentication` (RFC 9470). For requests without a valid token, see
    /// [`AccessClaims`](crate::AccessClaims).
    RequireSignIn,
    RequiredSignIn,
    // The guard has the clock for the age.
    |_| false,
    with_sign_in::<R>
);
