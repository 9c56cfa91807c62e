//! The session of a signed-in user: the tokens and the device in one value.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::device::RememberedDevice;
use crate::device::text::{WrittenDevice, WrittenNewDevice};
use crate::id::DeviceKey;
use crate::input::InvalidInput;
use crate::secret::{AccessToken, IdToken, RefreshToken, SerializedSession};
use crate::token::Tokens;

record! {
    /// The session of a signed-in user: the tokens, and the device from which the user signed in.
    ///
    /// If a pool remembers devices, a refresh token belongs to the device of its sign-in. If a
    /// refresh does not contain the key of the device, Cognito rejects the refresh with "Invalid
    /// Refresh Token". Store and refresh this value as a whole, so that the key is always sent.
    #[derive(Clone, Debug)]
    #[must_use = "the session is lost without its tokens"]
    pub struct UserSession {
        /// The tokens, and the key of the device to which the refresh token belongs.
        pub tokens: Tokens,
        ..
        /// The data of the remembered device for the next sign-in, or `None` if the device is not
        /// remembered. The data is valid longer than the tokens.
        pub device: Option<RememberedDevice>,
    }
}

impl UserSession {
    /// Sets the data of the remembered device from which the user signed in.
    pub fn on(mut self, device: RememberedDevice) -> Self {
        self.device = Some(device);
        self
    }

    /// Returns the session with the new tokens of a refresh. The data of the remembered device is
    /// kept. If one of the fields [`device_key`](Tokens::device_key),
    /// [`new_device`](Tokens::new_device) and [`stale_device`](Tokens::stale_device) of `tokens` is
    /// `None`, its previous value is kept.
    pub fn refreshed(&self, mut tokens: Tokens) -> Self {
        let before = &self.tokens;
        tokens.device_key = tokens.device_key.or_else(|| before.device_key.clone());
        tokens.new_device = tokens.new_device.or_else(|| before.new_device.clone());
        tokens.stale_device = tokens.stale_device.or_else(|| before.stale_device.clone());
        Self {
            tokens,
            device: self.device.clone(),
        }
    }

    /// Serializes the session, so that [`from_secret_string`](Self::from_secret_string) can restore
    /// it. The result is not encrypted and contains the tokens and the data of the device. Store it
    /// like other secrets, and encrypt it before it leaves the service.
    ///
    /// The stored `expires_in` is the lifetime at the sign-in or refresh. For the remaining
    /// lifetime, read `exp` of the access token.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the result is longer than 262,144 bytes, which no session of Cognito
    /// reaches.
    pub fn to_secret_string(&self) -> Result<SerializedSession, InvalidInput> {
        let tokens = &self.tokens;
        let key = |key: &'_ Option<DeviceKey>| key.as_ref().map(|key| key.as_str().to_owned());
        let written = Written {
            access_token: tokens.access_token.expose().into(),
            id_token: tokens.id_token.expose().into(),
            refresh_token: tokens.refresh_token.expose().into(),
            expires_in: tokens.expires_in.as_secs(),
            new_device: tokens.new_device.as_ref().map(WrittenNewDevice::from),
            device_key: key(&tokens.device_key).map(Cow::Owned),
            stale_device: key(&tokens.stale_device).map(Cow::Owned),
            device: self.device.as_ref().map(WrittenDevice::from),
        };
        // Serializing strings and numbers cannot fail.
        let text = serde_json::to_string(&written).map_err(|_| UNREADABLE)?;
        SerializedSession::new(text)
    }

    /// Restores a session from the result of [`to_secret_string`](Self::to_secret_string).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the string is not a serialized session, or if a version of this library
    /// with another format wrote it.
    pub fn from_secret_string(text: &SerializedSession) -> Result<Self, InvalidInput> {
        let written: Written<'_> = serde_json::from_str(text.expose()).map_err(|_| UNREADABLE)?;
        let mut tokens = Tokens::new(
            AccessToken::new(written.access_token)?,
            IdToken::new(written.id_token)?,
            RefreshToken::new(written.refresh_token)?,
            Duration::from_secs(written.expires_in),
        );
        tokens.new_device = written.new_device.map(TryInto::try_into).transpose()?;
        tokens.device_key = written.device_key.map(DeviceKey::new).transpose()?;
        tokens.stale_device = written.stale_device.map(DeviceKey::new).transpose()?;
        Ok(Self {
            tokens,
            device: written.device.map(TryInto::try_into).transpose()?,
        })
    }
}

impl From<Tokens> for UserSession {
    fn from(tokens: Tokens) -> Self {
        Self::new(tokens)
    }
}

/// The serialized form of a [`UserSession`]. Unknown members are rejected.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    #[serde(borrow)]
    access_token: Cow<'a, str>,
    #[serde(borrow)]
    id_token: Cow<'a, str>,
    #[serde(borrow)]
    refresh_token: Cow<'a, str>,
    expires_in: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    new_device: Option<WrittenNewDevice<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_key: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stale_device: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    device: Option<WrittenDevice<'a>>,
}

const UNREADABLE: InvalidInput = InvalidInput::new(
    "session",
    "must be the string that this version of the library wrote; otherwise sign the user in again",
);
