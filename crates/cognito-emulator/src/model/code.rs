//! The codes that are sent to users to confirm an address or to reset a password. Also the limits
//! on how often a user can request and enter codes.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_lc_rs::constant_time::verify_slices_are_equal;

use serde::{Deserialize, Serialize};

use crate::model::failure::Failure;
use crate::model::json::{Name, name, pairs};
use crate::model::thin::Empty;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The purpose for which a code was sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Proof {
    /// The code verifies the address in this attribute (`email` or `phone_number`).
    Attribute(#[serde(deserialize_with = "name")] Name),
    /// The code allows the user to replace a forgotten password.
    PasswordReset,
    /// The code confirms the sign-up of the user.
    SignUp,
}

impl Proof {
    /// Returns the lifetime of a code: one hour for a password reset, otherwise one day (AWS
    /// developer guide, "Quotas on code validity").
    const fn validity(&self) -> Duration {
        match self {
            Self::Attribute(_) | Self::SignUp => DAY,
            Self::PasswordReset => HOUR,
        }
    }
}

/// The codes that were sent to one user and were not used yet, by purpose. A new code replaces the
/// earlier code for the same purpose.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Codes(#[serde(with = "pairs")] BTreeMap<Proof, Sent>);

/// A code that was sent to a user.
#[derive(Clone, Serialize, Deserialize)]
struct Sent {
    code: String,
    /// The e-mail address or phone number to which the code was sent.
    to: String,
    expires: SystemTime,
}

impl Empty for Codes {
    const EMPTY: &'static Self = &Self(BTreeMap::new());
}

impl Codes {
    pub(crate) fn put(&mut self, proof: Proof, code: String, to: String, now: SystemTime) {
        let expires = now.checked_add(proof.validity()).unwrap_or(now);
        self.0.insert(proof, Sent { code, to, expires });
    }

    /// Checks a code of a user. Returns the address to which the code was sent.
    ///
    /// The code stays valid until [`remove`](Self::remove), because the operation can still fail.
    /// If there is no code for this purpose, or if it has expired, the error is
    /// `ExpiredCodeException`. A wrong code does not invalidate the right code.
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

    /// Removes all codes that were sent to an e-mail address or phone number.
    pub(crate) fn forget(&mut self, to: &str) {
        self.0.retain(|_, sent| sent.to != to);
    }
}

/// An action that a user can repeat only a limited number of times per hour (AWS developer guide,
/// "Quotas").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Attempt {
    AttributeCode,
    ChangePassword,
    ConfirmReset,
    ConfirmSignUp,
    ForgotPassword,
    /// A request for a code, during step-up authentication at the hosted pages.
    HostedStepUpCode,
    ResendCode,
    /// A request for a code, during step-up authentication with an access token.
    StepUpCode,
    VerifyAttribute,
}

impl Attempt {
    /// Returns the maximum number of attempts per hour. Where the AWS developer guide says "5 to
    /// 20, depending on risk", the limit is ten.
    const fn hourly(self) -> usize {
        match self {
            Self::AttributeCode
            | Self::ChangePassword
            | Self::HostedStepUpCode
            | Self::ResendCode
            | Self::StepUpCode => 5,
            Self::ConfirmReset | Self::ForgotPassword => 10,
            Self::ConfirmSignUp | Self::VerifyAttribute => 15,
        }
    }
}

/// The times of the recent attempts, by action. They are the attempts of one user, or the attempts
/// for one user name ([`NameAttempts`](crate::state::name_attempts::NameAttempts)). The attempts
/// for a user name are counted even if no user has this name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Attempts(BTreeMap<Attempt, Vec<SystemTime>>);

impl Empty for Attempts {
    const EMPTY: &'static Self = &Self(BTreeMap::new());
}

impl Attempts {
    /// Counts an attempt. If the limit is reached, fails with `LimitExceededException` and does not
    /// count the attempt.
    pub(crate) fn spend(&mut self, attempt: Attempt, now: SystemTime) -> Result<(), Failure> {
        self.check(attempt, now)?;
        self.0.entry(attempt).or_default().push(now);
        Ok(())
    }

    /// Fails with `LimitExceededException` if the hourly limit for this attempt is reached.
    pub(crate) fn check(&mut self, attempt: Attempt, now: SystemTime) -> Result<(), Failure> {
        let Some(recent) = self.0.get_mut(&attempt) else {
            return Ok(());
        };
        recent.retain(|at| is_recent(*at, now));
        if recent.len() >= attempt.hourly() {
            return Err(Failure::limit_exceeded());
        }
        Ok(())
    }

    /// Returns `true` if an attempt was counted in the last hour.
    pub(crate) fn has(&self, attempt: Attempt, now: SystemTime) -> bool {
        let times = self.0.get(&attempt);
        times.is_some_and(|times| times.iter().any(|at| is_recent(*at, now)))
    }
}

fn is_recent(at: SystemTime, now: SystemTime) -> bool {
    now.duration_since(at).is_ok_and(|age| age < HOUR)
}
