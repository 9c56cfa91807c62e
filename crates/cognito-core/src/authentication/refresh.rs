//! New tokens for a refresh token, and the end of one.

use crate::metadata::ClientMetadata;
use crate::secret::RefreshToken;

/// Buys new tokens (`GetTokensFromRefreshToken`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefreshRequest {
    /// The refresh token.
    pub refresh_token: RefreshToken,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl RefreshRequest {
    /// New tokens for this refresh token.
    #[must_use]
    pub const fn new(refresh_token: RefreshToken) -> Self {
        Self {
            refresh_token,
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
