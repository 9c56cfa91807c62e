//! The values that settings of a pool can have.

/// Whether the pool asks for a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MfaMode {
    /// Never.
    Off,
    /// Of every person; who has no factor is led through its set-up.
    On,
    /// Of the people who have turned a factor on.
    Optional,
}

impl MfaMode {
    pub(crate) const ALL: [Self; 3] = [Self::Off, Self::On, Self::Optional];

    /// The name in `MfaConfiguration`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::On => "ON",
            Self::Optional => "OPTIONAL",
        }
    }
}

/// Whether the pool records what people do, for an operator to look at (`AdvancedSecurityMode`).
///
/// The emulator records; it assesses nothing, so both modes that are on do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThreatProtection {
    /// It records.
    Audit,
    /// It records, and would act if it saw a risk.
    Enforced,
    /// It does not.
    Off,
}

impl ThreatProtection {
    pub(crate) const ALL: [Self; 3] = [Self::Audit, Self::Enforced, Self::Off];

    /// The name in `AdvancedSecurityMode`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Audit => "AUDIT",
            Self::Enforced => "ENFORCED",
            Self::Off => "OFF",
        }
    }
}

/// Whether an authenticator must make sure of the person, by a PIN or a finger, before a passkey
/// is used (`UserVerification`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserVerification {
    /// It should, and need not.
    Preferred,
    /// It must.
    Required,
}

impl UserVerification {
    pub(crate) const ALL: [Self; 2] = [Self::Preferred, Self::Required];

    /// The name in `UserVerification`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Preferred => "preferred",
            Self::Required => "required",
        }
    }
}

/// What kind of identity provider something is (`ProviderType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderType {
    /// Facebook.
    Facebook,
    /// Google.
    Google,
    /// Login with Amazon.
    LoginWithAmazon,
    /// Any that speaks OpenID Connect.
    Oidc,
    /// Any that speaks SAML 2.0.
    Saml,
    /// Sign in with Apple.
    SignInWithApple,
}

impl ProviderType {
    pub(crate) const ALL: [Self; 6] = [
        Self::Saml,
        Self::Facebook,
        Self::Google,
        Self::LoginWithAmazon,
        Self::SignInWithApple,
        Self::Oidc,
    ];

    /// The name in `ProviderType`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Facebook => "Facebook",
            Self::Google => "Google",
            Self::LoginWithAmazon => "LoginWithAmazon",
            Self::Oidc => "OIDC",
            Self::Saml => "SAML",
            Self::SignInWithApple => "SignInWithApple",
        }
    }

    /// Whether people are known by their subject only.
    pub(crate) const fn is_social(self) -> bool {
        !matches!(self, Self::Oidc | Self::Saml)
    }
}

/// How a pool remembers devices (`DeviceConfiguration`). By default every device that is confirmed is
/// remembered, and stands for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceConfiguration {
    pub(crate) challenge_required_on_new_device: bool,
    pub(crate) device_only_remembered_on_user_prompt: bool,
}

impl DeviceConfiguration {
    /// As a pool has it that was told nothing more than to remember devices.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a remembered device stands for the second factor.
    #[must_use]
    pub const fn challenge_required_on_new_device(mut self, required: bool) -> Self {
        self.challenge_required_on_new_device = required;
        self
    }

    /// Whether a device is remembered only when its person says so (`UpdateDeviceStatus`).
    #[must_use]
    pub const fn device_only_remembered_on_user_prompt(mut self, only: bool) -> Self {
        self.device_only_remembered_on_user_prompt = only;
        self
    }
}

/// What a person can sign in with first, beside a password (`AllowedFirstAuthFactors`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FirstFactor {
    /// A code by e-mail.
    EmailOtp,
    /// A code by SMS.
    SmsOtp,
    /// A passkey.
    WebAuthn,
}

impl FirstFactor {
    pub(crate) const ALL: [Self; 3] = [Self::EmailOtp, Self::SmsOtp, Self::WebAuthn];

    /// The name in `AllowedFirstAuthFactors`, and of the challenge.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::EmailOtp => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::WebAuthn => "WEB_AUTHN",
        }
    }

    /// The attribute that holds the address of a code, if it is a code that is sent.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Self::EmailOtp => Some("email"),
            Self::SmsOtp => Some("phone_number"),
            Self::WebAuthn => None,
        }
    }

    /// Whether it is a code that is sent.
    pub(crate) const fn is_code(self) -> bool {
        self.address().is_some()
    }
}

/// What people sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Usernames {
    /// An e-mail address or a phone number (`UsernameAttributes`); the internal user name is
    /// the `sub`, and operations accept all three.
    Email,
    /// A name that the person chooses, with verified e-mail addresses and phone numbers as
    /// aliases (`AliasAttributes`).
    Plain,
}

/// A second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    Email,
    Sms,
    SoftwareToken,
}

impl Factor {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Email => "EMAIL_OTP",
            Self::Sms => "SMS_MFA",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
        }
    }

    /// The attribute that holds the address of a code, unless an app shows the code.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("email"),
            Self::Sms => Some("phone_number"),
            Self::SoftwareToken => None,
        }
    }

    /// The answer's parameter that holds the code (`RespondToAuthChallenge`,
    /// "ChallengeResponses").
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Email => "EMAIL_OTP_CODE",
            Self::Sms => "SMS_MFA_CODE",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA_CODE",
        }
    }
}

/// A way to recover an account (`RecoveryOptionNameType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    AdminOnly,
    VerifiedEmail,
    VerifiedPhoneNumber,
}

impl Mechanism {
    pub(crate) const ALL: [Self; 3] = [
        Self::VerifiedEmail,
        Self::VerifiedPhoneNumber,
        Self::AdminOnly,
    ];

    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::AdminOnly => "admin_only",
            Self::VerifiedEmail => "verified_email",
            Self::VerifiedPhoneNumber => "verified_phone_number",
        }
    }

    /// The second factor that uses the same address.
    pub(crate) const fn factor(self) -> Option<Factor> {
        match self {
            Self::AdminOnly => None,
            Self::VerifiedEmail => Some(Factor::Email),
            Self::VerifiedPhoneNumber => Some(Factor::Sms),
        }
    }
}
