//! The tokens that a sign-in ends with.

use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::device::NewDevice;
use crate::id::DeviceKey;
use crate::secret::{AccessToken, IdToken, RefreshToken};

/// What a complete sign-in or a refresh gives. Store the whole value: the refresh token may differ
/// from the one that was sent (rotation), and then the old one is dead.
///
/// It serializes to the JSON that a front end expects (`accessToken`, `idToken`, `refreshToken`,
/// `expiresIn` in seconds, `tokenType`), tokens in clear: that is what it is for. `Debug` shows
/// none of them.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "without its tokens a sign-in is lost, and after a rotation the old refresh token is dead"]
pub struct Tokens {
    /// Says what its holder may do; send it as `Authorization: Bearer …`.
    pub access_token: AccessToken,
    /// Says who somebody is.
    pub id_token: IdToken,
    /// Buys new access and ID tokens.
    pub refresh_token: RefreshToken,
    /// How long the access token lives from now.
    pub expires_in: Duration,
    /// The device that this sign-in came from, if the pool remembers devices and has not seen it
    /// before. Confirm it, or it is new again at the next sign-in.
    pub new_device: Option<NewDevice>,
    /// The device that the refresh token belongs to: the new one, or the one that was named. Without
    /// it Cognito calls the token an "Invalid Refresh Token".
    pub device_key: Option<DeviceKey>,
    /// A device that was named, and that Cognito does not know any more: what is kept of it is of no
    /// use, delete it. The sign-in went on without it.
    pub stale_device: Option<DeviceKey>,
}

impl Tokens {
    /// Puts tokens together.
    pub const fn new(
        access_token: AccessToken,
        id_token: IdToken,
        refresh_token: RefreshToken,
        expires_in: Duration,
    ) -> Self {
        Self {
            access_token,
            id_token,
            refresh_token,
            expires_in,
            new_device: None,
            device_key: None,
            stale_device: None,
        }
    }

    /// How the access token is presented: always `Bearer` (RFC 6750).
    #[must_use]
    pub const fn token_type(&self) -> &'static str {
        "Bearer"
    }
}

impl Serialize for Tokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("Tokens", 5)?;
        body.serialize_field("accessToken", self.access_token.expose())?;
        body.serialize_field("idToken", self.id_token.expose())?;
        body.serialize_field("refreshToken", self.refresh_token.expose())?;
        body.serialize_field("expiresIn", &self.expires_in.as_secs())?;
        body.serialize_field("tokenType", self.token_type())?;
        body.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_that_of_the_document_and_debug_shows_no_token() {
        let mut tokens = Tokens::new(
            AccessToken::new("aaa.bbb.ccc").unwrap(),
            IdToken::new("ddd.eee.fff").unwrap(),
            RefreshToken::new("ggg.hhh.iii.jjj.kkk").unwrap(),
            Duration::from_secs(3600),
        );
        assert_eq!(
            serde_json::to_value(&tokens).unwrap(),
            serde_json::json!({
                "accessToken": "aaa.bbb.ccc",
                "idToken": "ddd.eee.fff",
                "refreshToken": "ggg.hhh.iii.jjj.kkk",
                "expiresIn": 3600,
                "tokenType": "Bearer",
            })
        );
        tokens.new_device = Some(NewDevice::new(
            "eu-central-1_ffee".parse().unwrap(),
            "-mmm".parse().unwrap(),
        ));
        tokens.device_key = Some("eu-central-1_ffee".parse().unwrap());
        tokens.stale_device = Some("eu-central-1_ddcc".parse().unwrap());
        let shown = format!("{tokens:?}");
        for part in ["aaa", "ddd", "ggg", "ffee", "mmm", "ddcc"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}
