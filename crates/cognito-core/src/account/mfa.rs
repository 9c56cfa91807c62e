//! Requests for the second factors of the signed-in user.

use crate::id::DeviceName;
use crate::secret::{AccessToken, TotpCode};

record! {
    /// A request to verify an authenticator app (`VerifySoftwareToken`). The code proves that the
    /// app has the secret that `AssociateSoftwareToken` returned.
    #[derive(Clone, Debug)]
    pub struct VerifyTotpRequest {
        /// The access token of the signed-in user.
        pub access_token: AccessToken,
        /// The code that the app shows.
        pub code: TotpCode,
        ..
        /// The name of the authenticator app, if the user chose one.
        pub device_name: Option<DeviceName>,
    }
}

/// A change of one second factor of a user: disable it, enable it, or make it the preferred one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorChange {
    /// Disables the second factor.
    Off,
    /// Enables the second factor. If it is the preferred one, it stays enabled but is no longer
    /// preferred.
    On,
    /// Enables the second factor and makes it the preferred one.
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

/// Changes of a user's second factors (`SetUserMFAPreference`). A factor whose change is `None` is
/// not sent and stays unchanged.
///
/// If the user has no phone number, leave `sms` at `None`: Cognito rejects every change of the SMS
/// factor, even [`FactorChange::Off`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct MfaPreference {
    /// The change of the factor that sends codes by e-mail. `None` leaves the factor unchanged.
    pub email: Option<FactorChange>,
    /// The change of the factor that sends codes by SMS. `None` leaves the factor unchanged.
    pub sms: Option<FactorChange>,
    /// The change of the authenticator app factor. `None` leaves the factor unchanged.
    pub totp: Option<FactorChange>,
}

impl MfaPreference {
    /// Creates an `MfaPreference` that changes no factor.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Changes the second factor that uses codes of an authenticator app. Default: no change.
        pub fn totp(change: FactorChange) { totp = Some(change) }

        /// Changes the second factor that uses codes by SMS. Default: no change.
        pub fn sms(change: FactorChange) { sms = Some(change) }

        /// Changes the second factor that uses codes by e-mail. Default: no change.
        pub fn email(change: FactorChange) { email = Some(change) }
    }
}
