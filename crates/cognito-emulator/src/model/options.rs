//! Settings of a pool that have a few fixed values, such as [`MfaMode`].

use cognito_core::setters;

use serde::{Deserialize, Serialize};

use crate::model::named::named;

/// The name of the claim with the id of a user at a SAML provider.
pub(crate) const NAME_ID: &str = "NameID";

named! {
    /// Whether users need a second factor to sign in (`MfaConfiguration`).
    #[non_exhaustive]
    pub enum MfaMode {
        /// No sign-in requires a second factor.
        Off = "OFF",
        /// Every sign-in requires a second factor. A user without one must set it up during the
        /// sign-in.
        On = "ON",
        /// A sign-in requires a second factor if the user has enabled one.
        Optional = "OPTIONAL",
    }

    /// The mode of threat protection (`AdvancedSecurityMode`), which records sign-ins and other
    /// actions of users as authentication events.
    ///
    /// The emulator finds risks only if a test sets them up, for example with
    /// [`EmulatorBuilder::compromised_passwords`](crate::EmulatorBuilder::compromised_passwords).
    #[non_exhaustive]
    pub enum ThreatProtection {
        /// Authentication events are recorded, with their risks.
        Audit = "AUDIT",
        /// Authentication events are recorded. A risk can also cause a further challenge or a
        /// rejection, as configured by `SetRiskConfiguration`.
        Enforced = "ENFORCED",
        /// No authentication events are recorded.
        Off = "OFF",
    }

    /// Whether an authenticator must verify the user, for example by a PIN or a fingerprint, when a
    /// passkey is used (`UserVerification`).
    #[non_exhaustive]
    pub enum UserVerification {
        /// The authenticator verifies the user if it can. Responses without user verification are
        /// accepted.
        Preferred = "preferred",
        /// The authenticator must verify the user. Responses without user verification are
        /// rejected.
        Required = "required",
    }

    /// The type of an identity provider (`ProviderType`).
    #[non_exhaustive]
    pub enum ProviderType {
        /// Users sign in with Facebook accounts.
        Facebook,
        /// Users sign in with Google accounts.
        Google,
        /// Users sign in with Amazon accounts (Login with Amazon).
        LoginWithAmazon,
        /// Users sign in with accounts at any OpenID Connect provider.
        Oidc = "OIDC",
        /// Users sign in with accounts at any SAML 2.0 provider.
        Saml = "SAML",
        /// Users sign in with Apple accounts (Sign in with Apple).
        SignInWithApple,
    }
}

impl ProviderType {
    /// Returns `true` for a social provider, that is, every type except OIDC and SAML. A social
    /// provider identifies users only by the attribute `Cognito_Subject`.
    pub(crate) const fn is_social(self) -> bool {
        !matches!(self, Self::Oidc | Self::Saml)
    }

    /// Returns `true` if the token endpoint of the provider returns an ID token.
    pub(crate) const fn has_id_token(self) -> bool {
        matches!(self, Self::Google | Self::Oidc | Self::SignInWithApple)
    }

    /// Returns the name of the claim that identifies a user at the provider.
    pub(crate) const fn subject(self) -> &'static str {
        match self {
            Self::Facebook => "id",
            Self::LoginWithAmazon => "user_id",
            Self::Saml => NAME_ID,
            Self::Google | Self::Oidc | Self::SignInWithApple => "sub",
        }
    }
}

/// How a pool remembers the devices of users (`DeviceConfiguration`). Default: every confirmed
/// device is remembered, and does not replace the second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeviceConfiguration {
    pub(crate) challenge_required_on_new_device: bool,
    pub(crate) device_only_remembered_on_user_prompt: bool,
}

impl DeviceConfiguration {
    /// Creates the default configuration: every confirmed device is remembered, and does not
    /// replace the second factor.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets whether a remembered device replaces the second factor
        /// (`ChallengeRequiredOnNewDevice`). Only new devices then need the second factor. Default:
        /// no.
        pub fn challenge_required_on_new_device(required: bool) {
            challenge_required_on_new_device = required
        }

        /// Sets whether a device is remembered only after the user has agreed, which the client
        /// reports with `UpdateDeviceStatus` (`DeviceOnlyRememberedOnUserPrompt`). Default: no.
        pub fn device_only_remembered_on_user_prompt(only: bool) {
            device_only_remembered_on_user_prompt = only
        }
    }
}

named! {
    /// A first factor of a sign-in, other than a password (`AllowedFirstAuthFactors`).
    #[derive(PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum FirstFactor {
        /// A one-time code that is sent by e-mail.
        EmailOtp = "EMAIL_OTP",
        /// A one-time code that is sent by SMS.
        SmsOtp = "SMS_OTP",
        /// A passkey (WebAuthn).
        WebAuthn = "WEB_AUTHN",
    }
}

impl FirstFactor {
    /// Returns the name of the attribute that contains the address for the code: `email` or
    /// `phone_number`. Returns `None` for a passkey, which needs no code.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Self::EmailOtp => Some("email"),
            Self::SmsOtp => Some("phone_number"),
            Self::WebAuthn => None,
        }
    }

    /// Returns `true` if the factor is a one-time code.
    pub(crate) const fn is_code(self) -> bool {
        self.address().is_some()
    }
}

/// The kind of name with which users of a pool sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Usernames {
    /// An e-mail address or a phone number (`UsernameAttributes`).
    ///
    /// `Username` in responses is the `sub` of the user. Requests can contain the `sub`, the e-mail
    /// address or the phone number.
    Email,
    /// A user name that the user chooses. Verified e-mail addresses and phone numbers, and the
    /// attribute `preferred_username`, are aliases of the user name (`AliasAttributes`).
    Plain,
}

named! {
    /// A second factor. Its AWS name is its name in `UserMFASettingList`.
    pub(crate) enum Factor {
        Email = "EMAIL_OTP",
        Sms = "SMS_MFA",
        SoftwareToken = "SOFTWARE_TOKEN_MFA",
    }
}

impl Factor {
    /// Returns the name of the user attribute that contains the address for the code. Returns
    /// `None` for an authenticator app.
    pub(crate) const fn address(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("email"),
            Self::Sms => Some("phone_number"),
            Self::SoftwareToken => None,
        }
    }

    /// Returns the name of the member of `ChallengeResponses` that contains the code (API reference
    /// of `RespondToAuthChallenge`).
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Email => "EMAIL_OTP_CODE",
            Self::Sms => "SMS_MFA_CODE",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA_CODE",
        }
    }
}

named! {
    /// A way for users to recover their account (`RecoveryOptionNameType`).
    pub(crate) enum Mechanism {
        AdminOnly = "admin_only",
        VerifiedEmail = "verified_email",
        VerifiedPhoneNumber = "verified_phone_number",
    }
}

impl Mechanism {
    /// Returns the second factor whose codes are sent to the same address as the recovery code:
    /// [`Factor::Email`] for the e-mail address, and [`Factor::Sms`] for the phone number. Returns
    /// `None` for `AdminOnly`, because then no code is sent.
    pub(crate) const fn factor(self) -> Option<Factor> {
        match self {
            Self::AdminOnly => None,
            Self::VerifiedEmail => Some(Factor::Email),
            Self::VerifiedPhoneNumber => Some(Factor::Sms),
        }
    }
}
