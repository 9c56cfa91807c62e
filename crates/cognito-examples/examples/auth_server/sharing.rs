//! The state that several instances of the site share: revocations, attempt counters and keys.

use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::rand;
use cognito::CognitoBuilder;
use cognito::revocation::WhenStale;
use cognito::store::{RedisConfig, SealKey};
use zeroize::Zeroizing;

use crate::site::Failure;

/// The configuration of the shared store, and the behaviour if it is unavailable.
#[derive(Clone, Debug)]
pub(crate) struct Sharing {
    pub(crate) redis: RedisConfig,
    pub(crate) when_stale: WhenStale,
}

/// The secret that all instances share. Each instance derives the same keys from it.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<[u8; Self::LEN]>);

impl Secret {
    const LEN: usize = 32;

    /// Creates a random secret for the instances in this process. Other processes cannot share it.
    pub(crate) fn random() -> Result<Self, Failure> {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        rand::fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// Parses the secret that all instances share. It must have 64 hexadecimal digits. Returns
    /// `None` for any other string.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits: Option<Vec<u8>> = text.chars().map(digit).collect();
        let digits = Zeroizing::new(digits?);
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        if digits.len() != 2 * Self::LEN {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
        }
        Some(Self(bytes))
    }

    /// Derives the key for one purpose (HKDF, RFC 5869). Different purposes have different keys.
    fn key(&self, purpose: &str) -> Result<Zeroizing<[u8; SealKey::LEN]>, Failure> {
        let purpose = [purpose.as_bytes()];
        let secret = Salt::new(HKDF_SHA256, b"auth_server").extract(self.0.as_ref());
        let mut key = Zeroizing::new([0; SealKey::LEN]);
        secret.expand(&purpose, HKDF_SHA256)?.fill(key.as_mut())?;
        Ok(key)
    }
}

fn digit(character: char) -> Option<u8> {
    character.to_digit(16)?.try_into().ok()
}

/// Security: the output does not contain the secret, because all keys are derived from it.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Adds the shared store, and the keys that are derived from the secret, to the builder of an
/// instance's `Cognito` client. Without a store and a secret, returns the builder unchanged.
pub(crate) fn joined(
    mut cognito: CognitoBuilder,
    sharing: Option<&Sharing>,
    secret: Option<&Secret>,
) -> Result<CognitoBuilder, Failure> {
    if let Some(secret) = secret {
        let challenges = secret.key("challenges")?;
        cognito = cognito
            .challenge_key(SealKey::new(challenges.as_ref())?)
            .attempt_key(secret.key("attempts")?.as_ref());
    }
    Ok(match sharing {
        Some(sharing) => cognito.redis(sharing.redis.clone(), sharing.when_stale),
        None => cognito,
    })
}

/// The identity of an instance. The pages of the instance show it.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) port: u16,
    /// The ports of all instances in this process.
    pub(crate) of: Vec<u16>,
}

impl Instance {
    /// Returns the ports of the other instances.
    pub(crate) fn others(&self) -> impl Iterator<Item = u16> {
        self.of.iter().copied().filter(|port| *port != self.port)
    }
}
