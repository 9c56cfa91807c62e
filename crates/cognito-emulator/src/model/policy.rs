//! The password policy of a pool ([`PasswordPolicy`]).

use std::time::Duration;

use cognito_core::setters;

use crate::model::failure::Failure;
use crate::model::random::Random;

/// The characters that Cognito accepts as symbols, without the space.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

/// The requirements for passwords. Default, as in AWS: at least eight characters with an upper-case
/// letter, a lower-case letter, a digit and a symbol. Temporary passwords are valid for seven days.
#[derive(Clone, Debug)]
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
        /// Sets the minimum number of characters. AWS allows 6 to 99. Default: 8.
        pub fn min_length(characters: usize) { min_length = characters }

        /// Sets whether an upper-case letter is required. Default: yes.
        pub fn require_uppercase(required: bool) { uppercase = required }

        /// Sets whether a lower-case letter is required. Default: yes.
        pub fn require_lowercase(required: bool) { lowercase = required }

        /// Sets whether a digit is required. Default: yes.
        pub fn require_numbers(required: bool) { numbers = required }

        /// Sets whether a symbol is required (AWS developer guide, "Password policy"). Default:
        /// yes.
        pub fn require_symbols(required: bool) { symbols = required }

        /// Sets the lifetime of temporary passwords. AWS allows up to 365 days. Default: seven
        /// days.
        pub fn temporary_password_validity(validity: Duration) { temporary_validity = validity }
    }

    /// Fails with Cognito's message if a password violates the policy.
    pub(crate) fn check(&self, password: &str) -> Result<(), Failure> {
        let has = |wanted: fn(char) -> bool| password.chars().any(wanted);
        let fault = if password.chars().count() < self.min_length {
            "Password not long enough"
        } else if self.uppercase && !has(|c| c.is_ascii_uppercase()) {
            "Password must have uppercase characters"
        } else if self.lowercase && !has(|c| c.is_ascii_lowercase()) {
            "Password must have lowercase characters"
        } else if self.numbers && !has(|c| c.is_ascii_digit()) {
            "Password must have numeric characters"
        } else if self.symbols && !has(|c| SYMBOLS.contains(c)) {
            "Password must have symbol characters"
        } else {
            return Ok(());
        };
        Err(Failure::new(
            "InvalidPasswordException",
            format!("Password did not conform with policy: {fault}"),
        ))
    }

    /// Returns a random temporary password that meets every requirement.
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
