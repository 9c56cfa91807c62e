//! Requests to reset a forgotten password.

use derive_new::new;

use crate::context::RequestContext;
use crate::id::Username;
use crate::metadata::ClientMetadata;
use crate::secret::{ConfirmationCode, Password};

/// A request for a code for a forgotten password (`ForgotPassword`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct ForgotPasswordRequest {
    /// The user.
    pub username: Username,
    /// Key-value pairs for the pool's Lambda triggers.
    #[new(default)]
    pub client_metadata: ClientMetadata,
    /// Client data for the pool's threat protection.
    #[new(default)]
    pub context: RequestContext,
}

/// A request to set a new password with a code (`ConfirmForgotPassword`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct ConfirmForgotPasswordRequest {
    /// The user.
    pub username: Username,
    /// The code that Cognito sent.
    pub code: ConfirmationCode,
    /// The new password.
    pub new_password: Password,
    /// Key-value pairs for the pool's Lambda triggers.
    #[new(default)]
    pub client_metadata: ClientMetadata,
    /// Client data for the pool's threat protection.
    #[new(default)]
    pub context: RequestContext,
}
