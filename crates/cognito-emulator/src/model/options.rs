//! The settings of a pool that have a fixed set of values.

use cognito_core::setters;

use crate::model::named::named;

named! {
    /// Whether a sign-in requires a second factor (`MfaConfiguration`).
    #[non_exhaustive]
    pub enum MfaMode {
        /// A sign-in never requires a second factor.
        Off = "OFF",
        /// Every user needs a second factor. A user without one must set it up at the sign-in.
        On = "ON",
        /// Users who have enabled a second factor need it.
        Optional = "OPTIONAL",
    }

    /// The mode of threat protection (`AdvancedSecurityMode`).
    ///
    /// The emulator only records events and assesses no risk. [`Audit`](Self::Audit) and
    /// [`Enforced`](Self::Enforced) therefore have the same effect.
    #[non_exhaustive]
    pub enum ThreatProtection {
        /// Events are recorded.
        Audit = "AUDIT",
        /// Events are recorded. In AWS, a risk can also cause a challenge or a rejection.
        Enforced = "ENFORCED",
        /// No events are recorded.
        Off = "OFF",
    }

    /// Whether an authenticator must verify the user, by a PIN or a fingerprint, when a passkey is
    /// used (`UserVerification`).
    #[non_exhaustive]
    pub enum UserVerification {
        /// The authenticator verifies the user if it can.
        Preferred = "preferred",
        /// The authenticator must verify the user.
        Required = "required",
    }

    /// The type of an identity provider (`ProviderType`).
    #[non_exhaustive]
    pub enum ProviderType {
        /// Facebook.
        Facebook,
        /// Google.
        Google,
        /// Login with Amazon.
        LoginWithAmazon,
        /// Any OpenID Connect provider.
        Oidc = "OIDC",
        /// Any SAML 2.0 provider.
        Saml = "SAML",
        /// Sign in with Apple.
        SignInWithApple,
    }
}

impl ProviderType {
    /// Returns `true` if the provider identifies users only by their subject (`Cognito_Subject`).
    pub(crate) const fn is_social(self) -> bool {
        !matches!(self, Self::Oidc | Self::Saml)
    }
}

/// How a pool remembers devices (`DeviceConfiguration`). Default: every confirmed device is
/// remembered and does not replace the second factor.
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

    setters! {
        /// Sets whether a remembered device replaces the second factor. Default: no.
        pub fn challenge_required_on_new_device(required: bool) {
            challenge_required_on_new_device = required
        }

        /// Sets whether a device is remembered only after the user agrees (`UpdateDeviceStatus`).
        /// Default: no.
        pub fn device_only_remembered_on_user_prompt(only: bool) {
            device_only_remembered_on_user_prompt = only
        }
    }
}

named! {
    /// A first factor other than a password (`AllowedFirstAuthFactors`).
    #[derive(PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum FirstFactor {
        /// A one-time code by e-mail.
        EmailOtp = "EMAIL_OTP",
        /// A one-time code by SMS.
        SmsOtp = "SMS_OTP",
        /// A passkey.
        WebAuthn = "WEB_AUTHN",
    }
}

impl FirstFactor {
    /// Returns the name of the attribute with the address for the code. Returns `None` for a
    /// passkey.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Self::EmailOtp => Some("email"),
            Self::SmsOtp => Some("phone_number"),
            Self::WebAuthn => None,
        }
    }

    /// Returns `true` if the factor is a code that Cognito sends.
    pub(crate) const fn is_code(self) -> bool {
        self.address().is_some()
    }
}

/// The kind of name with which users sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Usernames {
    /// An e-mail address or a phone number (`UsernameAttributes`).
    ///
    /// The user name in responses is the `sub`. Requests can contain the `sub` or either address.
    Email,
    /// A name that the user chooses. Verified e-mail addresses and phone numbers are aliases
    /// (`AliasAttributes`).
    Plain,
}

named! {
    /// A second factor, by its name in `UserMFASettingList`.
    pub(crate) enum Factor {
        Email = "EMAIL_OTP",
        Sms = "SMS_MFA",
        SoftwareToken = "SOFTWARE_TOKEN_MFA",
    }
}

impl Factor {
    /// Returns the name of the attribute with the address for the code. Returns `None` for an
    /// authenticator app.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("email"),
            Self::Sms => Some("phone_number"),
            Self::SoftwareToken => None,
        }
    }

    /// Returns the name of the code in `ChallengeResponses` (API reference of
    /// `RespondToAuthChallenge`).
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
    pub(crate) enum Mechanism {
        AdminOnly = "admin_only",
        VerifiedEmail = "verified_email",
        VerifiedPhoneNumber = "verified_phone_number",
    }
}

impl Mechanism {
    /// Returns the second factor that uses the same address. Returns `None` if only administrators
    /// recover accounts.
    pub(crate) const fn factor(self) -> Option<Factor> {
        match self {
            Self::AdminOnly => None,
            Self::VerifiedEmail => Some(Factor::Email),
            Self::VerifiedPhoneNumber => Some(Factor::Sms),
        }
    }
}
