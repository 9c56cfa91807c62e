//! Second factors.

use crate::id::DeviceName;
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
