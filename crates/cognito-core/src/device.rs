//! Devices: Cognito's data about them, and the secrets that they store.

pub(crate) mod text;

use std::time::SystemTime;

use derive_new::new;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::administration::page::list_page;
use crate::clock::rfc3339;
use crate::id::{DeviceGroupKey, DeviceKey};
use crate::secret::DevicePassword;
use crate::user::Attributes;

/// A new device, to which Cognito has assigned a key. Until the device is confirmed
/// (`ConfirmDevice`), it is neither remembered nor listed.
///
/// `Debug` shows neither key, because the two keys identify a device of a user.
#[derive(Clone, PartialEq, Eq, new)]
#[non_exhaustive]
#[must_use = "an unconfirmed device counts as new again at the next sign-in"]
pub struct NewDevice {
    /// The device's key.
    pub key: DeviceKey,
    /// The device group key (`DeviceGroupKey`), which Cognito assigns together with the device key.
    /// It is part of the SRP proof of the device.
    pub group_key: DeviceGroupKey,
}

redacted!(NewDevice);

/// The data that a confirmed device stores to prove its identity at the next sign-in.
///
/// All of the data is secret. If the pool accepts a remembered device instead of the second factor,
/// an attacker who has the data needs only the password.
///
/// The data is valid longer than the tokens, so do not store it with the refresh token. Store it in
/// a database with the user, or [serialized](Self::to_secret_string) and encrypted in a cookie of
/// the browser. `Debug` shows nothing, and the type does not implement `Serialize`.
#[derive(Clone)]
#[non_exhaustive]
#[must_use = "a device without its stored password cannot be recognized"]
pub struct RememberedDevice {
    /// The device's key.
    pub key: DeviceKey,
    /// The group of the device's key.
    pub group_key: DeviceGroupKey,
    /// The password of the device. The device proves with SRP that it has the password, and never
    /// sends it.
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

redacted!(RememberedDevice);

record! {
    /// The result of confirming a device (`ConfirmDevice`).
    #[derive(Clone, Debug)]
    #[must_use = "a device without its stored password cannot be recognized"]
    pub struct ConfirmedDevice {
        /// The device to store for the next sign-in.
        pub device: RememberedDevice,
        ..
        /// `true` if the pool remembers a device only with the user's consent
        /// (`DeviceOnlyRememberedOnUserPrompt`). Ask the user, and set
        /// [`Remembered`](DeviceStatus::Remembered) with `UpdateDeviceStatus` if they agree. Until
        /// then the device does not replace a second factor.
        pub user_confirmation_necessary: bool,
    }
}

/// The status of a device (`DeviceRememberedStatusType`). A remembered device can replace the
/// second factor.
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

record! {
    /// A confirmed device, as shown to its user and to operators (`DeviceType`).
    ///
    /// A device serializes to JSON for a list of a user's devices: `key`, `name`, `status`,
    /// `lastIpAddress`, `created`, `modified`, `lastAuthenticated`. `Debug` shows neither the key
    /// nor an attribute.
    #[derive(Clone)]
    pub struct Device {
        /// The device's key.
        pub key: DeviceKey,
        ..
        /// Cognito's attributes of the device, by their AWS names: `device_name`, `last_ip_used`, …
        pub attributes: Attributes,
        /// The time of the confirmation.
        pub created: Option<SystemTime>,
        /// The time of the last change.
        pub modified: Option<SystemTime>,
        /// The time of the last sign-in on the device.
        pub last_authenticated: Option<SystemTime>,
    }
}

impl Device {
    /// Returns the name that the user chose for the device, or `None` if it has no name.
    pub fn name(&self) -> Option<&str> {
        self.attributes.value("device_name")
    }

    /// Returns the IP address that the device last used, or `None` if Cognito did not send it.
    pub fn last_ip_address(&self) -> Option<&str> {
        self.attributes.value("last_ip_used")
    }

    /// Returns whether the device is remembered. Returns `None` if Cognito did not send the status.
    pub fn status(&self) -> Option<DeviceStatus> {
        let status = self.attributes.value("dev:device_remembered_status")?;
        DeviceStatus::read(status)
    }
}

impl_debug!(Device as device { status: device.status(), attributes });

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

list_page! {
    /// One page of devices.
    DevicePage {
        /// The devices.
        devices: Device
    }
}
