//! The verifier of a password. A server stores the verifier instead of the password.

use aws_lc_rs::hmac;

use crate::digest::random;
use crate::error::SrpError;
use crate::group::Residue;
use crate::integer::Integer;
use crate::parameter;
use crate::subject::Subject;

/// The values that a server stores instead of a password: a salt, and the generator g raised to the
/// power of a hash. The input of the hash is the salt, the two names of the subject (pool and user,
/// or device group and device) and the password. An attacker who steals a verifier can guess the
/// password offline, but cannot sign in with the verifier alone.
#[derive(Clone)]
pub struct Verifier {
    pub(crate) subject: Subject,
    pub(crate) salt: Integer,
    pub(crate) value: Residue,
}

impl Verifier {
    /// Creates the verifier of a password, with a new salt of 128 random bits.
    ///
    /// # Errors
    ///
    /// [`SrpError::CryptoLibrary`] if AWS-LC fails.
    pub fn new(subject: Subject, password: &str) -> Result<Self, SrpError> {
        let salt = Integer::from_be_bytes(&*random::<SALT_BYTES>()?);
        Ok(Self::with_salt(subject, password, salt))
    }

    pub(crate) fn with_salt(subject: Subject, password: &str, salt: Integer) -> Self {
        let value = Residue::generator_to_the(&subject.private_key(&salt, password));
        Self {
            subject,
            salt,
            value,
        }
    }

    /// Returns a verifier for a user who does not exist or has no password. No password matches
    /// this verifier. A client cannot distinguish the challenges of this verifier from the
    /// challenges of a stored verifier ([RFC 5054 section 2.5.1.3]).
    ///
    /// The same subject and key always have the same salt, like a user with a stored verifier. The
    /// call takes only microseconds, so its duration does not reveal that the user does not exist.
    ///
    /// # Security
    ///
    /// A caller who has the key can distinguish a simulated salt from a stored salt. Use at least
    /// 32 random bytes as the key, and keep the key secret.
    ///
    /// [RFC 5054 section 2.5.1.3]: https://www.rfc-editor.org/rfc/rfc5054#section-2.5.1.3
    pub fn simulated(subject: Subject, key: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let (realm, name) = subject.names();
        let derived = |purpose: &[u8]| hmac::sign(&key, &[purpose, realm, b"_", name].concat());
        let salt = derived(b"salt:");
        let salt = salt.as_ref().get(..SALT_BYTES).unwrap_or_default();
        Self {
            salt: Integer::from_be_bytes(salt),
            value: Residue::from_digest(derived(b"value:").as_ref()),
            subject,
        }
    }

    /// Creates the verifier of a device from the `DeviceSecretVerifierConfig` of `ConfirmDevice`.
    /// `salt` is its `Salt`, and `password_verifier` is its `PasswordVerifier`. Both are in Base64.
    ///
    /// # Errors
    ///
    /// - [`SrpError::Malformed`] if a value is not Base64, is empty, or is the two's complement of
    ///   a negative number. A value is negative if its highest bit is set and the client omitted
    ///   the leading zero byte, as some clients do. A device with such a value could not sign in.
    /// - [`SrpError::OutOfGroup`] if the verifier is not between 1 and N - 1.
    pub fn from_device_secret_verifier(
        subject: Subject,
        salt: &str,
        password_verifier: &str,
    ) -> Result<Self, SrpError> {
        let read = |parameter, text| {
            Integer::from_encoding(&parameter::base64(parameter, text)?)
                .ok_or(SrpError::Malformed { parameter })
        };
        let salt = read(DEVICE_SALT, salt)?;
        let value = read(DEVICE_VERIFIER, password_verifier)?;
        let value = Residue::from_outside(&value).ok_or(SrpError::OutOfGroup {
            parameter: DEVICE_VERIFIER,
        })?;
        Ok(Self {
            subject,
            salt,
            value,
        })
    }
}

redacted_debug!(Verifier);

const SALT_BYTES: usize = 16;
const DEVICE_SALT: &str = "DeviceSecretVerifierConfig.Salt";
const DEVICE_VERIFIER: &str = "DeviceSecretVerifierConfig.PasswordVerifier";
