//! New tokens for a refresh token, and the end of one.

use crate::id::{DeviceKey, Username};
use crate::metadata::ClientMetadata;
use crate::secret::RefreshToken;

/// How new tokens are bought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshFlow {
    /// `GetTokensFromRefreshToken`: needs no user name, and is the only one that works where the
    /// app client rotates refresh tokens.
    #[default]
    GetTokens,
    /// `REFRESH_TOKEN_AUTH` of `InitiateAuth`: what there was before.
    #[non_exhaustive]
    Legacy {
        /// The user's name as Cognito knows it (the `username` claim of the access token), not an
        /// alias. The secret hash is made over it; a client without a secret needs none.
        username: Option<Username>,
    },
}

impl RefreshFlow {
    /// `REFRESH_TOKEN_AUTH` of an app client without a secret (`None`), or with one.
    #[must_use]
    pub const fn legacy(username: Option<Username>) -> Self {
        Self::Legacy { username }
    }
}

/// Buys new tokens (`GetTokensFromRefreshToken` or `InitiateAuth`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefreshRequest {
    /// The refresh token.
    pub refresh_token: RefreshToken,
    /// How.
    pub flow: RefreshFlow,
    /// The device that the person signed in from, where the pool remembers devices: without it
    /// Cognito then refuses the token.
    pub device_key: Option<DeviceKey>,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl RefreshRequest {
    /// New tokens for this refresh token.
    #[must_use]
    pub const fn new(refresh_token: RefreshToken) -> Self {
        Self {
            refresh_token,
            flow: RefreshFlow::GetTokens,
            device_key: None,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// Revokes a refresh token (`RevokeToken`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RevokeTokenRequest {
    /// The refresh token.
    pub refresh_token: RefreshToken,
}

impl RevokeTokenRequest {
    /// The end of this refresh token.
    #[must_use]
    pub const fn new(refresh_token: RefreshToken) -> Self {
        Self { refresh_token }
    }
}
