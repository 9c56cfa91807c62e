//! The tokens of a complete sign-in.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::device::NewDevice;
use crate::id::DeviceKey;
use crate::secret::{AccessToken, IdToken, RefreshToken};

record! {
    /// The result of a complete sign-in or a refresh. Store the whole value. If the app client
    /// rotates refresh tokens, the refresh token differs from the one in the request, which becomes
    /// invalid.
    ///
    /// The value serializes to the JSON for a front end (`accessToken`, `idToken`, `refreshToken`,
    /// `expiresIn` in seconds, `tokenType`). The tokens are not encrypted. `Debug` does not show
    /// the tokens.
    #[derive(Clone, Debug)]
    #[must_use = "the session is lost without its tokens, and after a rotation the old refresh token is invalid"]
    pub struct Tokens {
        /// The access token. Send it as `Authorization: Bearer …`.
        pub access_token: AccessToken,
        /// The ID token, which identifies the user.
        pub id_token: IdToken,
        /// The refresh token, for new access and ID tokens.
        pub refresh_token: RefreshToken,
        /// The remaining lifetime of the access token.
        pub expires_in: Duration,
        ..
        /// The new device of this sign-in, if the pool remembers devices. Confirm the device
        /// (`ConfirmDevice`); otherwise it counts as new again at the next sign-in.
        pub new_device: Option<NewDevice>,
        /// The device of the refresh token: the new device, or the one in the request. Without it,
        /// Cognito rejects a refresh as "Invalid Refresh Token".
        pub device_key: Option<DeviceKey>,
        /// A device that no longer exists in Cognito. The sign-in continued without it. Delete the
        /// stored device.
        pub stale_device: Option<DeviceKey>,
    }
}

impl Tokens {
    /// Returns the token type, which is always `Bearer` (RFC 6750).
    pub const fn token_type(&self) -> &'static str {
        "Bearer"
    }
}

/// The JSON of tokens for a front end.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenJson<'a> {
    pub(crate) access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<&'a str>,
    pub(crate) expires_in: u64,
    pub(crate) token_type: &'static str,
}

impl Serialize for Tokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = TokenJson {
            access_token: self.access_token.expose(),
            id_token: Some(self.id_token.expose()),
            refresh_token: Some(self.refresh_token.expose()),
            expires_in: self.expires_in.as_secs(),
            token_type: self.token_type(),
        };
        json.serialize(serializer)
    }
}
