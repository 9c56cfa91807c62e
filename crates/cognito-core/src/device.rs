//! Devices: what Cognito knows of them, and what a device keeps to be known again.

pub(crate) mod text;

use std::fmt;
use std::time::SystemTime;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::administration::page::PageToken;
use crate::clock::rfc3339;
use crate::id::{DeviceGroupKey, DeviceKey};
use crate::secret::DevicePassword;
use crate::user::Attributes;

/// A device that Cognito has given a key to. It is not remembered yet, and not even listed, until it
/// is confirmed (`ConfirmDevice`).
///
/// `Debug` shows neither key: together they name one device of one person.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a device that is not confirmed is a new one again at the next sign-in"]
pub struct NewDevice {
    /// The device's key.
    pub key: DeviceKey,
    /// The group that the key belongs to; part of the device's password proof.
    pub group_key: DeviceGroupKey,
}

impl NewDevice {
    /// A device by its key and group key.
    pub const fn new(key: DeviceKey, group_key: DeviceGroupKey) -> Self {
        Self { key, group_key }
    }
}

impl fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewDevice(** redacted **)")
    }
}

/// What a confirmed device keeps, to prove at the next sign-in that it is the same.
///
/// All of it is secret: in a pool that lets a remembered device stand for the second factor, whoever
/// has it needs only the password. It outlives the tokens, so it is kept beside the name of the
/// person and not beside the refresh token: in a database, or [written out](Self::write_out) and
/// sealed in a cookie of the browser that it stands for. `Debug` shows nothing, and it has no
/// `Serialize`.
#[derive(Clone)]
#[non_exhaustive]
#[must_use = "a device that forgets its password cannot be known again"]
pub struct RememberedDevice {
    /// The device's key.
    pub key: DeviceKey,
    /// The group that the key belongs to.
    pub group_key: DeviceGroupKey,
    /// What the device proves with SRP. It never leaves this process but for its own keeping.
    pub password: DevicePassword,
}

impl RememberedDevice {
    /// A device that was confirmed with this password.
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

/// What the confirmation of a device gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "a device that forgets its password cannot be known again"]
pub struct ConfirmedDevice {
    /// What to keep for the next sign-in.
    pub device: RememberedDevice,
    /// Whether the pool remembers a device only if its person wants that
    /// (`DeviceOnlyRememberedOnUserPrompt`): ask them, and say
    /// [`Remembered`](DeviceStatus::Remembered) with `UpdateDeviceStatus` if they do. Until then the
    /// device stands for nothing.
    pub user_confirmation_necessary: bool,
}

impl ConfirmedDevice {
    /// A device that counts as remembered at once.
    pub const fn new(device: RememberedDevice) -> Self {
        Self {
            device,
            user_confirmation_necessary: false,
        }
    }
}

/// Whether a device stands for its person at a sign-in (`DeviceRememberedStatusType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceStatus {
    /// It does not. It is still listed.
    NotRemembered,
    /// It does.
    Remembered,
}

impl DeviceStatus {
    /// The status in Cognito's spelling, `not_remembered`.
    #[must_use]
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

/// A confirmed device, as its person and an operator see it (`DeviceType`).
///
/// It serializes for a page that lists somebody's devices: `key`, `name`, `status`, `lastIpAddress`,
/// `created`, `modified`, `lastAuthenticated`. `Debug` shows neither the key nor an attribute.
#[derive(Clone)]
#[non_exhaustive]
pub struct Device {
    /// The device's key.
    pub key: DeviceKey,
    /// What Cognito says of it, by AWS's names: `device_name`, `last_ip_used`, …
    pub attributes: Attributes,
    /// When it was confirmed.
    pub created: Option<SystemTime>,
    /// When it was last changed.
    pub modified: Option<SystemTime>,
    /// When somebody last signed in on it.
    pub last_authenticated: Option<SystemTime>,
}

impl Device {
    /// A device of which nothing else is known.
    #[must_use]
    pub const fn new(key: DeviceKey) -> Self {
        Self {
            key,
            attributes: Attributes::new(),
            created: None,
            modified: None,
            last_authenticated: None,
        }
    }

    /// What the person called it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.attributes.value("device_name")
    }

    /// The address that it was last seen at.
    #[must_use]
    pub fn last_ip_address(&self) -> Option<&str> {
        self.attributes.value("last_ip_used")
    }

    /// Whether it is remembered; `None` where Cognito does not say.
    #[must_use]
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

/// One page of devices. A page may be empty although more follow: go on while there is a token.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DevicePage {
    /// The devices.
    pub devices: Vec<Device>,
    /// Where the next page starts; `None` on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<PageToken>,
}

impl DevicePage {
    /// A page.
    #[must_use]
    pub const fn new(devices: Vec<Device>, next_token: Option<PageToken>) -> Self {
        Self {
            devices,
            next_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11";

    #[test]
    fn a_device_has_the_json_of_a_list_and_shows_no_key() {
        let mut device = Device::new(KEY.parse().unwrap());
        for (name, value) in [
            ("device_name", "My iPhone"),
            ("last_ip_used", "192.0.2.1"),
            ("dev:device_remembered_status", "not_remembered"),
        ] {
            device
                .attributes
                .insert_from_service(name, value.to_owned());
        }
        device.created = Some(std::time::UNIX_EPOCH);
        assert_eq!(
            serde_json::to_value(DevicePage::new(vec![device.clone()], None)).unwrap(),
            serde_json::json!({"devices": [{
                "key": KEY,
                "name": "My iPhone",
                "status": "not_remembered",
                "lastIpAddress": "192.0.2.1",
                "created": "1970-01-01T00:00:00.000Z",
                "modified": null,
                "lastAuthenticated": null,
            }]})
        );
        assert_eq!(device.status(), Some(DeviceStatus::NotRemembered));
        let shown = format!("{device:?}");
        for part in ["4d2ad41e", "iPhone", "192.0.2.1"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }

    #[test]
    fn a_status_that_is_none_is_not_guessed() {
        let mut device = Device::new(KEY.parse().unwrap());
        assert_eq!(device.status(), None);
        let attributes = &mut device.attributes;
        attributes.insert_from_service("dev:device_remembered_status", "perhaps".to_owned());
        assert_eq!(device.status(), None);
    }
}
