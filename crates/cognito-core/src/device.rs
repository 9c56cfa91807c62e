//! The devices of users: Cognito's data about a device, and the secret data with which a device
//! identifies itself at a sign-in.

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

/// A new device, to which Cognito has assigned a key. The device is neither remembered nor listed
/// until it is confirmed (`ConfirmDevice`).
///
/// `Debug` shows neither the device key nor the device group key, because they identify a device of
/// a user.
#[derive(Clone, PartialEq, Eq, new)]
#[non_exhaustive]
#[must_use = "an unconfirmed device counts as new again at the next sign-in"]
pub struct NewDevice {
    /// The device key (`DeviceKey`), which Cognito assigns.
    pub key: DeviceKey,
    /// The device group key (`DeviceGroupKey`), which Cognito assigns together with the device key.
    /// It is part of the SRP proof of the device.
    pub group_key: DeviceGroupKey,
}

redacted!(NewDevice);

/// The secret data of a confirmed device. The service stores it and uses it at the next sign-in, to
/// prove that the user signs in from the same device.
///
/// All of the data is secret. If the pool accepts a remembered device instead of the second factor,
/// an attacker who has the data needs only the user's password.
///
/// The data stays valid after the tokens have expired. Therefore do not store it with the refresh
/// token. Store it in a database with the user, or in a cookie of the browser,
/// [serialized](Self::to_secret_string) and encrypted. `Debug` shows nothing, and the type does not
/// implement `Serialize`.
#[derive(Clone)]
#[non_exhaustive]
#[must_use = "a device without its stored password cannot be recognized"]
pub struct RememberedDevice {
    /// The device key (`DeviceKey`), which Cognito assigns.
    pub key: DeviceKey,
    /// The device group key (`DeviceGroupKey`), which Cognito assigns together with the device key.
    /// It is part of the SRP proof of the device.
    pub group_key: DeviceGroupKey,
    /// The password of the device. The device proves with SRP that it has the password, and never
    /// sends it.
    pub password: DevicePassword,
}

impl RememberedDevice {
    /// Creates the data of a device that was confirmed with this password (`ConfirmDevice`).
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
        /// The data to store for the next sign-in.
        pub device: RememberedDevice,
        ..
        /// `true` if the pool remembers a device only with the user's consent
        /// (`DeviceOnlyRememberedOnUserPrompt`). Ask the user. If the user agrees, set
        /// [`Remembered`](DeviceStatus::Remembered) with `UpdateDeviceStatus`. Until then the
        /// device does not replace the second factor.
        pub user_confirmation_necessary: bool,
    }
}

/// Whether a confirmed device is remembered (`DeviceRememberedStatusType`). If the pool allows it,
/// a remembered device replaces the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceStatus {
    /// The device is not remembered. It is still in the list of the user's devices.
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
    /// `lastIpAddress`, `created`, `modified`, `lastAuthenticated`. An unknown value is `null`.
    /// `Debug` shows the status and the names of the attributes, but neither the key nor a value of
    /// an attribute.
    #[derive(Clone)]
    pub struct Device {
        /// The device key (`DeviceKey`), which Cognito assigns.
        pub key: DeviceKey,
        ..
        /// Cognito's attributes of the device, by their AWS names, such as `device_name` and
        /// `last_ip_used`.
        pub attributes: Attributes,
        /// The time at which the device was created, if Cognito returned it.
        pub created: Option<SystemTime>,
        /// The time at which the device was last changed, if Cognito returned it.
        pub modified: Option<SystemTime>,
        /// The time at which the user last signed in with the device, if Cognito returned it.
        pub last_authenticated: Option<SystemTime>,
    }
}

impl Device {
    /// Returns the name of the device, or `None` if the user chose no name.
    pub fn name(&self) -> Option<&str> {
        self.attributes.value("device_name")
    }

    /// Returns the IP address that the device last used, or `None` if Cognito did not return it.
    pub fn last_ip_address(&self) -> Option<&str> {
        self.attributes.value("last_ip_used")
    }

    /// Returns whether the device is remembered, or `None` if Cognito returned no known status.
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
        /// The devices on this page.
        devices: Device
    }
}
