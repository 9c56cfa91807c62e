//! The requests with which an operator changes a user's second factors.

use derive_new::new;

use crate::account::mfa::MfaPreference;
use crate::id::Username;

/// A request to enable or disable the second factors of a user (`AdminSetUserMFAPreference`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct SetUserMfaPreferenceRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The change to each second factor of the user: enable it, disable it or leave it unchanged.
    pub preference: MfaPreference,
}

/// A request to enable or disable codes by SMS as the second factor of a user
/// (`AdminSetUserSettings`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct SetUserSettingsRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// `true` to enable codes by SMS to the user's phone number, `false` to disable them.
    pub sms_mfa: bool,
}
