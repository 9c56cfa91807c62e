//! The user's own password.

use crate::secret::{AccessToken, Password};

/// Changes one's own password (`ChangePassword`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChangePasswordRequest {
    /// Who.
    pub access_token: AccessToken,
    /// The password until now.
    pub previous: Password,
    /// The password from now on.
    pub proposed: Password,
}

impl ChangePasswordRequest {
    /// From `previous` to `proposed`.
    #[must_use]
    pub const fn new(access_token: AccessToken, previous: Password, proposed: Password) -> Self {
        Self {
            access_token,
            previous,
            proposed,
        }
    }
}
