//! The requirements of a pool for passwords ([`PasswordPolicy`]).

use std::time::Duration;

use cognito_core::setters;

use serde::{Deserialize, Serialize};

use crate::model::failure::Failure;
use crate::model::random::Random;

/// The characters that count as symbols. A space also counts if it is neither at the start nor at
/// the end of the password (AWS developer guide, "Password policy").
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

/// The requirements for passwords in a pool.
///
/// Default, as in AWS: at least eight characters, with an upper-case letter, a lower-case letter, a
/// digit and a symbol. Temporary passwords are valid for seven days.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PasswordPolicy {
    pub(crate) min_length: usize,
    pub(crate) uppercase: bool,
    pub(crate) lowercase: bool,
    pub(crate) numbers: bool,
    pub(crate) symbols: bool,
    pub(crate) temporary_validity: Duration,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 8,
            uppercase: true,
            lowercase: true,
            numbers: true,
            symbols: true,
            temporary_validity: Duration::from_secs(7 * 24 * 3600),
        }
    }
}

impl PasswordPolicy {
    setters! {
        /// Sets the minimum number of characters in a password. AWS allows 6 to 99. The emulator
        /// accepts any number. Default: 8.
        pub fn min_length(characters: usize) { min_length = characters }

        /// Sets whether a password must contain an upper-case letter (A to Z). Default: yes.
        pub fn require_uppercase(required: bool) { uppercase = required }

        /// Sets whether a password must contain a lower-case letter (a to z). Default: yes.
        pub fn require_lowercase(required: bool) { lowercase = required }

        /// Sets whether a password must contain a digit (0 to 9). Default: yes.
        pub fn require_numbers(required: bool) { numbers = required }

        /// Sets whether a password must contain a symbol. For the list of symbols, see the AWS
        /// developer guide, "Password policy". Default: yes.
        pub fn require_symbols(required: bool) { symbols = required }

        /// Sets how long a temporary password is valid. AWS allows up to 365 days. The emulator
        /// accepts any duration. Default: seven days.
        pub fn temporary_password_validity(validity: Duration) { temporary_validity = validity }
    }

    /// Fails with Cognito's message for the first requirement that a password does not meet.
    pub(crate) fn check(&self, password: &str) -> Result<(), Failure> {
        let has = |wanted: fn(char) -> bool| password.chars().any(wanted);
        let has_space = password.trim_matches(' ').contains(' ');
        let message = if password.chars().count() < self.min_length {
            "Password did not conform with policy: Password not long enough"
        } else if self.uppercase && !has(|c| c.is_ascii_uppercase()) {
            "Password did not conform with policy: Password must have uppercase characters"
        } else if self.lowercase && !has(|c| c.is_ascii_lowercase()) {
            "Password did not conform with policy: Password must have lowercase characters"
        } else if self.numbers && !has(|c| c.is_ascii_digit()) {
            "Password did not conform with policy: Password must have numeric characters"
        } else if self.symbols && !has_space && !has(|c| SYMBOLS.contains(c)) {
            "Password did not conform with policy: Password must have symbol characters"
        } else {
            return Ok(());
        };
        Err(Failure::new("InvalidPasswordException", message))
    }

    /// Returns a random temporary password. It meets every requirement and has at least eight
    /// characters.
    pub(crate) fn generate(&self, random: &Random) -> String {
        const KINDS: [&[u8]; 4] = [
            b"ABCDEFGHJKLMNPQRSTUVWXYZ",
            b"abcdefghijkmnpqrstuvwxyz",
            b"23456789",
            b"!@#$%^&*",
        ];
        (0..self.min_length.max(8))
            .map(|place| {
                let kind = KINDS[place % KINDS.len()];
                char::from(kind[random.below(kind.len())])
            })
            .collect()
    }
}
