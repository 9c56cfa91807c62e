//! Second factors of the signed-in user.

use derive_new::new;

use crate::id::DeviceName;
use crate::secret::{AccessToken, TotpCode};

/// A request to verify an authenticator app (`VerifySoftwareToken`). The code proves that the app
/// has the secret.
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct VerifyTotpRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The code that the app shows.
    pub code: TotpCode,
    /// The name that the user chose for the device.
    #[new(default)]
    pub device_name: Option<DeviceName>,
}

/// The change of one second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorChange {
    /// Disables the factor.
    Off,
    /// Enables the factor, but does not make it the preferred one.
    On,
    /// Enables the factor and makes it the preferred one.
    Preferred,
}

impl FactorChange {
    /// Returns `true` if the change enables the factor.
    pub const fn is_on(self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Returns `true` if the change makes the factor the preferred one.
    pub const fn is_preferred(self) -> bool {
        matches!(self, Self::Preferred)
    }
}

/// Changes of second factors (`SetUserMFAPreference`). A factor that is `None` is not sent and
/// stays unchanged. This matters for SMS: Cognito rejects a value if the user has no phone number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, new)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct MfaPreference {
    /// The change of the factor that sends codes by e-mail.
    #[new(default)]
    pub email: Option<FactorChange>,
    /// The change of the factor that sends codes by SMS.
    #[new(default)]
    pub sms: Option<FactorChange>,
    /// The change of the authenticator app factor.
    #[new(default)]
    pub totp: Option<FactorChange>,
}

impl MfaPreference {
    /// Sets the change of the authenticator app factor.
    pub const fn totp(mut self, change: FactorChange) -> Self {
        self.totp = Some(change);
        self
    }

    /// Sets the change of the factor that sends codes by SMS.
    pub const fn sms(mut self, change: FactorChange) -> Self {
        self.sms = Some(change);
        self
    }

    /// Sets the change of the factor that sends codes by e-mail.
    pub const fn email(mut self, change: FactorChange) -> Self {
        self.email = Some(change);
        self
    }
}
