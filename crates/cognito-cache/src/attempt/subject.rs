//! Who tries what, from where.

use std::fmt;
use std::net::IpAddr;

/// What is being tried. Each purpose has budgets of its own: wrong codes do not lock the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Purpose {
    /// The old password when somebody changes it.
    ChangePassword,
    /// The code that confirms a new account.
    ConfirmSignUp,
    /// The code of a second factor, or any other answer to a challenge.
    MfaCode,
    /// The code that allows a new password.
    ResetPassword,
    /// The password.
    SignIn,
    /// The code that proves an address.
    VerifyAttribute,
}

impl Purpose {
    /// All purposes.
    pub const ALL: &'static [Self] = &[
        Self::ChangePassword,
        Self::ConfirmSignUp,
        Self::MfaCode,
        Self::ResetPassword,
        Self::SignIn,
        Self::VerifyAttribute,
    ];

    /// The name of the purpose, `SignIn`. From a closed set, so fit for a metric label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChangePassword => "ChangePassword",
            Self::ConfirmSignUp => "ConfirmSignUp",
            Self::MfaCode => "MfaCode",
            Self::ResetPassword => "ResetPassword",
            Self::SignIn => "SignIn",
            Self::VerifyAttribute => "VerifyAttribute",
        }
    }

    /// Whether the secret is a short code rather than a password.
    pub(crate) const fn is_code(self) -> bool {
        matches!(
            self,
            Self::ConfirmSignUp | Self::MfaCode | Self::ResetPassword | Self::VerifyAttribute
        )
    }
}

/// Who tries what, from where. `Debug` shows neither name nor address nor device.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct AttemptSubject<'a> {
    /// What is being tried.
    pub purpose: Purpose,
    /// The name that the attempt is made under, as the person typed it.
    pub user: &'a str,
    /// Where the attempt comes from, where that is known.
    pub address: Option<IpAddr>,
    /// The key of the device that it comes from, where the service remembers devices.
    pub device: Option<&'a str>,
}

impl<'a> AttemptSubject<'a> {
    /// An attempt at `user`'s secret from an unknown address.
    #[must_use]
    pub const fn new(purpose: Purpose, user: &'a str) -> Self {
        Self {
            purpose,
            user,
            address: None,
            device: None,
        }
    }

    /// The same from this address.
    ///
    /// # Security
    ///
    /// It must be the address of the connection, or one that a trusted proxy vouches for. An
    /// address that the client can choose (the left end of `X-Forwarded-For`) gives an attacker a
    /// new budget with every request.
    #[must_use]
    pub const fn with_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// The same from a device with this key, at most 512 bytes: Cognito's device key, or a random
    /// one that the service keeps in a cookie of its own. It helps only where this user has signed
    /// in on that device before ([`Attempt::signed_in`](crate::Attempt::signed_in)), so a stranger
    /// gains nothing by inventing one. An empty key is none.
    ///
    /// # Security
    ///
    /// Whoever gets hold of the key of somebody's device has a budget of their own for that
    /// somebody, as small as that of one address.
    #[must_use]
    pub const fn with_device(mut self, key: &'a str) -> Self {
        self.device = Some(key);
        self
    }
}

impl fmt::Debug for AttemptSubject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptSubject")
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// Whether the pool tells `Alice` from `alice`, which its setting `UsernameConfiguration` decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaseRule {
    /// `Alice` and `alice` are one user and share a budget. The default of Cognito's console. In a pool
    /// that tells them apart nobody gets another's tries by it, but they share what is allowed: whoever
    /// fails as the one takes from the other.
    #[default]
    Insensitive,
    /// `Alice` and `alice` are two users with a budget each. Only for a pool that is set so, or was made
    /// by the API without `UsernameConfiguration`: with any other it multiplies an attacker's budget.
    Sensitive,
}
