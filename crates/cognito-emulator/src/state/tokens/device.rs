//! The keys of devices. A device key contains a MAC over the region, the user and random bytes. The
//! MAC shows that the emulator has created the key for this user. Therefore a device need not be
//! stored before it is confirmed.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::model::random::{MacIds, Random};

/// The device key and the device group key of a new device (AWS's `NewDeviceMetadataType`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewDevice {
    pub(crate) key: String,
    pub(crate) group_key: String,
}

/// A creator and verifier of device keys.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct DeviceKeys(MacIds);

impl DeviceKeys {
    /// Creates the secret key of the MACs in device keys if it does not exist yet.
    pub(super) fn create_key(&self, random: &Random) {
        self.0.create_key(random);
    }

    /// Returns the keys of a new device of the user with this `sub`.
    pub(crate) fn new_device(&self, region: &str, sub: &str, random: &Random) -> NewDevice {
        let (id, tag) = self.0.new_id(context(region, sub).as_bytes(), random);
        NewDevice {
            key: format!("{region}_{id}"),
            group_key: group_key(&tag),
        }
    }

    /// Returns the keys of the device with this device key. Returns `None` if the device key was
    /// not created for this user.
    pub(crate) fn find(&self, device_key: &str, sub: &str) -> Option<NewDevice> {
        let (region, id) = device_key.rsplit_once('_')?;
        let tag = self.0.find(id, context(region, sub).as_bytes())?;
        Some(NewDevice {
            key: device_key.to_owned(),
            group_key: group_key(&tag),
        })
    }
}

/// Returns the data that the MAC in a device key covers, in addition to the random part of the key.
fn context(region: &str, sub: &str) -> String {
    format!("{region} {sub}")
}

/// Returns the device group key. It encodes bytes of the device's MAC that the device key does not
/// contain.
fn group_key(tag: &hmac::Tag) -> String {
    format!("-{}", URL_SAFE_NO_PAD.encode(&tag.as_ref()[8..14]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_key_belongs_to_its_user() {
        let random = Random::new(None);
        let keys = DeviceKeys::default();
        let unknown = "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11";
        assert_eq!(keys.find(unknown, "ann"), None);
        let device = keys.new_device("us-east-1", "ann", &random);
        assert_eq!(keys.find(&device.key, "ann"), Some(device.clone()));
        assert_eq!(keys.find(&device.key, "bob"), None);
        for forged in [
            device.key.replacen("us-east-1", "eu-west-1", 1),
            device.key.to_uppercase(),
            unknown.to_owned(),
            String::new(),
        ] {
            assert_eq!(keys.find(&forged, "ann"), None, "{forged}");
        }
        let other = keys.new_device("us-east-1", "ann", &random);
        assert_ne!(other, device);
        assert_ne!(other.group_key, device.group_key);
    }
}
