//! Creating an account and confirming it.

use serde::{Serialize, Serializer};

use crate::context::RequestContext;
use crate::id::Username;
use crate::metadata::ClientMetadata;
use crate::secret::{ConfirmationCode, Password, Session};
use crate::user::{Attributes, CodeDelivery};

/// Creates an account (`SignUp`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignUpRequest {
    /// The name to sign in with; in most pools an e-mail address.
    pub username: Username,
    /// The password; `None` for somebody who signs in by codes or a passkey only, where the pool
    /// allows that.
    pub password: Option<Password>,
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
            password: Some(password),
            attributes: Attributes::new(),
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }

    /// An account without a password.
    #[must_use]
    pub const fn without_password(username: Username) -> Self {
        Self {
            username,
            password: None,
            attributes: Attributes::new(),
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}

/// What a sign-up gives.
#[derive(Clone, Debug, Serialize)]
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
    /// Goes with the confirmation, so that the person can be signed in straight after it. There is
    /// one where the app client allows `USER_AUTH`; it lives for minutes.
    #[serde(serialize_with = "exposed", skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
}

/// Whoever confirms needs it, and that may be a browser.
fn exposed<S: Serializer>(session: &Option<Session>, serializer: S) -> Result<S::Ok, S::Error> {
    session.as_ref().map(Session::expose).serialize(serializer)
}

impl SignUpResponse {
    /// A user by their `sub`, not yet confirmed.
    #[must_use]
    pub fn new(user_id: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            confirmed: false,
            code_delivery: None,
            session: None,
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
    /// The session that the sign-up gave, to sign the person in straight afterwards.
    pub session: Option<Session>,
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
            session: None,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}

/// What a confirmed sign-up gives.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ConfirmSignUpResponse {
    /// Signs the person in without asking again
    /// ([`SignInMethod::after_sign_up`](crate::authentication::sign_in::SignInMethod::after_sign_up)),
    /// if the session of the sign-up came with the confirmation.
    pub session: Option<Session>,
}

impl ConfirmSignUpResponse {
    /// Confirmed, and that is all.
    #[must_use]
    pub const fn new() -> Self {
        Self { session: None }
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
