//! The devices of a user ([`Devices`]), which the pool can remember.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use cognito_srp6a::{SrpError, Subject, Verifier};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::acr::Progress;
use crate::model::failure::Failure;
use crate::model::thin::Empty;
use crate::model::time::timestamp;

/// The confirmed devices of a user, by device key.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Devices {
    confirmed: BTreeMap<String, Device>,
    /// The keys of devices that were confirmed and later forgotten (`ForgetDevice`,
    /// `AdminForgetDevice`). Such a key cannot be confirmed again, and refresh tokens that contain
    /// it are rejected.
    forgotten: BTreeSet<String>,
}

/// A device that a user has confirmed (`ConfirmDevice`).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) key: String,
    pub(crate) name: Option<String>,
    pub(crate) verifier: DeviceVerifier,
    /// `true` if the device is remembered. It can then replace the second factor.
    pub(crate) remembered: bool,
    pub(crate) created: SystemTime,
    pub(crate) modified: SystemTime,
    /// The time when the device last proved that it has its password ([`DeviceVerifier`]). Before
    /// the first proof, it is the time when the device was confirmed.
    pub(crate) authenticated: SystemTime,
    /// The sign-ins of the user for which only the proof of this device is missing. They are stored
    /// with the device, because the request that contains the proof has no session that could
    /// identify the sign-in.
    #[serde(skip)]
    pub(crate) waiting: Vec<Waiting>,
}

/// A sign-in for which only the proof of a device is missing.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) client: String,
    pub(crate) expires: SystemTime,
    pub(crate) progress: Progress,
}

/// The SRP verifier of a device's password, with the strings from which the verifier was created.
/// The client generates the password and sends only the salt and the verifier (`ConfirmDevice`).
/// With SRP, the device later proves that it has the password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "DeviceSecret", into = "DeviceSecret")]
pub(crate) struct DeviceVerifier {
    pub(crate) verifier: Verifier,
    secret: DeviceSecret,
}

/// The strings from which the SRP verifier of a device is created: the device group key, the device
/// key, and the salt and the password verifier from `DeviceSecretVerifierConfig`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DeviceSecret {
    pub(crate) group_key: String,
    pub(crate) key: String,
    pub(crate) salt: String,
    pub(crate) password_verifier: String,
}

impl TryFrom<DeviceSecret> for DeviceVerifier {
    type Error = SrpError;

    fn try_from(secret: DeviceSecret) -> Result<Self, SrpError> {
        let subject = Subject::device(secret.group_key.clone(), secret.key.clone());
        let (salt, value) = (&secret.salt, &secret.password_verifier);
        let verifier = Verifier::from_device_secret_verifier(subject, salt, value)?;
        Ok(Self { verifier, secret })
    }
}

impl From<DeviceVerifier> for DeviceSecret {
    fn from(verifier: DeviceVerifier) -> Self {
        verifier.secret
    }
}

impl Empty for Devices {
    const EMPTY: &'static Self = &Self {
        confirmed: BTreeMap::new(),
        forgotten: BTreeSet::new(),
    };
}

impl Devices {
    pub(crate) fn find(&self, key: &str) -> Option<&Device> {
        self.confirmed.get(key)
    }

    pub(crate) fn expect(&mut self, key: &str) -> Result<&mut Device, Failure> {
        self.confirmed.get_mut(key).ok_or_else(unknown)
    }

    pub(crate) fn is_forgotten(&self, key: &str) -> bool {
        self.forgotten.contains(key)
    }

    pub(crate) fn confirm(&mut self, device: Device) {
        self.confirmed.insert(device.key.clone(), device);
    }

    pub(crate) fn forget(&mut self, key: &str) -> Result<(), Failure> {
        self.confirmed.remove(key).ok_or_else(unknown)?;
        self.forgotten.insert(key.to_owned());
        Ok(())
    }

    /// Returns the devices of the user in the order of their keys. With `after`, returns only the
    /// devices with a greater key.
    pub(crate) fn after(&self, after: Option<&str>) -> impl Iterator<Item = &Device> {
        use std::ops::Bound;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.confirmed
            .range::<str, _>((start, Bound::Unbounded))
            .map(|(_, device)| device)
    }
}

impl Device {
    /// Adds a sign-in that waits for the proof of this device. Also removes waiting sign-ins that
    /// have expired.
    pub(crate) fn wait(&mut self, waiting: Waiting, now: SystemTime) {
        self.waiting.retain(|waiting| waiting.expires > now);
        self.waiting.push(waiting);
    }

    /// Removes and returns this client's sign-in that waits for the proof of this device. Returns
    /// `None` if there is no such sign-in, or if it has expired.
    pub(crate) fn take_waiting(&mut self, client: &str, now: SystemTime) -> Option<Waiting> {
        self.waiting.retain(|waiting| waiting.expires > now);
        let is_meant = |waiting: &Waiting| waiting.client == client;
        let place = self.waiting.iter().position(is_meant)?;
        Some(self.waiting.remove(place))
    }

    /// Returns the device as AWS's `DeviceType`. The last IP address is always 127.0.0.1.
    pub(crate) fn describe(&self) -> Value {
        let status = if self.remembered {
            "remembered"
        } else {
            "not_remembered"
        };
        let name = self.name.as_deref();
        let attributes: Value = [
            ("device_status", Some("valid")),
            ("device_name", name),
            ("last_ip_used", Some("127.0.0.1")),
            ("dev:device_remembered_status", Some(status)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some(json!({ "Name": name, "Value": value? })))
        .collect();
        json!({
            "DeviceKey": self.key,
            "DeviceAttributes": attributes,
            "DeviceCreateDate": timestamp(self.created),
            "DeviceLastModifiedDate": timestamp(self.modified),
            "DeviceLastAuthenticatedDate": timestamp(self.authenticated),
        })
    }
}

pub(crate) fn unknown() -> Failure {
    Failure::not_found("Device does not exist.")
}
