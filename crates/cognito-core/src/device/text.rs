//! Serialization of a remembered device without encryption.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::device::{NewDevice, RememberedDevice};
use crate::id::{DeviceGroupKey, DeviceKey};
use crate::input::InvalidInput;
use crate::secret::{DevicePassword, SerializedDevice};

/// The serialized form of a device. Unknown members are rejected.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenDevice<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    group_key: Cow<'a, str>,
    #[serde(borrow)]
    password: Cow<'a, str>,
}

impl<'a> From<&'a RememberedDevice> for WrittenDevice<'a> {
    fn from(device: &'a RememberedDevice) -> Self {
        Self {
            key: device.key.as_str().into(),
            group_key: device.group_key.as_str().into(),
            password: device.password.expose().into(),
        }
    }
}

impl TryFrom<WrittenDevice<'_>> for RememberedDevice {
    type Error = InvalidInput;

    fn try_from(written: WrittenDevice<'_>) -> Result<Self, InvalidInput> {
        let device = NewDevice::new(
            DeviceKey::new(written.key)?,
            DeviceGroupKey::new(written.group_key)?,
        );
        Ok(Self::new(device, DevicePassword::new(written.password)?))
    }
}

impl RememberedDevice {
    /// Serializes the device, so that [`from_secret_string`](Self::from_secret_string) can restore
    /// it. The result is not encrypted and contains the password: store it like other secrets, and
    /// seal it before it leaves the service.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`], which never happens for a device that Cognito has confirmed.
    pub fn to_secret_string(&self) -> Result<SerializedDevice, InvalidInput> {
        let text = serde_json::to_string(&WrittenDevice::from(self)).map_err(|_| UNREADABLE)?;
        SerializedDevice::new(text)
    }

    /// Restores a serialized device.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the string was not written by
    /// [`to_secret_string`](Self::to_secret_string) of this version.
    pub fn from_secret_string(text: &SerializedDevice) -> Result<Self, InvalidInput> {
        let written: WrittenDevice<'_> =
            serde_json::from_str(text.expose()).map_err(|_| UNREADABLE)?;
        written.try_into()
    }
}

const UNREADABLE: InvalidInput = InvalidInput::new(
    "device",
    "must be the string that this version of the library wrote; otherwise sign in without a device",
);
