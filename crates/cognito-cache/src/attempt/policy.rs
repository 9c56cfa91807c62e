//! How many failures are too many.

use std::time::Duration;

/// How many failed attempts are allowed within a window, counted three ways.
///
/// A counter's window starts with the first attempt that it counts, and nothing prolongs it: when
/// it ends, the counter is gone and the lock opens by itself.
///
/// An attempt that is under way counts like a failure until it ends: only so can it be kept from
/// being one too many. Whoever makes more attempts at once than a limit allows is therefore refused
/// although none of them failed. A service account that signs in from one address more than
/// [`per_user_and_address`](Self::per_user_and_address) times at the same moment is such a case:
/// raise that limit ([`with_per_user_and_address`](Self::with_per_user_and_address), and the others
/// if they are lower than the number of attempts at once), or let the service sign in once and
/// share the tokens.
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
    /// How long a counter lives.
    pub window: Duration,
    /// Failures allowed from one client address, whichever users they name.
    pub per_address: u32,
    /// Failures allowed for one user, whichever client addresses they come from. Where the user has
    /// signed in before, it refuses nothing.
    pub per_user: u32,
    /// Failures allowed for one user from one client address, or on one known device.
    pub per_user_and_address: u32,
    /// Failures allowed for one user when the client's address is not known.
    pub per_user_without_address: u32,
}

impl AttemptPolicy {
    /// For passwords: within 15 minutes 4 per user and address, 20 per user, 100 per address; 10
    /// per user where the address is not known.
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

    /// For codes of six digits, which can be guessed: as for [`passwords`](Self::passwords), but
    /// 10 per user wherever they come from.
    #[must_use]
    pub const fn codes() -> Self {
        Self {
            per_user: 10,
            ..Self::passwords()
        }
    }

    /// The same with another window.
    #[must_use]
    pub const fn with_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// The same with another limit per client address.
    #[must_use]
    pub const fn with_per_address(mut self, failures: u32) -> Self {
        self.per_address = failures;
        self
    }

    /// The same with another limit per user.
    #[must_use]
    pub const fn with_per_user(mut self, failures: u32) -> Self {
        self.per_user = failures;
        self
    }

    /// The same with another limit per user and client address.
    #[must_use]
    pub const fn with_per_user_and_address(mut self, failures: u32) -> Self {
        self.per_user_and_address = failures;
        self
    }

    /// The same with another limit per user where the client's address is not known.
    #[must_use]
    pub const fn with_per_user_without_address(mut self, failures: u32) -> Self {
        self.per_user_without_address = failures;
        self
    }

    /// What is wrong with this policy, if something is.
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
    /// [`passwords`](Self::passwords).
    fn default() -> Self {
        Self::passwords()
    }
}
