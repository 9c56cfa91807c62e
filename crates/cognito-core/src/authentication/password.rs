//! Forgotten passwords.

use crate::context::RequestContext;
use crate::id::Username;
use crate::metadata::ClientMetadata;
use crate::secret::{ConfirmationCode, Password};

/// A request for a code for a forgotten password (`ForgotPassword`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ForgotPasswordRequest {
    /// The user.
    pub username: Username,
    /// Key-value pairs for the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
    /// Client data for the pool's threat protection.
    pub context: RequestContext,
}

impl ForgotPasswordRequest {
    /// Creates a request for a code for `username`.
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}

/// A request to set a new password with a code (`ConfirmForgotPassword`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfirmForgotPasswordRequest {
    /// The user.
    pub username: Username,
    /// The code that Cognito sent.
    pub code: ConfirmationCode,
    /// The new password.
    pub new_password: Password,
    /// Key-value pairs for the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
    /// Client data for the pool's threat protection.
    pub context: RequestContext,
}

impl ConfirmForgotPasswordRequest {
    /// Creates a request to set a new password for `username`.
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
