//! Passwords of users, and the lockout after wrong passwords.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use cognito_srp6a::Verifier;
use zeroize::Zeroizing;

/// The number of wrong passwords that start the first lockout.
const FREE_FAILURES: u32 = 5;
/// The maximum duration of a lockout: "approximately 15 minutes" in the AWS developer guide.
const LONGEST_LOCKOUT: Duration = Duration::from_secs(15 * 60);

/// The password of a user.
///
/// The password is not hashed, because it exists only in the memory of a test and a slow hash would
/// make tests slow. The SRP verifier takes milliseconds to compute. It is therefore computed only
/// if a user signs in with SRP.
#[derive(Clone)]
pub(crate) struct StoredPassword {
    text: Zeroizing<String>,
    /// The SRP verifier. It is computed at the first sign-in with SRP. Its salt does not change
    /// afterwards.
    pub(crate) verifier: Option<Arc<Verifier>>,
}

impl StoredPassword {
    pub(crate) fn new(password: &str) -> Self {
        Self {
            text: Zeroizing::new(password.to_owned()),
            verifier: None,
        }
    }

    pub(crate) fn matches(&self, password: &str) -> bool {
        verify_slices_are_equal(self.text.as_bytes(), password.as_bytes()).is_ok()
    }

    pub(crate) fn expose(&self) -> &str {
        &self.text
    }
}

/// The number of consecutive wrong passwords of one user, and the time at which the lockout ends.
///
/// After five failures the account is locked for one second. Each further failure doubles the
/// duration, up to 15 minutes (AWS developer guide, "Lockout behavior for failed sign-in
/// attempts").
#[derive(Clone, Debug, Default)]
pub(crate) struct Lockout {
    failures: u32,
    until: Option<SystemTime>,
}

impl Lockout {
    pub(crate) fn is_locked(&self, now: SystemTime) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Counts a wrong password.
    pub(crate) fn fail(&mut self, now: SystemTime) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FREE_FAILURES {
            let doublings = (self.failures - FREE_FAILURES).min(30);
            let lockout = Duration::from_secs(1 << doublings).min(LONGEST_LOCKOUT);
            self.until = now.checked_add(lockout);
        }
    }

    /// Resets the count and ends the lockout.
    pub(crate) fn succeed(&mut self) {
        *self = Self::default();
    }
}
