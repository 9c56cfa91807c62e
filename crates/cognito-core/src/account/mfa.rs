//! Second factors.

use serde::{Serialize, Serializer};

use crate::id::{DeviceName, Username};
use crate::secret::{AccessToken, TotpCode};

/// Proves that an authenticator app has the secret (`VerifySoftwareToken`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyTotpRequest {
    /// Who.
    pub access_token: AccessToken,
    /// The code that the app shows.
    pub code: TotpCode,
    /// What the person calls the device.
    pub device_name: Option<DeviceName>,
}

impl VerifyTotpRequest {
    /// With this code.
    #[must_use]
    pub const fn new(access_token: AccessToken, code: TotpCode) -> Self {
        Self {
            access_token,
            code,
            device_name: None,
        }
    }
}

/// What is to change about one factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorChange {
    /// Off.
    Off,
    /// On, but another factor is asked for first.
    On,
    /// On, and asked for first.
    Preferred,
}

impl FactorChange {
    /// Whether the factor is on afterwards.
    #[must_use]
    pub const fn is_on(self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Whether the factor is asked for first afterwards.
    #[must_use]
    pub const fn is_preferred(self) -> bool {
        matches!(self, Self::Preferred)
    }
}

/// Which second factors are on (`SetUserMFAPreference`). What is `None` is not sent and stays as
/// it is: naming SMS for a user without a phone number would be refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MfaPreference {
    /// A code by e-mail.
    pub email: Option<FactorChange>,
    /// A code by SMS.
    pub sms: Option<FactorChange>,
    /// An authenticator app.
    pub totp: Option<FactorChange>,
}

impl MfaPreference {
    /// Changes nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            email: None,
            sms: None,
            totp: None,
        }
    }

    /// The same with a change about the authenticator app.
    #[must_use]
    pub const fn totp(mut self, change: FactorChange) -> Self {
        self.totp = Some(change);
        self
    }

    /// The same with a change about codes by SMS.
    #[must_use]
    pub const fn sms(mut self, change: FactorChange) -> Self {
        self.sms = Some(change);
        self
    }

    /// The same with a change about codes by e-mail.
    #[must_use]
    pub const fn email(mut self, change: FactorChange) -> Self {
        self.email = Some(change);
        self
    }
}

/// With what somebody can sign in (`GetUserAuthFactors`).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthFactors {
    /// The user's name in the pool.
    #[serde(serialize_with = "name")]
    pub username: Username,
    /// The first factors that are at hand for a choice-based sign-in: `PASSWORD`, `EMAIL_OTP`,
    /// `SMS_OTP`, `WEB_AUTHN`.
    pub configured_user_auth_factors: Vec<String>,
    /// The second factors that are on: `SOFTWARE_TOKEN_MFA`, `SMS_MFA`, `EMAIL_OTP`.
    #[serde(rename = "mfa")]
    pub mfa_factors: Vec<String>,
    /// The second factor that is asked for first.
    #[serde(rename = "preferredMfa", skip_serializing_if = "Option::is_none")]
    pub preferred_mfa: Option<String>,
}

impl AuthFactors {
    /// Nothing at all.
    #[must_use]
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            configured_user_auth_factors: Vec::new(),
            mfa_factors: Vec::new(),
            preferred_mfa: None,
        }
    }
}

fn name<S: Serializer>(name: &Username, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name.as_str())
}
