//! Stored passwords, and the lockout after wrong ones.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use crate::random::Random;

/// Wrong passwords before the first lockout.
const FREE_FAILURES: u32 = 5;
/// The longest lockout: "approximately 15 minutes" in AWS's developer guide.
const LONGEST_LOCKOUT: Duration = Duration::from_secs(15 * 60);

/// A password, salted and digested.
///
/// One round of HMAC-SHA-256, because it lives in the memory of a test and is never written:
/// a slow digest would only make tests slow.
#[derive(Clone)]
pub(crate) struct PasswordDigest {
    salt: [u8; 16],
    tag: hmac::Tag,
}

impl PasswordDigest {
    pub(crate) fn new(password: &str, random: &Random) -> Self {
        let salt = random.bytes();
        Self {
            tag: digest(&salt, password),
            salt,
        }
    }

    pub(crate) fn matches(&self, password: &str) -> bool {
        let tag = digest(&self.salt, password);
        verify_slices_are_equal(tag.as_ref(), self.tag.as_ref()).is_ok()
    }
}

fn digest(salt: &[u8], password: &str) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
    hmac::sign(&key, password.as_bytes())
}

/// Security: nothing.
impl fmt::Debug for PasswordDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordDigest")
    }
}

/// Wrong passwords of one person.
///
/// After five failures the account is locked for one second, and with each further failure for
/// twice as long, up to about a quarter of an hour (AWS developer guide, "Lockout behavior for
/// failed sign-in attempts").
#[derive(Clone, Debug, Default)]
pub(crate) struct Lockout {
    failures: u32,
    until: Option<SystemTime>,
}

impl Lockout {
    pub(crate) fn is_locked(&self, now: SystemTime) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    pub(crate) fn fail(&mut self, now: SystemTime) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FREE_FAILURES {
            let doublings = (self.failures - FREE_FAILURES).min(30);
            let lockout = Duration::from_secs(1 << doublings).min(LONGEST_LOCKOUT);
            self.until = now.checked_add(lockout);
        }
    }

    pub(crate) fn succeed(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn only_the_password_matches() {
        let random = Random::new(None);
        let digest = PasswordDigest::new("SecurePass123!", &random);
        assert!(digest.matches("SecurePass123!"));
        assert!(!digest.matches("SecurePass123"));
        assert!(!digest.matches(""));
    }

    #[test]
    fn lockouts_double_up_to_a_quarter_of_an_hour() {
        let mut lockout = Lockout::default();
        let now = UNIX_EPOCH;
        for failure in 1..5 {
            lockout.fail(now);
            assert!(!lockout.is_locked(now), "after {failure}");
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            lockout.fail(now);
            let end = now + Duration::from_secs(seconds);
            assert!(lockout.is_locked(end - Duration::from_millis(1)));
            assert!(!lockout.is_locked(end));
        }
        lockout.succeed();
        lockout.fail(now);
        assert!(!lockout.is_locked(now));
    }
}
