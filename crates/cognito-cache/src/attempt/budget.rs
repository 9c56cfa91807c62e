//! Budgets: limits on calls that do not guess a secret. Each limit applies to one address.

use std::time::Duration;

/// A budget: a kind of call with a limit for each client address. Calls of this kind are counted by
/// address, and not by user.
///
/// Such calls do not guess a secret, but they can make Cognito send messages or use up the pool's
/// request quota. [`AttemptGuard::admit_from`](crate::AttemptGuard::admit_from) counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Budget {
    /// Calls that send a message: sign-up, forgotten password, resending a confirmation code,
    /// sending a code that verifies an attribute, and the choice of an address for codes when a
    /// sign-in sets up this factor. The crate `cognito` counts successful and failed
    /// calls. It does not count calls that fail because Cognito or the store is unavailable.
    /// Default: 30 in 15 minutes.
    Messages,
    /// Steps of a sign-in in which Cognito sends a code by e-mail or SMS, or in which Lambda
    /// triggers may send one. The crate `cognito` counts successful and failed calls. It does not
    /// count calls that fail because Cognito or the store is unavailable. Default: 100 in 15
    /// minutes.
    SignInCodes,
    /// Steps of a sign-in in which the client sends neither a password nor a code, and Cognito sends
    /// no code: the start of a sign-in by choice, the credential of a passkey, the choice of a
    /// factor, the set-up of an authenticator app, and a new password in place of a temporary one.
    /// Responses to custom challenges belong to this budget too. The crate `cognito` counts
    /// successful and failed calls. It does not count a call that completes the sign-in, or that
    /// fails because Cognito or the store is unavailable. Default: 300 in 15 minutes.
    SignInSteps,
    /// Calls with a token, or with the authorization code of a managed login: refresh, revocation,
    /// sign-out and other operations of a signed-in user. The crate `cognito` counts a call only if
    /// the token or code is rejected, or if the caller names a session or an authentication event
    /// that does not exist. Default: 300 in 15 minutes.
    Tokens,
}

impl Budget {
    /// All budgets.
    pub const ALL: &'static [Self] = &[
        Self::Messages,
        Self::SignInCodes,
        Self::SignInSteps,
        Self::Tokens,
    ];

    /// Returns the name of the budget, such as `Messages`. The set of names is closed, so the names
    /// can be metric labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Messages => "Messages",
            Self::SignInCodes => "SignInCodes",
            Self::SignInSteps => "SignInSteps",
            Self::Tokens => "Tokens",
        }
    }

    pub(crate) const fn default_policy(self) -> BudgetPolicy {
        let per_address = match self {
            Self::Messages => 30,
            Self::SignInCodes => 100,
            Self::SignInSteps | Self::Tokens => 300,
        };
        BudgetPolicy::new(per_address, Duration::from_secs(15 * 60))
    }
}

/// The maximum number of calls that one address can make in a time window. Each [`Budget`] has its
/// own policy.
///
/// The limit applies to one IPv4 address or one IPv6 /64. The limit of an IPv6 /56 is 4 times as
/// high, and the limit of a /48 is 16 times as high. All users behind one address share a budget.
/// Raise the limit if many of your users share an address, for example at a university.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetPolicy {
    /// The maximum number of calls from one address in a time window.
    pub per_address: u32,
    /// The length of the time window in which calls are counted. A window starts with the first
    /// call from an address.
    pub window: Duration,
}

impl BudgetPolicy {
    /// Creates a policy that allows `per_address` calls from one address in each window. If one of
    /// the values is zero, `AttemptGuardBuilder::build` fails.
    pub const fn new(per_address: u32, window: Duration) -> Self {
        Self {
            per_address,
            window,
        }
    }

    /// Returns the error message for an invalid value of this policy, or `None` if the policy is
    /// valid.
    pub(crate) const fn fault(&self) -> Option<&'static str> {
        if self.window.is_zero() {
            Some("the window of a budget is zero: set at least a second")
        } else if self.per_address == 0 {
            Some("the limit of a budget is zero, so every call would be rejected: set at least 1")
        } else {
            None
        }
    }
}
