//! The limits on failed attempts.

use std::time::Duration;

/// The limits on failed attempts within a window: per address, per user, and per user at one
/// address. Each limit is the number of attempts that may fail; a further attempt is rejected.
///
/// The window of a counter starts with the first attempt and is never extended. When the window
/// ends, the counter expires and the lock ends.
///
/// An attempt in flight counts like a failure until it ends, so that concurrent attempts cannot
/// exceed the limit. A caller who makes more concurrent attempts than a limit allows can therefore
/// be rejected, although no attempt failed. An example is a service account with more than
/// [`per_user_and_address`](Self::per_user_and_address) concurrent sign-ins from one address. For
/// such an account, raise this limit
/// ([`with_per_user_and_address`](Self::with_per_user_and_address)) to the number of concurrent
/// sign-ins. If another limit is below this number, raise that limit too. As an alternative, let
/// the service sign in once and share the tokens.
///
/// Cognito locks a user after 5 failed passwords from any addresses. Each further failure doubles
/// the duration of the lock, up to about 15 minutes ([lockout behaviour]). The default limit for
/// one user at one address is lower, so that an attacker at one address cannot lock out the user at
/// Cognito.
///
/// [lockout behaviour]:
/// https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct AttemptPolicy {
    /// The length of the time window in which attempts are counted. A counter is removed after this
    /// time. Default: 15 minutes.
    pub window: Duration,
    /// The maximum number of failures from one address, for all users together. Default: 100.
    pub per_address: u32,
    /// The maximum number of failures for one user from all addresses. It does not apply to
    /// addresses and devices from which the user has signed in before. Default: 20 for passwords,
    /// 10 for codes.
    pub per_user: u32,
    /// The maximum number of failures for one user from one address, or on one known device.
    /// Default: 4.
    pub per_user_and_address: u32,
    /// The maximum number of failures for one user in attempts that have no client address and are
    /// not from a known device. The other limits do not apply to these attempts. Default: 10.
    pub per_user_without_address: u32,
}

impl AttemptPolicy {
    /// Returns the policy for passwords. In 15 minutes, it allows 4 failures per user and address,
    /// 20 failures per user, and 100 failures per address. Without a client address, it allows 10
    /// failures per user.
    pub const fn passwords() -> Self {
        Self {
            window: Duration::from_secs(15 * 60),
            per_address: 100,
            per_user: 20,
            per_user_and_address: 4,
            per_user_without_address: 10,
        }
    }

    /// Returns the policy for six-digit codes. In 15 minutes, it allows 4 failures per user and
    /// address, 10 failures per user, and 100 failures per address. Without a client address, it
    /// allows 10 failures per user.
    pub const fn codes() -> Self {
        Self {
            per_user: 10,
            ..Self::passwords()
        }
    }

    /// Returns the policy for set-ups of a factor ([`Purpose::FactorSetup`](crate::Purpose)). In 15
    /// minutes, it allows 30 set-ups per user and address, 60 set-ups per user, and 300 set-ups per
    /// address. Without a client address, it allows 30 set-ups per user. Successful set-ups count
    /// too.
    pub const fn setups() -> Self {
        Self {
            window: Duration::from_secs(15 * 60),
            per_address: 300,
            per_user: 60,
            per_user_and_address: 30,
            per_user_without_address: 30,
        }
    }

    cognito_core::setters! {
        /// Sets the [length of the time window](Self::window) in which attempts are counted. If the
        /// window or a limit is zero, `AttemptGuardBuilder::build` fails.
        pub fn with_window(window: Duration) { window = window }

        /// Sets the [maximum number of failures from one address](Self::per_address).
        pub fn with_per_address(failures: u32) { per_address = failures }

        /// Sets the [maximum number of failures for one user](Self::per_user) from all addresses.
        pub fn with_per_user(failures: u32) { per_user = failures }

        /// Sets the
        /// [maximum number of failures for one user from one address](Self::per_user_and_address).
        pub fn with_per_user_and_address(failures: u32) { per_user_and_address = failures }

        /// Sets the [maximum number of failures for one user](Self::per_user_without_address) in
        /// attempts without a client address.
        pub fn with_per_user_without_address(failures: u32) { per_user_without_address = failures }
    }

    /// Returns a description of an invalid value, or `None` if the policy is valid.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let limits = [
            self.per_address,
            self.per_user,
            self.per_user_and_address,
            self.per_user_without_address,
        ];
        if self.window.is_zero() {
            Some("the window of an attempt policy is zero: set at least a second")
        } else if limits.contains(&0) {
            Some(
                "a limit of an attempt policy is zero, so every attempt would be rejected: set at least 1",
            )
        } else {
            None
        }
    }
}

impl Default for AttemptPolicy {
    /// Returns the policy for passwords; see [`passwords`](Self::passwords).
    fn default() -> Self {
        Self::passwords()
    }
}
