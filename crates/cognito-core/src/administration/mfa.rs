//! Second factors of a user.

use crate::account::mfa::MfaPreference;
use crate::id::Username;

/// A request to enable or disable second factors of a user (`AdminSetUserMFAPreference`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SetUserMfaPreferenceRequest {
    /// The user.
    pub username: Username,
    /// The changes.
    pub preference: MfaPreference,
}

impl SetUserMfaPreferenceRequest {
    /// Creates a request to change this user's factors.
    pub const fn new(username: Username, preference: MfaPreference) -> Self {
        Self {
            username,
            preference,
        }
    }
}
