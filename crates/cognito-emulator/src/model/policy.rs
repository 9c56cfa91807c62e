//! The password policy of the pool.

use std::time::Duration;

use crate::model::failure::Failure;
use crate::model::random::Random;

const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

/// The requirements for passwords. Defaults as in Cognito: eight characters, upper case, lower
/// case, digit and symbol. Temporary passwords are valid for seven days.
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
    /// Sets the minimum number of characters. AWS allows 6 to 99.
    pub const fn min_length(mut self, characters: usize) -> Self {
        self.min_length = characters;
        self
    }

    /// Sets whether an upper-case letter is required.
    pub const fn require_uppercase(mut self, required: bool) -> Self {
        self.uppercase = required;
        self
    }

    /// Sets whether a lower-case letter is required.
    pub const fn require_lowercase(mut self, required: bool) -> Self {
        self.lowercase = required;
        self
    }

    /// Sets whether a digit is required.
    pub const fn require_numbers(mut self, required: bool) -> Self {
        self.numbers = required;
        self
    }

    /// Sets whether one of Cognito's symbols is required.
    pub const fn require_symbols(mut self, required: bool) -> Self {
        self.symbols = required;
        self
    }

    /// Sets the lifetime of temporary passwords. AWS allows up to 365 days.
    pub const fn temporary_password_validity(mut self, validity: Duration) -> Self {
        self.temporary_validity = validity;
        self
    }

    /// Rejects a password that the policy does not allow, with Cognito's message.
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

    /// Returns a temporary password that meets every requirement.
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
