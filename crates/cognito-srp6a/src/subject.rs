//! The subject of an SRP exchange: a user with a password, or a remembered device.

use zeroize::Zeroizing;

use crate::digest::digest;
use crate::error::SrpError;
use crate::group::Exponent;
use crate::integer::Integer;

/// The user or the remembered device whose password is proven in an SRP exchange.
///
/// A subject consists of two names. For a user, they are the names of the pool and the user. For a
/// device, they are the names of the device group and the device. SRP for a user and SRP for a
/// device differ only in these names.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    realm: String,
    name: String,
}

impl Subject {
    /// Creates the subject for a user of a pool, for the challenge `PASSWORD_VERIFIER`.
    ///
    /// `user_id_for_srp` is the parameter `USER_ID_FOR_SRP` of the challenge. It differs from the
    /// name that the user entered if that name is an alias, such as an e-mail address.
    ///
    /// # Errors
    ///
    /// [`SrpError::InvalidUserPoolId`] if the user pool id is invalid. See [`pool_name`].
    pub fn user(user_pool_id: &str, user_id_for_srp: impl Into<String>) -> Result<Self, SrpError> {
        Ok(Self {
            realm: pool_name(user_pool_id)?.to_owned(),
            name: user_id_for_srp.into(),
        })
    }

    /// Creates the subject for a remembered device, for the challenge `DEVICE_PASSWORD_VERIFIER`
    /// and for `ConfirmDevice`.
    ///
    /// `device_group_key` and `device_key` are from `NewDeviceMetadata`. The user is not part of
    /// the subject.
    pub fn device(device_group_key: impl Into<String>, device_key: impl Into<String>) -> Self {
        Self {
            realm: device_group_key.into(),
            name: device_key.into(),
        }
    }

    /// Returns x, the private key that SRP derives from a password. It is the SHA-256 of two
    /// values: the salt, and the digest of the subject's two [`names`](Self::names) and the
    /// password.
    pub(crate) fn private_key(&self, salt: &Integer, password: &str) -> Exponent {
        let identity = self.identity(password);
        Exponent::from_be_bytes(&*digest(&[&salt.encode(), &*identity]))
    }

    pub(crate) fn identity(&self, password: &str) -> Zeroizing<[u8; 32]> {
        let (realm, name) = self.names();
        digest(&[realm, name, b":", password.as_bytes()])
    }

    /// Returns the two names of the subject: pool and user, or device group and device. The digest
    /// of the password and the signed message start with these names.
    pub(crate) fn names(&self) -> (&[u8], &[u8]) {
        (self.realm.as_bytes(), self.name.as_bytes())
    }
}

redacted_debug!(Subject);

/// Returns the name in a user pool id: the part after the last underscore. For
/// `eu-central-1_aBcDeFgHi` it is `aBcDeFgHi`. SRP in Cognito uses this name, not the whole id.
///
/// # Errors
///
/// [`SrpError::InvalidUserPoolId`] if there is no underscore, or the part before or after it is
/// empty.
pub fn pool_name(user_pool_id: &str) -> Result<&str, SrpError> {
    match user_pool_id.rsplit_once('_') {
        Some((region, name)) if !region.is_empty() && !name.is_empty() => Ok(name),
        _ => Err(SrpError::InvalidUserPoolId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pool_name_excludes_its_region() {
        assert_eq!(pool_name("eu-central-1_aBcDeFgHi"), Ok("aBcDeFgHi"));
        for id in ["", "_", "eu-central-1", "eu-central-1_", "_aBcDeFgHi"] {
            assert_eq!(pool_name(id), Err(SrpError::InvalidUserPoolId), "{id:?}");
        }
    }

    #[test]
    fn no_name_shows() {
        let subject = Subject::user("eu-central-1_aBcDeFgHi", "ann").unwrap();
        assert_eq!(format!("{subject:?}"), "Subject(** redacted **)");
    }
}
