//! Requests to reset a forgotten password.

use crate::context::RequestContext;
use crate::id::Username;
use crate::metadata::ClientMetadata;
use crate::secret::{ConfirmationCode, Password};

record! {
    /// A request to send a code to a user who forgot the password (`ForgotPassword`).
    #[derive(Clone, Debug)]
    pub struct ForgotPasswordRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
        /// Client data for the pool's threat protection. Default: no data.
        pub context: RequestContext,
    }
}

record! {
    /// A request to set a new password with the code for a forgotten password
    /// (`ConfirmForgotPassword`).
    #[derive(Clone, Debug)]
    pub struct ConfirmForgotPasswordRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        /// The code that Cognito sent.
        pub code: ConfirmationCode,
        /// The new password.
        pub new_password: Password,
        ..
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
        /// Client data for the pool's threat protection. Default: no data.
        pub context: RequestContext,
    }
}
