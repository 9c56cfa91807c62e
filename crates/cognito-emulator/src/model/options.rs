//! The types of pool settings that have a fixed set of values.

use crate::model::named::named;

named! {
    /// The requirement for a second factor (`MfaConfiguration`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum MfaMode {
        /// Never required.
        Off = "OFF",
        /// Required for every user. A user without a factor must set one up.
        On = "ON",
        /// Required for users who have enabled a factor.
        Optional = "OPTIONAL",
    }
}

named! {
    /// The mode of threat protection (`AdvancedSecurityMode`).
    ///
    /// The emulator only records events and assesses no risk, so [`Audit`](Self::Audit) and
    /// [`Enforced`](Self::Enforced) have the same effect.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum ThreatProtection {
        /// Events are recorded.
        Audit = "AUDIT",
        /// Events are recorded. In AWS, risks also have consequences.
        Enforced = "ENFORCED",
        /// Nothing is recorded.
        Off = "OFF",
    }
}

named! {
    /// The requirement that an authenticator verifies the user, by a PIN or a fingerprint, before a
    /// passkey is used (`UserVerification`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum UserVerification {
        /// The authenticator should verify the user, but need not.
        Preferred = "preferred",
        /// The authenticator must verify the user.
        Required = "required",
    }
}

named! {
    /// The type of an identity provider (`ProviderType`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum ProviderType {
        /// Facebook.
        Facebook = "Facebook",
        /// Google.
        Google = "Google",
        /// Login with Amazon.
        LoginWithAmazon = "LoginWithAmazon",
        /// Any OpenID Connect provider.
        Oidc = "OIDC",
        /// Any SAML 2.0 provider.
        Saml = "SAML",
        /// Sign in with Apple.
        SignInWithApple = "SignInWithApple",
    }
}

impl ProviderType {
    /// Returns `true` if the provider identifies users only by their subject.
    pub(crate) const fn is_social(self) -> bool {
        !matches!(self, Self::Oidc | Self::Saml)
    }
}

/// The way in which a pool remembers devices (`DeviceConfiguration`). Default: every confirmed
/// device is remembered, and does not replace the second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceConfiguration {
    pub(crate) challenge_required_on_new_device: bool,
    pub(crate) device_only_remembered_on_user_prompt: bool,
}

impl DeviceConfiguration {
    /// Creates the default configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether a remembered device replaces the second factor.
    pub const fn challenge_required_on_new_device(mut self, required: bool) -> Self {
        self.challenge_required_on_new_device = required;
        self
    }

    /// Sets whether a device is remembered only with the user's consent (`UpdateDeviceStatus`).
    pub const fn device_only_remembered_on_user_prompt(mut self, only: bool) -> Self {
        self.device_only_remembered_on_user_prompt = only;
        self
    }
}

named! {
    /// A first factor other than a password (`AllowedFirstAuthFactors`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum FirstFactor {
        /// A code by e-mail.
        EmailOtp = "EMAIL_OTP",
        /// A code by SMS.
        SmsOtp = "SMS_OTP",
        /// A passkey.
        WebAuthn = "WEB_AUTHN",
    }
}

impl FirstFactor {
    /// Returns the attribute with the address for a code. Returns `None` if the factor is not a
    /// code.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Self::EmailOtp => Some("email"),
            Self::SmsOtp => Some("phone_number"),
            Self::WebAuthn => None,
        }
    }

    /// Returns `true` if the factor is a code that is sent.
    pub(crate) const fn is_code(self) -> bool {
        self.address().is_some()
    }
}

/// The kind of name with which users sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Usernames {
    /// An e-mail address or a phone number (`UsernameAttributes`). The internal user name is the
    /// `sub`, and operations accept all three.
    Email,
    /// A name that the user chooses, with verified e-mail addresses and phone numbers as aliases
    /// (`AliasAttributes`).
    Plain,
}

named! {
    /// A second factor.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Factor {
        Email = "EMAIL_OTP",
        Sms = "SMS_MFA",
        SoftwareToken = "SOFTWARE_TOKEN_MFA",
    }
}

impl Factor {
    /// Returns the attribute with the address for a code. Returns `None` for the code of an app.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("email"),
            Self::Sms => Some("phone_number"),
            Self::SoftwareToken => None,
        }
    }

    /// Returns the response parameter for the code (`RespondToAuthChallenge`,
    /// "ChallengeResponses").
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Email => "EMAIL_OTP_CODE",
            Self::Sms => "SMS_MFA_CODE",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA_CODE",
        }
    }
}

named! {
    /// A way to recover an account (`RecoveryOptionNameType`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Mechanism {
        AdminOnly = "admin_only",
        VerifiedEmail = "verified_email",
        VerifiedPhoneNumber = "verified_phone_number",
    }
}

impl Mechanism {
    /// Returns the second factor that uses the same address.
    pub(crate) const fn factor(self) -> Option<Factor> {
        match self {
            Self::AdminOnly => None,
            Self::VerifiedEmail => Some(Factor::Email),
            Self::VerifiedPhoneNumber => Some(Factor::Sms),
        }
    }
}
