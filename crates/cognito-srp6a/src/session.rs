//! The values that both sides compute from the two public values: the scrambling parameter and the
//! session key.

use aws_lc_rs::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::digest::digest;
use crate::error::SrpError;
use crate::group::Exponent;
use crate::integer::Integer;
use crate::subject::Subject;
use crate::timestamp::Timestamp;

/// The scrambling parameter, u: the SHA-256 of the two public values. It depends on both of them,
/// so that neither side can choose u.
pub(crate) struct ScramblingParameter(Zeroizing<[u8; 32]>);

impl ScramblingParameter {
    /// Computes u, the SHA-256 of the encodings of A and B. Fails with
    /// [`SrpError::ZeroScramblingParameter`] if u is 0.
    pub(crate) fn new(srp_a: &Integer, srp_b: &Integer) -> Result<Self, SrpError> {
        Self::checked(digest(&[&srp_a.encode(), &srp_b.encode()]))
    }

    fn checked(digest: Zeroizing<[u8; 32]>) -> Result<Self, SrpError> {
        // Security: u = 0 removes the password from the premaster secret.
        if digest.iter().all(|byte| *byte == 0) {
            return Err(SrpError::ZeroScramblingParameter);
        }
        Ok(Self(digest))
    }

    pub(crate) fn to_exponent(&self) -> Exponent {
        Exponent::from_be_bytes(&*self.0)
    }

    pub(crate) fn to_integer(&self) -> Integer {
        Integer::from_be_bytes(&*self.0)
    }
}

/// The HMAC key that both sides compute. The client signs its response with this key, and the
/// server verifies the signature.
pub(crate) struct SessionKey(pub(crate) Zeroizing<[u8; 16]>);

impl SessionKey {
    /// Derives the key with HKDF-SHA256 (RFC 5869). The input key material is the encoding of the
    /// premaster secret, S. The HKDF salt is the encoding of u.
    pub(crate) fn derive(u: &ScramblingParameter, premaster: &Integer) -> Result<Self, SrpError> {
        let mut key = Zeroizing::new([0; 16]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &u.to_integer().encode())
            .extract(&premaster.encode())
            .expand(&[b"Caldera Derived Key"], KeyLength)
            .and_then(|material| material.fill(&mut *key))
            .map_err(|_| SrpError::CryptoLibrary)?;
        Ok(Self(key))
    }

    /// Returns the HMAC-SHA256 of four values: the two names of the subject (pool and user, or
    /// device group and device), the secret block and the time.
    pub(crate) fn sign(
        &self,
        subject: &Subject,
        secret_block: &[u8],
        time: Timestamp,
    ) -> hmac::Tag {
        hmac::sign(&self.hmac(), &message(subject, secret_block, time))
    }

    /// Returns `true` if `signature` is the HMAC-SHA256 of four values: the two names of the
    /// subject (pool and user, or device group and device), the secret block and the time. The
    /// comparison is constant-time.
    pub(crate) fn verifies(
        &self,
        subject: &Subject,
        secret_block: &[u8],
        time: Timestamp,
        signature: &[u8],
    ) -> bool {
        let message = message(subject, secret_block, time);
        hmac::verify(&self.hmac(), &message, signature).is_ok()
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &*self.0)
    }
}

fn message(subject: &Subject, secret_block: &[u8], time: Timestamp) -> Vec<u8> {
    let (realm, name) = subject.names();
    [realm, name, secret_block, time.to_string().as_bytes()].concat()
}

/// The length of the session key in bytes, as a type that HKDF requires.
struct KeyLength;

impl hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_zero_scrambling_parameter() {
        let error = ScramblingParameter::checked(Zeroizing::new([0; 32])).err();
        assert_eq!(error, Some(SrpError::ZeroScramblingParameter));
        let mut digest = Zeroizing::new([0; 32]);
        digest[31] = 1;
        assert!(ScramblingParameter::checked(digest).is_ok());
    }
}
