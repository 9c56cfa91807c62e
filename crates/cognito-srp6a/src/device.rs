//! The registration of a device: its secret, and the values that Cognito receives.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::digest::random;
use crate::error::SrpError;
use crate::subject::Subject;
use crate::verifier::Verifier;

/// The values that register a device with `ConfirmDevice`, after a sign-in that returned
/// `NewDeviceMetadata`.
///
/// The device stores the password, the device group key and the device key, for later sign-ins.
/// Cognito receives the salt and the password verifier.
#[non_exhaustive]
pub struct DeviceRegistration {
    /// The secret that the device proves at later sign-ins, like the password of a user.
    pub password: DevicePassword,
    /// `DeviceSecretVerifierConfig.Salt`, in Base64.
    pub salt: String,
    /// `DeviceSecretVerifierConfig.PasswordVerifier`, in Base64.
    pub password_verifier: String,
}

impl DeviceRegistration {
    /// Creates a password of 320 random bits and its verifier.
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

/// The secret of a remembered device.
#[derive(Clone)]
pub struct DevicePassword(SecretString);

impl DevicePassword {
    fn random() -> Result<Self, SrpError> {
        let bytes: Zeroizing<[u8; 40]> = random()?;
        Ok(Self(STANDARD.encode(bytes.as_slice()).into()))
    }

    /// Returns the secret value. Store it like the other secrets of the device, and never log it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

redacted_debug!(DevicePassword);
