//! The grant `client_credentials`: an access token for an app client, without a user.

use std::collections::BTreeSet;
use std::time::Duration;

use derive_new::new;
use serde::{Serialize, Serializer};

use crate::hosted_login::names::{ResourceId, Scope};
use crate::secret::AccessToken;
use crate::token::TokenJson;

record! {
    /// A request for an access token with the grant `client_credentials`.
    #[derive(Clone, Debug, Default)]
    pub struct ClientCredentialsGrant {
        ..
        /// The requested scopes. Empty (default): all scopes of the app client.
        pub scopes: BTreeSet<Scope>,
        /// The resource for which the token is issued (`resource`, RFC 8707). Default: none.
        pub resource: Option<ResourceId>,
    }
}

/// The result of the grant `client_credentials`: an access token, without a refresh token and
/// without a user.
///
/// The value serializes like [`Tokens`](crate::Tokens), but without `idToken` and `refreshToken`.
/// The token in the JSON is not encrypted. `Debug` does not show the token.
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct ClientToken {
    /// The access token. Send it as `Authorization: Bearer …`.
    pub access_token: AccessToken,
    /// The lifetime of the token, counted from Cognito's response.
    pub expires_in: Duration,
    /// The requested scopes. Empty if no scope was requested: the token then has all scopes of the
    /// app client.
    pub scopes: BTreeSet<Scope>,
}

impl ClientToken {
    /// Returns the token type, which is always `Bearer` (RFC 6750).
    pub const fn token_type(&self) -> &'static str {
        "Bearer"
    }
}

impl Serialize for ClientToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = TokenJson {
            access_token: self.access_token.expose(),
            id_token: None,
            refresh_token: None,
            expires_in: self.expires_in.as_secs(),
            token_type: self.token_type(),
        };
        json.serialize(serializer)
    }
}
