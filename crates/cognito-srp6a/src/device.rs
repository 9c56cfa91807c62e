//! The registration of a device: the password that the device stores, and the values that Cognito
//! receives.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::digest::random;
use crate::error::SrpError;
use crate::subject::Subject;
use crate::verifier::Verifier;

/// The password of a new device, and the values that register the device with `ConfirmDevice`.
/// Create it after a sign-in that returned `NewDeviceMetadata`.
///
/// The device stores the password, the device group key and the device key for later sign-ins.
/// Cognito receives the salt and the password verifier.
#[non_exhaustive]
pub struct DeviceRegistration {
    /// The password of the device. At later sign-ins, the device proves with SRP that it has the
    /// password.
    pub password: DevicePassword,
    /// `DeviceSecretVerifierConfig.Salt`, in Base64.
    pub salt: String,
    /// `DeviceSecretVerifierConfig.PasswordVerifier`, in Base64.
    pub password_verifier: String,
}

impl DeviceRegistration {
    /// Creates a device password from 320 random bits, and the salt and verifier of the password.
    ///
    /// `device_group_key` and `device_key` are from `NewDeviceMetadata`.
    ///
    /// # Errors
    ///
    /// [`SrpError::CryptoLibrary`] if AWS-LC fails.
    pub fn new(device_group_key: &str, device_key: &str) -> Result<Self, SrpError> {
        let password = DevicePassword::random()?;
        let subject = Subject::device(device_group_key, device_key);
        let verifier = Verifier::new(subject, password.expose())?;
        Ok(Self {
            password,
            salt: STANDARD.encode(&*verifier.salt.encode()),
            password_verifier: STANDARD.encode(&*verifier.value.to_integer().encode()),
        })
    }
}

redacted_debug!(DeviceRegistration);

/// The password of a remembered device. `Debug` does not show it.
#[derive(Clone)]
pub struct DevicePassword(SecretString);

impl DevicePassword {
    fn random() -> Result<Self, SrpError> {
        let bytes: Zeroizing<[u8; 40]> = random()?;
        Ok(Self(STANDARD.encode(bytes.as_slice()).into()))
    }

    /// Returns the password as a string. Store it like the other secrets of the device, and never
    /// log it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

redacted_debug!(DevicePassword);
