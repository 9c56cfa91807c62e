//! Devices: Cognito's data about them, and the secrets that they store.

pub(crate) mod text;

use std::fmt;
use std::time::SystemTime;

use derive_new::new;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::administration::page::PageToken;
use crate::clock::rfc3339;
use crate::id::{DeviceGroupKey, DeviceKey};
use crate::secret::DevicePassword;
use crate::user::Attributes;

/// A new device, to which Cognito has assigned a key. It is neither remembered nor listed until it
/// is confirmed (`ConfirmDevice`).
///
/// `Debug` shows neither key, because together they identify a device of a user.
#[derive(Clone, PartialEq, Eq, new)]
#[non_exhaustive]
#[must_use = "an unconfirmed device counts as new again at the next sign-in"]
pub struct NewDevice {
    /// The device's key.
    pub key: DeviceKey,
    /// The group of the device's key. It is part of the device's SRP proof.
    pub group_key: DeviceGroupKey,
}

impl fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewDevice(** redacted **)")
    }
}

/// The data that a confirmed device stores to prove its identity at the next sign-in.
///
/// All of it is secret. If the pool accepts a remembered device instead of the second factor, an
/// attacker who has it needs only the password. It is valid longer than the tokens, so store it
/// with the user and not with the refresh token: in a database, or
/// [serialized](Self::to_secret_string) and sealed in a cookie of that browser. `Debug` shows
/// nothing, and it does not implement `Serialize`.
#[derive(Clone)]
#[non_exhaustive]
#[must_use = "a device without its stored password cannot be recognized"]
pub struct RememberedDevice {
    /// The device's key.
    pub key: DeviceKey,
    /// The group of the device's key.
    pub group_key: DeviceGroupKey,
    /// The password that the device proves with SRP. It is never sent.
    pub password: DevicePassword,
}

impl RememberedDevice {
    /// Creates the data of a device that was confirmed with this password.
    pub fn new(device: NewDevice, password: DevicePassword) -> Self {
        Self {
            key: device.key,
            group_key: device.group_key,
            password,
        }
    }
}

impl fmt::Debug for RememberedDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RememberedDevice(** redacted **)")
    }
}

/// The result of confirming a device.
#[derive(Clone, Debug, new)]
#[non_exhaustive]
#[must_use = "a device without its stored password cannot be recognized"]
pub struct ConfirmedDevice {
    /// The device to store for the next sign-in.
    pub device: RememberedDevice,
    /// `true` if the pool remembers a device only with the user's consent
    /// (`DeviceOnlyRememberedOnUserPrompt`). Ask the user, and set
    /// [`Remembered`](DeviceStatus::Remembered) with `UpdateDeviceStatus` if they agree. Until then
    /// the device does not replace a second factor.
    #[new(default)]
    pub user_confirmation_necessary: bool,
}

/// Whether a device is remembered (`DeviceRememberedStatusType`). A remembered device can replace
/// the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceStatus {
    /// The device is not remembered. It is still listed.
    NotRemembered,
    /// The device is remembered.
    Remembered,
}

impl DeviceStatus {
    /// Returns the status in Cognito's spelling, such as `not_remembered`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRemembered => "not_remembered",
            Self::Remembered => "remembered",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::NotRemembered, Self::Remembered]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// A confirmed device, as shown to its user and to operators (`DeviceType`).
///
/// It serializes to JSON for a list of a user's devices: `key`, `name`, `status`, `lastIpAddress`,
/// `created`, `modified`, `lastAuthenticated`. `Debug` shows neither the key nor an attribute.
#[derive(Clone, new)]
#[non_exhaustive]
pub struct Device {
    /// The device's key.
    pub key: DeviceKey,
    /// Cognito's attributes of the device, by their AWS names: `device_name`, `last_ip_used`, …
    #[new(default)]
    pub attributes: Attributes,
    /// The time of the confirmation.
    #[new(default)]
    pub created: Option<SystemTime>,
    /// The time of the last change.
    #[new(default)]
    pub modified: Option<SystemTime>,
    /// The time of the last sign-in on the device.
    #[new(default)]
    pub last_authenticated: Option<SystemTime>,
}

impl Device {
    /// Returns the name that the user chose for the device.
    pub fn name(&self) -> Option<&str> {
        self.attributes.value("device_name")
    }

    /// Returns the address that the device last used.
    pub fn last_ip_address(&self) -> Option<&str> {
        self.attributes.value("last_ip_used")
    }

    /// Returns whether the device is remembered. Returns `None` if Cognito did not send the status.
    pub fn status(&self) -> Option<DeviceStatus> {
        let status = self.attributes.value("dev:device_remembered_status")?;
        DeviceStatus::read(status)
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("status", &self.status())
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}

impl Serialize for Device {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = |moment: Option<SystemTime>| moment.map(rfc3339);
        let mut body = serializer.serialize_struct("Device", 7)?;
        body.serialize_field("key", self.key.as_str())?;
        body.serialize_field("name", &self.name())?;
        body.serialize_field("status", &self.status().map(DeviceStatus::as_str))?;
        body.serialize_field("lastIpAddress", &self.last_ip_address())?;
        body.serialize_field("created", &time(self.created))?;
        body.serialize_field("modified", &time(self.modified))?;
        body.serialize_field("lastAuthenticated", &time(self.last_authenticated))?;
        body.end()
    }
}

/// One page of devices. A page may be empty although more follow, so continue while there is a
/// token.
#[derive(Clone, Debug, Default, Serialize, new)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DevicePage {
    /// The devices.
    pub devices: Vec<Device>,
    /// The token of the next page, or `None` on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<PageToken>,
}
