//! Password hashes that an import job has read from a file ([`ImportedHash`]).
//!
//! The formats and the maximum costs are from the AWS developer guide ("Importing users with
//! password hashes"). The maximum costs also bound the time and the memory of one verification: at
//! most 64 MiB, and less than one second in an optimized build.

use std::num::NonZeroU32;

use argon2::{Algorithm as Variant, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::alphabet::{self, Alphabet};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::model::named::named;

named! {
    /// The algorithm of all hashes of an import job (`PasswordHashingAlgorithm`).
    pub(crate) enum HashAlgorithm {
        Argon2id = "ARGON2ID",
        Bcrypt = "BCRYPT",
        Pbkdf2Sha256 = "PBKDF2_SHA256",
        Scrypt = "SCRYPT",
    }
}

/// The reason why an imported password hash is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashFault {
    /// The hash does not have the form that its algorithm requires.
    Malformed,
    /// A parameter of the hash exceeds AWS's maximum.
    OutOfBounds,
}

use HashFault::{Malformed, OutOfBounds};

const MOST_BCRYPT_COST: u32 = 12;
const MOST_SCRYPT: (u32, u32, u32) = (65_536, 8, 1);
const MOST_ARGON2: (u32, u32, u32) = (19_456, 2, 1);
const MOST_PBKDF2_ITERATIONS: u32 = 600_000;

/// The accepted lengths of the salt in a password hash, in bytes. AWS documents no limits. Argon2
/// requires at least 8.
const SALT: std::ops::RangeInclusive<usize> = 8..=64;
/// The accepted lengths of the derived key in a password hash, in bytes. AWS documents no limits. A
/// shorter key would match too many passwords.
const KEY: std::ops::RangeInclusive<usize> = 16..=64;

/// The number of bytes that bcrypt uses of a password, including the final zero byte.
const BCRYPT_LENGTH: usize = 72;

/// A password hash of another system, with its parameters.
pub(crate) struct ImportedHash {
    pub(super) algorithm: HashAlgorithm,
    /// The encoded password hash, as in the import.
    pub(super) text: Zeroizing<String>,
    function: Function,
    key: Zeroizing<Vec<u8>>,
}

enum Function {
    Argon2id {
        version: Version,
        params: Params,
        salt: Vec<u8>,
    },
    Bcrypt {
        cost: u32,
        salt: [u8; 16],
    },
    Pbkdf2 {
        iterations: NonZeroU32,
        salt: Vec<u8>,
    },
    Scrypt {
        params: scrypt::Params,
        salt: Vec<u8>,
    },
}

impl ImportedHash {
    /// Parses a hash. Fails if the hash is malformed or its parameters exceed AWS's maximums.
    pub(crate) fn parse(algorithm: HashAlgorithm, text: &str) -> Result<Self, HashFault> {
        let (function, key) = match algorithm {
            HashAlgorithm::Argon2id => argon2id(text)?,
            HashAlgorithm::Bcrypt => bcrypt(text)?,
            HashAlgorithm::Pbkdf2Sha256 => pbkdf2_sha256(text)?,
            HashAlgorithm::Scrypt => scrypt(text)?,
        };
        let key = Zeroizing::new(key);
        Ok(Self {
            algorithm,
            text: Zeroizing::new(text.to_owned()),
            function,
            key,
        })
    }

    /// Returns `true` if this is the hash of `password`. Takes up to a second, so the caller must
    /// not hold a lock of a pool, and must not be on a thread that polls futures.
    pub(crate) fn matches(&self, password: &str) -> bool {
        let password = password.as_bytes();
        let mut key = Zeroizing::new(vec![0; self.key.len()]);
        match &self.function {
            Function::Argon2id {
                version,
                params,
                salt,
            } => {
                let argon2 = Argon2::new(Variant::Argon2id, *version, params.clone());
                if argon2.hash_password_into(password, salt, &mut key).is_err() {
                    return false;
                }
            }
            Function::Bcrypt { cost, salt } => {
                let mut input = Zeroizing::new(password.to_vec());
                input.push(0);
                input.truncate(BCRYPT_LENGTH);
                let output = Zeroizing::new(bcrypt::bcrypt(*cost, *salt, &input));
                let length = key.len();
                key.copy_from_slice(&output[..length]);
            }
            Function::Pbkdf2 { iterations, salt } => {
                let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
                return pbkdf2::verify(algorithm, *iterations, salt, password, &self.key).is_ok();
            }
            Function::Scrypt { params, salt } => {
                if scrypt::scrypt(password, salt, params, &mut key).is_err() {
                    return false;
                }
            }
        }
        verify_slices_are_equal(&key, &self.key).is_ok()
    }
}

/// Parses `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
fn argon2id(text: &str) -> Result<(Function, Vec<u8>), HashFault> {
    let [version, costs, salt, key] = parts(text, "$argon2id$")?;
    let version = match version {
        "v=16" => Version::V0x10,
        "v=19" => Version::V0x13,
        _ => return Err(Malformed),
    };
    let mut costs = costs.split(',');
    let mut cost = |name: &str| number(costs.next()?.strip_prefix(name)?);
    let costs = (cost("m="), cost("t="), cost("p="));
    let (Some(memory), Some(passes), Some(lanes), None) =
        (costs.0, costs.1, costs.2, cost("").map(drop))
    else {
        return Err(Malformed);
    };
    if memory > MOST_ARGON2.0 || passes > MOST_ARGON2.1 || lanes > MOST_ARGON2.2 {
        return Err(OutOfBounds);
    }
    let (salt, key) = salt_and_key(&STANDARD, salt, key)?;
    let params = Params::new(memory, passes, lanes, Some(key.len())).map_err(|_| Malformed)?;
    let function = Function::Argon2id {
        version,
        params,
        salt,
    };
    Ok((function, key))
}

/// Parses `$2b$10$` with 22 characters of salt and 31 characters of hash.
fn bcrypt(text: &str) -> Result<(Function, Vec<u8>), HashFault> {
    const SALT_LENGTH: usize = 22;
    let rest = ["$2a$", "$2b$", "$2x$", "$2y$"]
        .into_iter()
        .find_map(|variant| text.strip_prefix(variant));
    let (cost, rest) = rest
        .and_then(|rest| rest.split_once('$'))
        .ok_or(Malformed)?;
    let digits = cost.len() == 2;
    let cost = number(cost).filter(|cost| digits && *cost >= 4);
    let cost = cost.ok_or(Malformed)?;
    if rest.len() != SALT_LENGTH + 31 || !rest.is_ascii() {
        return Err(Malformed);
    }
    if cost > MOST_BCRYPT_COST {
        return Err(OutOfBounds);
    }
    let (salt, key) = rest.split_at(SALT_LENGTH);
    let engine = engine(&alphabet::BCRYPT);
    let decode = |text: &str| engine.decode(text).map_err(|_| Malformed);
    let salt = decode(salt)?.try_into().map_err(|_| Malformed)?;
    Ok((Function::Bcrypt { cost, salt }, decode(key)?))
}

/// Parses `$pbkdf2-sha256$600000$salt$hash`.
fn pbkdf2_sha256(text: &str) -> Result<(Function, Vec<u8>), HashFault> {
    let [iterations, salt, key] = parts(text, "$pbkdf2-sha256$")?;
    let iterations = number(iterations).and_then(NonZeroU32::new);
    let iterations = iterations.ok_or(Malformed)?;
    if iterations.get() > MOST_PBKDF2_ITERATIONS {
        return Err(OutOfBounds);
    }
    // Passlib, whose format this is, writes a dot instead of a plus sign.
    let plus = |text: &str| text.replace('.', "+");
    let (salt, key) = salt_and_key(&STANDARD, &plus(salt), &plus(key))?;
    Ok((Function::Pbkdf2 { iterations, salt }, key))
}

/// Parses `65536$8$1$salt$hash`, with the salt and the hash in hexadecimal.
fn scrypt(text: &str) -> Result<(Function, Vec<u8>), HashFault> {
    let [n, r, p, salt, key] = parts(text, "")?;
    let costs = number(n).zip(number(r)).zip(number(p));
    let ((n, r), p) = costs.ok_or(Malformed)?;
    if n > MOST_SCRYPT.0 || r > MOST_SCRYPT.1 || p > MOST_SCRYPT.2 {
        return Err(OutOfBounds);
    }
    if n < 2 || !n.is_power_of_two() {
        return Err(Malformed);
    }
    let exponent = u8::try_from(n.trailing_zeros()).map_err(|_| Malformed)?;
    let params = scrypt::Params::new(exponent, r, p).map_err(|_| Malformed)?;
    let (salt, key) = (hexadecimal(salt)?, hexadecimal(key)?);
    check_lengths(&salt, &key)?;
    Ok((Function::Scrypt { params, salt }, key))
}

/// Removes the prefix of a hash, and returns the remaining parts, which `$` separates from each
/// other. Fails if the prefix is missing or the number of parts is not `N`.
fn parts<'a, const N: usize>(text: &'a str, prefix: &str) -> Result<[&'a str; N], HashFault> {
    let rest = text.strip_prefix(prefix).ok_or(Malformed)?;
    let parts: Vec<_> = rest.split('$').collect();
    parts.try_into().map_err(|_| Malformed)
}

/// Parses a decimal number without a sign.
fn number(text: &str) -> Option<u32> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit());
    is_decimal.then(|| text.parse().ok())?
}

const STANDARD: Alphabet = alphabet::STANDARD;

/// Returns a decoder for base64, in which the padding is optional. The unused bits of the last
/// character can have any value, because some libraries do not set them to 0.
fn engine(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

fn salt_and_key(
    alphabet: &Alphabet,
    salt: &str,
    key: &str,
) -> Result<(Vec<u8>, Vec<u8>), HashFault> {
    let engine = engine(alphabet);
    let decode = |text: &str| engine.decode(text).map_err(|_| Malformed);
    let (salt, key) = (decode(salt)?, decode(key)?);
    check_lengths(&salt, &key)?;
    Ok((salt, key))
}

fn check_lengths(salt: &[u8], key: &[u8]) -> Result<(), HashFault> {
    let are_valid = SALT.contains(&salt.len()) && KEY.contains(&key.len());
    are_valid.then_some(()).ok_or(Malformed)
}

fn hexadecimal(text: &str) -> Result<Vec<u8>, HashFault> {
    let digits: Option<Vec<_>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2));
    let pairs = digits.ok_or(Malformed)?;
    let bytes = pairs.chunks_exact(2);
    let bytes = bytes.map(|pair| u8::try_from(pair[0] << 4 | pair[1]).map_err(|_| Malformed));
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The password hashes that the AWS developer guide shows as examples.
    const EXAMPLES: [(HashAlgorithm, &str); 4] = [
        (
            HashAlgorithm::Bcrypt,
            "$2b$10$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6",
        ),
        (
            HashAlgorithm::Scrypt,
            "65536$8$1$304dbaef7c5e828dc19c98f0600d18fe$\
             4f69c498c12cd102d057356facf8d77e8d42407090491ea32c5b038f5a18c099",
        ),
        (
            HashAlgorithm::Argon2id,
            "$argon2id$v=19$m=19456,t=2,p=1$ko/G5o1ms+ML08P95sQ8DA$\
             AkVbvWSOqz7Hs3qthhWKxicOWnGLN+MBmpwc3emi5VA",
        ),
        (
            HashAlgorithm::Pbkdf2Sha256,
            "$pbkdf2-sha256$600000$1XZlmwLQ2hhM3JYuCPiArQ$\
             Pfheg9Zi/v5lXU4yyLA0WFUYEd/rlaVbzrM9oMD6IrA",
        ),
    ];

    fn fault(algorithm: HashAlgorithm, text: &str) -> Option<HashFault> {
        ImportedHash::parse(algorithm, text).err()
    }

    #[test]
    fn accepts_only_hashes_of_the_algorithm() {
        for (algorithm, _) in EXAMPLES {
            for (other, text) in EXAMPLES {
                let expected = (algorithm != other).then_some(Malformed);
                assert_eq!(fault(algorithm, text), expected, "{algorithm:?} {text}");
            }
        }
    }

    #[test]
    fn rejects_costs_above_the_maximum() {
        for (algorithm, number, more) in [
            (HashAlgorithm::Bcrypt, "$10$", "$13$"),
            (HashAlgorithm::Scrypt, "65536$", "131072$"),
            (HashAlgorithm::Scrypt, "$8$", "$9$"),
            (HashAlgorithm::Scrypt, "$1$", "$2$"),
            (HashAlgorithm::Argon2id, "19456", "19457"),
            (HashAlgorithm::Argon2id, "t=2", "t=3"),
            (HashAlgorithm::Argon2id, "p=1", "p=2"),
            (HashAlgorithm::Argon2id, "19456", "4294967295"),
            (HashAlgorithm::Pbkdf2Sha256, "600000", "600001"),
        ] {
            let example = EXAMPLES.iter().find(|example| example.0 == algorithm);
            let (_, text) = example.expect("an example");
            let text = text.replacen(number, more, 1);
            assert_eq!(fault(algorithm, &text), Some(OutOfBounds), "{text}");
        }
    }

    #[test]
    fn rejects_malformed_hashes() {
        for (algorithm, text) in EXAMPLES {
            let end = text.rfind('$').expect("parts");
            for text in [
                String::new(),
                "$".to_owned(),
                text[..=end].to_owned(),
                text[..end + 9].to_owned(),
                text[1..].to_owned(),
                format!("{text}$"),
                format!("{text}!"),
                format!("{text}\u{e4}"),
            ] {
                assert_eq!(fault(algorithm, &text), Some(Malformed), "{text}");
            }
        }
        for text in [
            "65535$8$1$00$00",
            "0$8$1$00$00",
            "1$8$1$00$00",
            "+2$8$1$00$00",
        ] {
            assert_eq!(
                fault(HashAlgorithm::Scrypt, text),
                Some(Malformed),
                "{text}"
            );
        }
    }
}
