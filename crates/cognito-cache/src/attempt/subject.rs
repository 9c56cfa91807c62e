//! The subject of an attempt: the user, the kind of secret, and the address or device it comes
//! from.

use std::fmt;
use std::net::IpAddr;

/// The kind of secret that is tried. Each purpose has its own budgets: wrong codes do not lock the
/// password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Purpose {
    /// The current password, when a user changes it.
    ChangePassword,
    /// The code that confirms a new account.
    ConfirmSignUp,
    /// The code of a second factor, or any other response to a challenge.
    MfaCode,
    /// The code that allows a new password.
    ResetPassword,
    /// The password.
    SignIn,
    /// The code that verifies an e-mail address or phone number.
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

    /// Returns the name of the purpose, such as `SignIn`. The names are a closed set and can be
    /// metric labels.
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

    /// Returns `true` if the secret is a short code rather than a password.
    pub(crate) const fn is_code(self) -> bool {
        matches!(
            self,
            Self::ConfirmSignUp | Self::MfaCode | Self::ResetPassword | Self::VerifyAttribute
        )
    }
}

/// The subject of an attempt: the user, the kind of secret, and the address or device it comes
/// from. `Debug` shows neither name nor address nor device.
#[derive(Clone, Copy)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct AttemptSubject<'a> {
    /// The kind of secret.
    pub purpose: Purpose,
    /// The name of the user, as the caller entered it.
    pub user: &'a str,
    /// The client's address, if it is known.
    pub address: Option<IpAddr>,
    /// The key of the client's device, if the service remembers devices.
    pub device: Option<&'a str>,
}

impl<'a> AttemptSubject<'a> {
    /// Creates the subject of an attempt at `user`'s secret. The address is unknown.
    pub const fn new(purpose: Purpose, user: &'a str) -> Self {
        Self {
            purpose,
            user,
            address: None,
            device: None,
        }
    }

    /// Sets the client's address.
    ///
    /// # Security
    ///
    /// Use the address of the connection, or one that a trusted proxy reports. If the client can
    /// choose the address (the left end of `X-Forwarded-For`), an attacker gets a new budget with
    /// every request.
    pub const fn with_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Sets the key of the client's device, at most 512 bytes: Cognito's device key, or a random
    /// key that the service stores in a cookie. It has an effect only if this user has signed in on
    /// that device before ([`Attempt::signed_in`](crate::Attempt::signed_in)). An attacker gains
    /// nothing from an invented key. An empty key counts as no device.
    ///
    /// # Security
    ///
    /// An attacker who obtains a user's device key gets one further budget for that user, as large
    /// as that of one address.
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

/// Whether the pool distinguishes `Alice` from `alice`. The pool's setting `UsernameConfiguration`
/// decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaseRule {
    /// `Alice` and `alice` are one user and share a budget. This is the default of Cognito's
    /// console. In a pool that distinguishes them, the two users share one budget; neither gets
    /// more attempts.
    #[default]
    Insensitive,
    /// `Alice` and `alice` are two users, each with a budget. Use it only for a pool that
    /// distinguishes case: it is configured so, or was created by the API without
    /// `UsernameConfiguration`. For any other pool it multiplies an attacker's budget.
    Sensitive,
}
