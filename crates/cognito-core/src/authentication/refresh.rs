//! Requests to refresh tokens and to revoke refresh tokens.

use crate::id::{DeviceKey, Username};
use crate::metadata::ClientMetadata;
use crate::secret::RefreshToken;

/// The API that refreshes tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshFlow {
    /// `GetTokensFromRefreshToken`. It needs no user name and supports the rotation of refresh
    /// tokens.
    #[default]
    GetTokens,
    /// The flow `REFRESH_TOKEN_AUTH` of `InitiateAuth`, the older API. It does not support the
    /// rotation of refresh tokens.
    #[non_exhaustive]
    Legacy {
        /// The user name in Cognito (the `username` claim of the access token), not an alias. The
        /// secret hash is computed from this name. For an app client without a secret, it can be
        /// `None`.
        username: Option<Username>,
    },
}

impl RefreshFlow {
    /// Creates [`Legacy`](Self::Legacy), the flow `REFRESH_TOKEN_AUTH`. `username` is the user name
    /// in Cognito. For an app client without a secret, it can be `None`.
    pub const fn legacy(username: Option<Username>) -> Self {
        Self::Legacy { username }
    }
}

record! {
    /// A request for new tokens (`GetTokensFromRefreshToken` or `InitiateAuth`).
    #[derive(Clone, Debug)]
    pub struct RefreshRequest {
        /// The refresh token of the sign-in.
        pub refresh_token: RefreshToken,
        ..
        /// The API that refreshes the tokens. Default: [`RefreshFlow::GetTokens`].
        pub flow: RefreshFlow,
        /// The key of the device with which the user signed in. If the pool remembers devices,
        /// Cognito rejects a refresh without this key. Default: `None`.
        pub device_key: Option<DeviceKey>,
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
    }
}

record! {
    /// A request to revoke a refresh token (`RevokeToken`).
    #[derive(Clone, Debug)]
    pub struct RevokeTokenRequest {
        /// The refresh token to revoke.
        pub refresh_token: RefreshToken,
        ..
        /// `true` to also revoke the session of the browser at managed login from which the user
        /// signed in (`RevokeAssociatedSessions` is `LINKED`). Default: `false`.
        pub linked_sessions: bool,
    }
}
