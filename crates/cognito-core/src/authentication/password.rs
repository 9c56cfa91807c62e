//! A forgotten password.

use crate::context::RequestContext;
use crate::id::Username;
use crate::metadata::ClientMetadata;
use crate::secret::{ConfirmationCode, Password};

/// Sends a code for a forgotten password (`ForgotPassword`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ForgotPasswordRequest {
    /// Whose password.
    pub username: Username,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
    /// Where the request came from, for the pool's threat protection.
    pub context: RequestContext,
}

impl ForgotPasswordRequest {
    /// A code for `username`.
    #[must_use]
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}

/// Sets a new password (`ConfirmForgotPassword`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfirmForgotPasswordRequest {
    /// Whose password.
    pub username: Username,
    /// The code that was sent.
    pub code: ConfirmationCode,
    /// The new password.
    pub new_password: Password,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
    /// Where the request came from, for the pool's threat protection.
    pub context: RequestContext,
}

impl ConfirmForgotPasswordRequest {
    /// A new password for `username`.
    #[must_use]
    pub const fn new(username: Username, code: ConfirmationCode, new_password: Password) -> Self {
        Self {
            username,
            code,
            new_password,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}
