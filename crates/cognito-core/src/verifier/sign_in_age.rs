//! The age of a sign-in ([`SignInAge`]).

use std::time::Duration;

use super::MAX_LEEWAY;

/// The age of a sign-in: the time since `auth_time`.
///
/// Cognito sets and signs `auth_time`. If it is in the future, the clock of this process is behind
/// Cognito's clock, and the age of the sign-in is zero. Such a clock also makes older sign-ins look
/// too new: they are accepted for longer than the maximum age. To limit this time, an `auth_time`
/// that is more than [`MAX_LEEWAY`] in the future is [implausible](Self::is_implausible).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInAge {
    auth_time: u64,
    now: u64,
}

impl SignInAge {
    /// Creates the age of a sign-in at `auth_time`. `now` is the current time. Both times are in
    /// seconds since 1970-01-01T00:00:00Z.
    pub const fn new(auth_time: u64, now: u64) -> Self {
        Self { auth_time, now }
    }

    /// Returns `true` if `auth_time` is more than [`MAX_LEEWAY`] after the current time.
    pub const fn is_implausible(self) -> bool {
        self.auth_time > self.now.saturating_add(MAX_LEEWAY.as_secs())
    }

    /// Returns `true` if the age of the sign-in is at most `max_age` plus `leeway`. Fractions of a
    /// second are ignored. Returns `false` for an [implausible](Self::is_implausible) sign-in.
    pub const fn is_at_most(self, max_age: Duration, leeway: Duration) -> bool {
        let most = max_age.as_secs().saturating_add(leeway.as_secs());
        !self.is_implausible() && self.now.saturating_sub(self.auth_time) <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;

    #[test]
    fn age_is_limited_with_leeway() {
        let (minute, leeway) = (Duration::from_secs(60), Duration::from_secs(5));
        for (auth_time, is_recent) in [
            (NOW - 65, true),
            (NOW - 66, false),
            (NOW + 300, true),
            (NOW + 301, false),
            (0, false),
            (u64::MAX, false),
        ] {
            let age = SignInAge::new(auth_time, NOW);
            assert_eq!(age.is_at_most(minute, leeway), is_recent, "{auth_time}");
            assert_eq!(age.is_implausible(), auth_time > NOW + 300, "{auth_time}");
        }
        assert!(SignInAge::new(0, NOW).is_at_most(Duration::MAX, leeway));
    }
}
