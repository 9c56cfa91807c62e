//! The tokens of a complete sign-in.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::device::NewDevice;
use crate::id::DeviceKey;
use crate::secret::{AccessToken, IdToken, RefreshToken};

record! {
    /// The result of a complete sign-in or of a refresh.
    ///
    /// Store the whole value after each refresh. If the app client rotates refresh tokens, a
    /// refresh returns a new refresh token. The previous refresh token becomes invalid after the
    /// grace period of the app client.
    ///
    /// The value serializes to JSON for a front end (`accessToken`, `idToken`, `refreshToken`,
    /// `expiresIn` in seconds, `tokenType`). The tokens in the JSON are not encrypted. `Debug` does
    /// not show the tokens.
    #[derive(Clone, Debug)]
    #[must_use = "the session is lost without its tokens, and after a rotation the old refresh token is invalid"]
    pub struct Tokens {
        /// The access token. Send it as `Authorization: Bearer …`.
        pub access_token: AccessToken,
        /// The ID token, which identifies the user.
        pub id_token: IdToken,
        /// The refresh token, with which to get new access and ID tokens. If a refresh returned no
        /// new refresh token, this is the refresh token of the request.
        pub refresh_token: RefreshToken,
        /// The lifetime of the access token, counted from Cognito's response.
        pub expires_in: Duration,
        ..
        /// The new device of this sign-in. `None` if the device is not new or the pool does not
        /// remember devices. Confirm the device (`ConfirmDevice`); otherwise it counts as new again
        /// at the next sign-in.
        pub new_device: Option<NewDevice>,
        /// The key of the device to which the refresh token belongs: the new device, or the device
        /// of the request. If the pool remembers devices, every refresh must contain this key.
        /// Otherwise Cognito rejects the refresh with "Invalid Refresh Token".
        pub device_key: Option<DeviceKey>,
        /// The key of the stale device, or `None` if there is none. A device is stale if the
        /// sign-in named it, but it no longer exists in Cognito. The sign-in continued without it.
        /// Delete the stored device.
        pub stale_device: Option<DeviceKey>,
    }
}

impl Tokens {
    /// Returns the token type, which is always `Bearer` (RFC 6750).
    pub const fn token_type(&self) -> &'static str {
        "Bearer"
    }
}

/// The JSON of tokens for a front end. A token that is `None` is left out.
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
