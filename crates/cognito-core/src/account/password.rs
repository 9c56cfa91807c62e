//! The request to change the signed-in user's password.

use derive_new::new;

use crate::secret::{AccessToken, Password};

/// A request to change the signed-in user's password (`ChangePassword`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct ChangePasswordRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The user's current password.
    pub previous: Password,
    /// The new password.
    pub proposed: Password,
}
