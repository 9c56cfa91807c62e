//! Limits on failed attempts.

use std::time::Duration;

/// The number of failed attempts allowed within a window, counted three ways.
///
/// A counter's window starts with the first attempt that it counts, and nothing extends it: when it
/// ends, the counter expires and the lock ends.
///
/// An attempt in flight counts like a failure until it ends, so that attempts made at the same time
/// cannot exceed the limit. A caller who makes more attempts at once than a limit allows is
/// therefore rejected although none of them failed. A service account that signs in from one
/// address more than [`per_user_and_address`](Self::per_user_and_address) times at the same moment
/// is such a case: raise that limit
/// ([`with_per_user_and_address`](Self::with_per_user_and_address), and the others if they are
/// lower than the number of attempts at once), or let the service sign in once and share the
/// tokens.
///
/// Cognito locks a user after 5 failed passwords, wherever they came from, and doubles the lock with
/// each further one up to about 15 minutes ([lockout behaviour]). The limit for one user at one
/// address stays below that, so that an attacker at another address does not lock the victim out
/// of Cognito as well.
///
/// [lockout behaviour]: https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptPolicy {
    /// The length of the window, which is the life of a counter.
    pub window: Duration,
    /// Failures allowed from one client address, whichever users they name.
    pub per_address: u32,
    /// Failures allowed for one user from all client addresses. It does not apply to addresses and
    /// devices that the user has signed in from before.
    pub per_user: u32,
    /// Failures allowed for one user from one client address, or on one known device.
    pub per_user_and_address: u32,
    /// Failures allowed for one user if the client's address is unknown.
    pub per_user_without_address: u32,
}

impl AttemptPolicy {
    /// Returns the policy for passwords. Within 15 minutes: 4 per user and address, 20 per user,
    /// 100 per address, and 10 per user if the address is unknown.
    #[must_use]
    pub const fn passwords() -> Self {
        Self {
            window: Duration::from_secs(15 * 60),
            per_address: 100,
            per_user: 20,
            per_user_and_address: 4,
            per_user_without_address: 10,
        }
    }

    /// Returns the policy for codes of six digits, which can be guessed: like
    /// [`passwords`](Self::passwords), but 10 per user from all addresses.
    #[must_use]
    pub const fn codes() -> Self {
        Self {
            per_user: 10,
            ..Self::passwords()
        }
    }

    /// Sets the window.
    #[must_use]
    pub const fn with_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Sets the limit per client address.
    #[must_use]
    pub const fn with_per_address(mut self, failures: u32) -> Self {
        self.per_address = failures;
        self
    }

    /// Sets the limit per user.
    #[must_use]
    pub const fn with_per_user(mut self, failures: u32) -> Self {
        self.per_user = failures;
        self
    }

    /// Sets the limit per user and client address.
    #[must_use]
    pub const fn with_per_user_and_address(mut self, failures: u32) -> Self {
        self.per_user_and_address = failures;
        self
    }

    /// Sets the limit per user if the client's address is unknown.
    #[must_use]
    pub const fn with_per_user_without_address(mut self, failures: u32) -> Self {
        self.per_user_without_address = failures;
        self
    }

    /// Returns what is wrong with the policy, or `None` if it is valid.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let limits = [
            self.per_address,
            self.per_user,
            self.per_user_and_address,
            self.per_user_without_address,
        ];
        if self.window.is_zero() {
            Some("the window of an attempt policy must not be zero")
        } else if limits.contains(&0) {
            Some("a limit of an attempt policy must not be zero, nobody would be admitted")
        } else {
            None
        }
    }
}

impl Default for AttemptPolicy {
    /// Returns [`passwords`](Self::passwords).
    fn default() -> Self {
        Self::passwords()
    }
}
