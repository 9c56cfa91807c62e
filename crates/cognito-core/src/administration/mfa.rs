//! Second factors of a user.

use crate::account::mfa::MfaPreference;
use crate::id::Username;

/// Turns second factors of a user on or off (`AdminSetUserMFAPreference`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SetUserMfaPreferenceRequest {
    /// Whose.
    pub username: Username,
    /// What is to change.
    pub preference: MfaPreference,
}

impl SetUserMfaPreferenceRequest {
    /// Changes this user's factors so.
    #[must_use]
    pub const fn new(username: Username, preference: MfaPreference) -> Self {
        Self {
            username,
            preference,
        }
    }
}
