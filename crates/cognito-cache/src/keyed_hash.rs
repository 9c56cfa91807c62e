//! An HMAC-SHA256 of several parts, such as a user name and an address. The result is a name that
//! does not reveal the parts.

use aws_lc_rs::digest::SHA256_OUTPUT_LEN;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use cognito_core::{Error, ErrorKind, Result};

pub(crate) fn random_key() -> Result<hmac::Key> {
    let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
    key.map_err(|_| no_random_numbers())
}

pub(crate) fn no_random_numbers() -> Error {
    Error::new(ErrorKind::Unknown).with_detail("the operating system returned no random numbers")
}

/// Returns the HMAC-SHA256 of a list of parts. Different lists have different hashes, even if their
/// concatenations are equal.
pub(crate) fn keyed_hash(
    key: &hmac::Key,
    parts: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> [u8; SHA256_OUTPUT_LEN] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        // The length prefix distinguishes ("ab", "c") from ("a", "bc").
        context.update(&(part.as_ref().len() as u64).to_be_bytes());
        context.update(part.as_ref());
    }
    let mut hash = [0; SHA256_OUTPUT_LEN];
    for (to, from) in hash.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    hash
}
