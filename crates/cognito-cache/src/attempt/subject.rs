//! The subject of an attempt: the user, the kind of secret, and the client's address and device.

use std::fmt;
use std::net::IpAddr;

use super::policy::AttemptPolicy;

/// The kind of secret that an attempt may guess, or the set-up of a factor. Each purpose has its own
/// counters, so wrong codes do not prevent a sign-in with the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Purpose {
    /// The current password, when a user sets a new one.
    ChangePassword,
    /// The code that confirms a new account.
    ConfirmSignUp,
    /// No secret: the start of the set-up of an authenticator app or a passkey. The crate `cognito`
    /// counts successful set-ups too, so that a caller who has the user's access token cannot use
    /// up the pool's request quota with them.
    FactorSetup,
    /// The code of a second factor, or another response to a challenge.
    MfaCode,
    /// The code with which a user sets a new password.
    ResetPassword,
    /// The password with which a user signs in.
    SignIn,
    /// The code that verifies an e-mail address or phone number.
    VerifyAttribute,
}

impl Purpose {
    /// All purposes of attempts: one per variant, in alphabetical order.
    pub const ALL: &'static [Self] = &[
        Self::ChangePassword,
        Self::ConfirmSignUp,
        Self::FactorSetup,
        Self::MfaCode,
        Self::ResetPassword,
        Self::SignIn,
        Self::VerifyAttribute,
    ];

    /// Returns the name of the purpose, such as `SignIn`. The names can be metric labels, because
    /// there are only a few of them and none is from user input.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChangePassword => "ChangePassword",
            Self::ConfirmSignUp => "ConfirmSignUp",
            Self::FactorSetup => "FactorSetup",
            Self::MfaCode => "MfaCode",
            Self::ResetPassword => "ResetPassword",
            Self::SignIn => "SignIn",
            Self::VerifyAttribute => "VerifyAttribute",
        }
    }

    /// Returns the default limits for this purpose.
    pub(crate) const fn default_policy(self) -> AttemptPolicy {
        match self {
            Self::ChangePassword | Self::SignIn => AttemptPolicy::passwords(),
            Self::ConfirmSignUp | Self::MfaCode | Self::ResetPassword | Self::VerifyAttribute => {
                AttemptPolicy::codes()
            }
            Self::FactorSetup => AttemptPolicy::setups(),
        }
    }
}

/// The subject of an attempt: the user, the kind of secret, and the client's address and device.
/// `Debug` shows only the kind of secret.
#[derive(Clone, Copy)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct AttemptSubject<'a> {
    /// The kind of secret that the attempt could guess, such as a password.
    pub purpose: Purpose,
    /// The name of the user, as the caller entered it.
    pub user: &'a str,
    /// The client's address, if it is known.
    pub address: Option<IpAddr>,
    /// The key of the client's device, if the service remembers devices. It has at most 512 bytes.
    pub device: Option<&'a str>,
}

impl<'a> AttemptSubject<'a> {
    /// Creates the subject of an attempt to guess a secret of `user`, without an address and a
    /// device.
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
    /// Use the address of the connection, or an address that a trusted proxy reports. If the client
    /// can choose the address, for example because it is the left end of `X-Forwarded-For`, an
    /// attacker has new counters with every request.
    pub const fn with_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Sets the key of the client's device, at most 512 bytes: Cognito's device key, or a random
    /// key that the service stores in a cookie. The key has an effect only if this user has signed
    /// in on that device before ([`Attempt::signed_in`](crate::Attempt::signed_in)). An invented
    /// key therefore does not help an attacker. An empty key counts as no device.
    ///
    /// # Security
    ///
    /// An attacker who obtains a user's device key can try as many further secrets of that user as
    /// from one address ([`per_user_and_address`](crate::AttemptPolicy::per_user_and_address)).
    /// Therefore keep the key in a cookie that scripts cannot read (`HttpOnly`).
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

/// The case sensitivity of user names in a pool (`UsernameConfiguration`): whether `Alice` and
/// `alice` are different users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaseRule {
    /// `Alice` and `alice` are one user and share counters. This is the default of Cognito's
    /// console. If the pool distinguishes these names, two users share one counter.
    #[default]
    Insensitive,
    /// `Alice` and `alice` are two users with separate counters. Use this rule only for a pool that
    /// distinguishes case, such as a pool that was created by the API without
    /// `UsernameConfiguration`. For any other pool, this rule multiplies the attempts of an
    /// attacker.
    Sensitive,
}
