//! The request to change a user's second factors, for an operator.

use derive_new::new;

use crate::account::mfa::MfaPreference;
use crate::id::Username;

/// A request to enable or disable second factors of a user (`AdminSetUserMFAPreference`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct SetUserMfaPreferenceRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The changes of the second factors.
    pub preference: MfaPreference,
}
