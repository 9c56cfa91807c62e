//! The completed sign-in that a hook sees.

use std::net::IpAddr;
use std::sync::Arc;

use cognito_core::{ChallengeName, IdClaims};
use http::HeaderMap;

use crate::routes::caller::Caller;

/// A completed sign-in; see [`AuthRoutes::after_sign_in`](crate::AuthRoutes::after_sign_in). It
/// contains no token.
#[derive(Clone)]
#[non_exhaustive]
pub struct CompletedSignIn {
    /// The claims of the verified ID token. They identify the user.
    pub claims: Arc<IdClaims>,
    /// How the user signed in.
    pub method: SignInMethod,
    /// The IP address of the client, or `None` if it is unknown; see
    /// [`AuthRoutes::trusted_proxies`](crate::AuthRoutes::trusted_proxies).
    pub client_address: Option<IpAddr>,
    /// The headers of the request. They can contain the cookies of an earlier session.
    pub headers: HeaderMap,
}

impl CompletedSignIn {
    pub(super) fn new(claims: Arc<IdClaims>, method: SignInMethod, caller: &Caller) -> Self {
        Self {
            claims,
            method,
            client_address: caller.address,
            headers: caller.headers.clone(),
        }
    }
}

// Security: the headers can contain tokens.
cognito_core::impl_debug!(CompletedSignIn { claims, method });

/// How a user signed in; see [`CompletedSignIn`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInMethod {
    /// The last step was the response to this challenge, such as a second factor
    /// (`SOFTWARE_TOKEN_MFA`) or a new password (`NEW_PASSWORD_REQUIRED`).
    Challenge(ChallengeName),
    /// At managed login. The claims can name the identity provider.
    ManagedLogin,
    /// With the password alone.
    Password,
}
