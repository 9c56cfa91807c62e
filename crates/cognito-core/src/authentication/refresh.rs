//! Requests to refresh tokens and to revoke refresh tokens.

use derive_new::new;

use crate::id::{DeviceKey, Username};
use crate::metadata::ClientMetadata;
use crate::secret::RefreshToken;

/// The API for refreshing tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshFlow {
    /// `GetTokensFromRefreshToken`. This API needs no user name. No other API supports the rotation
    /// of refresh tokens.
    #[default]
    GetTokens,
    /// `REFRESH_TOKEN_AUTH` of `InitiateAuth`, the older API.
    #[non_exhaustive]
    Legacy {
        /// The user name in Cognito (the `username` claim of the access token), not an alias. The
        /// secret hash is computed from this name. `None` for an app client without a secret.
        username: Option<Username>,
    },
}

impl RefreshFlow {
    /// Creates `REFRESH_TOKEN_AUTH`. For an app client without a secret, pass `None`.
    pub const fn legacy(username: Option<Username>) -> Self {
        Self::Legacy { username }
    }
}

record! {
    /// A request for new tokens (`GetTokensFromRefreshToken` or `InitiateAuth`).
    #[derive(Clone, Debug)]
    pub struct RefreshRequest {
        /// The refresh token.
        pub refresh_token: RefreshToken,
        ..
        /// The API that refreshes the tokens. Default: [`RefreshFlow::GetTokens`].
        pub flow: RefreshFlow,
        /// The key of the device of the sign-in. If the pool remembers devices, Cognito rejects a
        /// refresh without this key. Default: `None`.
        pub device_key: Option<DeviceKey>,
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
    }
}

/// A request to revoke a refresh token (`RevokeToken`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct RevokeTokenRequest {
    /// The refresh token.
    pub refresh_token: RefreshToken,
}
