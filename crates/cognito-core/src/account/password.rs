//! The signed-in user's password.

use crate::secret::{AccessToken, Password};

/// A request to change the signed-in user's password (`ChangePassword`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChangePasswordRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The current password.
    pub previous: Password,
    /// The new password.
    pub proposed: Password,
}

impl ChangePasswordRequest {
    /// Creates a request to change `previous` to `proposed`.
    pub const fn new(access_token: AccessToken, previous: Password, proposed: Password) -> Self {
        Self {
            access_token,
            previous,
            proposed,
        }
    }
}
