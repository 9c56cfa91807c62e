//! The values of settings of a pool.

/// Whether the pool requires a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MfaMode {
    /// Never required.
    Off,
    /// Required for every user. A user without a factor must set one up.
    On,
    /// Required for users who have enabled a factor.
    Optional,
}

impl MfaMode {
    pub(crate) const ALL: [Self; 3] = [Self::Off, Self::On, Self::Optional];

    /// Returns the name in `MfaConfiguration`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::On => "ON",
            Self::Optional => "OPTIONAL",
        }
    }
}

/// Whether the pool records users' actions for operators (`AdvancedSecurityMode`).
///
/// The emulator only records events and assesses no risk, so [`Audit`](Self::Audit) and
/// [`Enforced`](Self::Enforced) have the same effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThreatProtection {
    /// Events are recorded.
    Audit,
    /// Events are recorded. In AWS, risks also have consequences.
    Enforced,
    /// Nothing is recorded.
    Off,
}

impl ThreatProtection {
    pub(crate) const ALL: [Self; 3] = [Self::Audit, Self::Enforced, Self::Off];

    /// Returns the name in `AdvancedSecurityMode`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Audit => "AUDIT",
            Self::Enforced => "ENFORCED",
            Self::Off => "OFF",
        }
    }
}

/// Whether an authenticator must verify the user, by a PIN or a fingerprint, before a passkey is
/// used (`UserVerification`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserVerification {
    /// The authenticator should verify the user, but need not.
    Preferred,
    /// The authenticator must verify the user.
    Required,
}

impl UserVerification {
    pub(crate) const ALL: [Self; 2] = [Self::Preferred, Self::Required];

    /// Returns the name in `UserVerification`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Preferred => "preferred",
            Self::Required => "required",
        }
    }
}

/// The type of an identity provider (`ProviderType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderType {
    /// Facebook.
    Facebook,
    /// Google.
    Google,
    /// Login with Amazon.
    LoginWithAmazon,
    /// Any OpenID Connect provider.
    Oidc,
    /// Any SAML 2.0 provider.
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

    /// Returns the name in `ProviderType`.
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
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether a remembered device replaces the second factor.
    #[must_use]
    pub const fn challenge_required_on_new_device(mut self, required: bool) -> Self {
        self.challenge_required_on_new_device = required;
        self
    }

    /// Sets whether a device is remembered only with the user's consent (`UpdateDeviceStatus`).
    #[must_use]
    pub const fn device_only_remembered_on_user_prompt(mut self, only: bool) -> Self {
        self.device_only_remembered_on_user_prompt = only;
        self
    }
}

/// A first factor other than a password (`AllowedFirstAuthFactors`).
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

    /// Returns the name in `AllowedFirstAuthFactors`, which is also the name of the challenge.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::EmailOtp => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::WebAuthn => "WEB_AUTHN",
        }
    }

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

    /// Returns the second factor that uses the same address.
    pub(crate) const fn factor(self) -> Option<Factor> {
        match self {
            Self::AdminOnly => None,
            Self::VerifiedEmail => Some(Factor::Email),
            Self::VerifiedPhoneNumber => Some(Factor::Sms),
        }
    }
}
