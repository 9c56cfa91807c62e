//! The codes that were sent to a user, and the limits on attempts.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::model::failure::Failure;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The purpose of a code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Proof {
    /// Verifies the address in the named attribute (`email` or `phone_number`).
    Attribute(&'static str),
    /// Allows the user to replace a forgotten password.
    PasswordReset,
    /// Confirms a sign-up.
    SignUp,
}

impl Proof {
    /// Returns the lifetime of a code: one day for sign-up and attribute codes, one hour for reset
    /// codes (AWS developer guide, "Quotas on code validity").
    const fn validity(&self) -> Duration {
        match self {
            Self::Attribute(_) | Self::SignUp => DAY,
            Self::PasswordReset => HOUR,
        }
    }
}

/// The unused codes of one user, by purpose. A newer code replaces the older code for the same
/// purpose.
#[derive(Clone, Default)]
pub(crate) struct Codes(BTreeMap<Proof, Sent>);

/// A code that was sent.
#[derive(Clone)]
struct Sent {
    code: String,
    /// The e-mail address or phone number to which the code was sent.
    to: String,
    expires: SystemTime,
}

impl Codes {
    pub(crate) fn put(&mut self, proof: Proof, code: String, to: String, now: SystemTime) {
        let expires = now.checked_add(proof.validity()).unwrap_or(now);
        self.0.insert(proof, Sent { code, to, expires });
    }

    /// Checks a code and returns the address to which it was sent.
    ///
    /// The code stays valid until [`remove`](Self::remove), because the request may still be
    /// rejected. A wrong code does not invalidate the right one.
    pub(crate) fn check(
        &self,
        proof: &Proof,
        given: &str,
        now: SystemTime,
    ) -> Result<&str, Failure> {
        let Some(sent) = self.0.get(proof) else {
            return Err(Failure::code_expired());
        };
        if now >= sent.expires {
            return Err(Failure::code_expired());
        }
        verify_slices_are_equal(sent.code.as_bytes(), given.as_bytes())
            .map_err(|_| Failure::code_mismatch())?;
        Ok(&sent.to)
    }

    pub(crate) fn remove(&mut self, proof: &Proof) {
        self.0.remove(proof);
    }

    /// Removes the codes that were sent to an address.
    pub(crate) fn forget(&mut self, to: &str) {
        self.0.retain(|_, sent| sent.to != to);
    }
}

/// The attempts of a user that are limited per hour (AWS developer guide, "Quotas").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Attempt {
    AttributeCode,
    ChangePassword,
    ConfirmReset,
    ConfirmSignUp,
    ForgotPassword,
    ResendCode,
    VerifyAttribute,
}

impl Attempt {
    /// Returns the maximum number of attempts per hour. For "5 to 20, depending on risk" in the AWS
    /// developer guide, the number is ten.
    const fn hourly(self) -> usize {
        match self {
            Self::AttributeCode | Self::ChangePassword | Self::ResendCode => 5,
            Self::ConfirmReset | Self::ForgotPassword => 10,
            Self::ConfirmSignUp | Self::VerifyAttribute => 15,
        }
    }
}

/// The times of one user's attempts within the last hour.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(BTreeMap<Attempt, Vec<SystemTime>>);

impl Attempts {
    /// Counts an attempt. Fails with `LimitExceededException` if the limit is reached.
    pub(crate) fn spend(&mut self, attempt: Attempt, now: SystemTime) -> Result<(), Failure> {
        let recent = self.0.entry(attempt).or_default();
        recent.retain(|at| now.duration_since(*at).is_ok_and(|age| age < HOUR));
        if recent.len() >= attempt.hourly() {
            return Err(Failure::limit_exceeded());
        }
        recent.push(now);
        Ok(())
    }
}
