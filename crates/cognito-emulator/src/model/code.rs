//! Codes that were sent, and limits on attempts.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::model::failure::Failure;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The fact that a code proves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Proof {
    /// The named attribute (`email`, `phone_number`) belongs to the user.
    Attribute(&'static str),
    /// A forgotten password may be replaced.
    PasswordReset,
    /// A sign-up is confirmed.
    SignUp,
}

impl Proof {
    /// Returns the lifetime of a code: a day for sign-up and attribute codes, an hour for reset
    /// codes (AWS developer guide, "Quotas on code validity").
    const fn validity(&self) -> Duration {
        match self {
            Self::Attribute(_) | Self::SignUp => DAY,
            Self::PasswordReset => HOUR,
        }
    }
}

/// The unused codes of one user. A newer code replaces an older one.
#[derive(Clone, Default)]
pub(crate) struct Codes(BTreeMap<Proof, Sent>);

#[derive(Clone)]
struct Sent {
    code: String,
    to: String,
    expires: SystemTime,
}

impl Codes {
    pub(crate) fn put(&mut self, proof: Proof, code: String, to: String, now: SystemTime) {
        let expires = now.checked_add(proof.validity()).unwrap_or(now);
        self.0.insert(proof, Sent { code, to, expires });
    }

    /// Returns the address to which a right code was sent. The code stays valid until
    /// [`remove`](Self::remove), because the request may still be rejected. A wrong code does not
    /// use up the right one.
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

/// Attempts of a user that are limited per hour (AWS developer guide, "Quotas").
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
    /// Returns the maximum number of attempts per hour. If AWS documents "5 to 20, depending on
    /// risk", the result is ten.
    const fn hourly(self) -> usize {
        match self {
            Self::AttributeCode | Self::ChangePassword | Self::ResendCode => 5,
            Self::ConfirmReset | Self::ForgotPassword => 10,
            Self::ConfirmSignUp | Self::VerifyAttribute => 15,
        }
    }
}

/// The attempts of one user within the last hour.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(BTreeMap<Attempt, Vec<SystemTime>>);

impl Attempts {
    /// Counts an attempt, or rejects it.
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
