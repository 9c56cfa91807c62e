//! The settings of the pool that do not change after the start.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::PasswordPolicy;

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
    /// The name in `AdvancedSecurityMode`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Audit => "AUDIT",
            Self::Enforced => "ENFORCED",
            Self::Off => "OFF",
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

/// Everything about the pool that is fixed at the start.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) pool_id: String,
    pub(crate) region: String,
    pub(crate) endpoint: String,
    pub(crate) issuer: String,
    pub(crate) policy: PasswordPolicy,
    pub(crate) mfa: MfaMode,
    /// Whether codes by e-mail are a second factor (`EmailMfaConfiguration`).
    pub(crate) email_mfa: bool,
    /// Whether a changed address waits for its code before it takes effect
    /// (`AttributesRequireVerificationBeforeUpdate`).
    pub(crate) verify_before_update: bool,
    pub(crate) usernames: Usernames,
    pub(crate) custom_attributes: BTreeSet<String>,
    pub(crate) required_attributes: BTreeSet<String>,
    pub(crate) attempt_limits: bool,
    pub(crate) threat_protection: ThreatProtection,
    pub(crate) identity_providers: BTreeMap<String, ProviderType>,
}

impl Settings {
    pub(crate) fn jwks_uri(&self) -> String {
        format!("{}/{}/.well-known/jwks.json", self.endpoint, self.pool_id)
    }
}
