//! Creating an account and confirming it.

use serde::Serialize;

use crate::context::RequestContext;
use crate::id::Username;
use crate::metadata::ClientMetadata;
use crate::secret::{ConfirmationCode, Password};
use crate::user::{Attributes, CodeDelivery};

/// Creates an account (`SignUp`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignUpRequest {
    /// The name to sign in with; in most pools an e-mail address.
    pub username: Username,
    /// The password.
    pub password: Password,
    /// Attributes of the new user.
    pub attributes: Attributes,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
    /// Where the request came from, for the pool's threat protection.
    pub context: RequestContext,
}

impl SignUpRequest {
    /// An account with a name and a password.
    #[must_use]
    pub const fn new(username: Username, password: Password) -> Self {
        Self {
            username,
            password,
            attributes: Attributes::new(),
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}

/// What a sign-up gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SignUpResponse {
    /// The new user's `sub`.
    pub user_id: String,
    /// Whether the account is confirmed already (by a trigger of the pool).
    pub confirmed: bool,
    /// Where the confirmation code was sent, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_delivery: Option<CodeDelivery>,
}

impl SignUpResponse {
    /// A user by their `sub`, not yet confirmed.
    #[must_use]
    pub fn new(user_id: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            confirmed: false,
            code_delivery: None,
        }
    }
}

/// Confirms an account (`ConfirmSignUp`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfirmSignUpRequest {
    /// Whose account.
    pub username: Username,
    /// The code that was sent.
    pub code: ConfirmationCode,
    /// Whether to take the e-mail address or phone number over from another account that has it.
    pub force_alias_creation: bool,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
    /// Where the request came from, for the pool's threat protection.
    pub context: RequestContext,
}

impl ConfirmSignUpRequest {
    /// Confirms the account of `username` with `code`.
    #[must_use]
    pub const fn new(username: Username, code: ConfirmationCode) -> Self {
        Self {
            username,
            code,
            force_alias_creation: false,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}

/// Sends another confirmation code (`ResendConfirmationCode`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResendConfirmationCodeRequest {
    /// Whose account.
    pub username: Username,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
    /// Where the request came from, for the pool's threat protection.
    pub context: RequestContext,
}

impl ResendConfirmationCodeRequest {
    /// Another code for the account of `username`.
    #[must_use]
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}
