//! The keys of devices. They contain a MAC of their user, so an unconfirmed device uses no memory.

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::random::{Random, uuid_text};

/// `NewDeviceMetadataType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewDevice {
    pub(crate) key: String,
    pub(crate) group_key: String,
}

/// Creates and verifies keys of devices.
#[derive(Default)]
pub(crate) struct DeviceKeys {
    /// The MAC key. It is created with the first device, like other keys.
    key: OnceLock<hmac::Key>,
}

impl DeviceKeys {
    /// Returns a new key for a device of this user.
    pub(crate) fn new_device(&self, region: &str, sub: &str, random: &Random) -> NewDevice {
        let draw = || hmac::Key::new(hmac::HMAC_SHA256, &random.bytes::<32>());
        let key = self.key.get_or_init(draw);
        let mut start = random.bytes::<8>();
        // The version of the UUID. The MAC must cover the final value.
        start[6] = (start[6] & 0x0f) | 0x40;
        made(key, start, region, sub)
    }

    /// Returns the device with this key. Returns `None` unless the key was created for this user.
    pub(crate) fn find(&self, device_key: &str, sub: &str) -> Option<NewDevice> {
        let (region, id) = device_key.rsplit_once('_')?;
        let id = uuid::Uuid::try_parse(id).ok()?;
        let mut start = [0; 8];
        start.copy_from_slice(&id.as_bytes()[..8]);
        let device = made(self.key.get()?, start, region, sub);
        (device.key == device_key).then_some(device)
    }
}

/// Creates a device key and its group key. Half of a device key is a MAC of the other half and the
/// user. The group key is such a MAC too.
fn made(key: &hmac::Key, start: [u8; 8], region: &str, sub: &str) -> NewDevice {
    let tag = hmac::sign(
        key,
        &[&start, region.as_bytes(), b" ", sub.as_bytes()].concat(),
    );
    let tag = tag.as_ref();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&start);
    bytes[8..].copy_from_slice(&tag[..8]);
    NewDevice {
        key: format!("{region}_{}", uuid_text(bytes)),
        group_key: format!("-{}", URL_SAFE_NO_PAD.encode(&tag[8..14])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_key_belongs_to_its_user() {
        let random = Random::new(None);
        let keys = DeviceKeys::default();
        let stranger = "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11";
        assert_eq!(keys.find(stranger, "ann"), None);
        let device = keys.new_device("us-east-1", "ann", &random);
        assert_eq!(keys.find(&device.key, "ann"), Some(device.clone()));
        assert_eq!(keys.find(&device.key, "bob"), None);
        for forged in [
            device.key.replacen("us-east-1", "eu-west-1", 1),
            device.key.to_uppercase(),
            stranger.to_owned(),
            String::new(),
        ] {
            assert_eq!(keys.find(&forged, "ann"), None, "{forged}");
        }
        let other = keys.new_device("us-east-1", "ann", &random);
        assert_ne!(other, device);
        assert_ne!(other.group_key, device.group_key);
    }
}
