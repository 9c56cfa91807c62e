//! Requests to create an account and to confirm it.

use serde::{Serialize, Serializer};

use crate::context::RequestContext;
use crate::id::Username;
use crate::metadata::ClientMetadata;
use crate::secret::{ConfirmationCode, Password, Session};
use crate::user::{Attributes, CodeDelivery};

/// A request to create an account (`SignUp`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignUpRequest {
    /// The name for signing in. In most pools it is an e-mail address.
    pub username: Username,
    /// The password. `None` for a user who signs in only with codes or a passkey, if the pool
    /// allows that.
    pub password: Option<Password>,
    /// Attributes of the new user.
    pub attributes: Attributes,
    /// Key-value pairs for the pool's Lambda triggers. Default: none.
    pub client_metadata: ClientMetadata,
    /// Client data for the pool's threat protection.
    pub context: RequestContext,
}

impl SignUpRequest {
    /// Creates a request with a name and a password.
    pub const fn new(username: Username, password: Password) -> Self {
        Self {
            username,
            password: Some(password),
            attributes: Attributes::new(),
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }

    /// Creates a request without a password.
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

record! {
    /// The result of a sign-up.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct SignUpResponse {
        /// The new user's `sub`.
        #[new(into)]
        pub user_id: String,
        ..
        /// `true` if the account is already confirmed, because a trigger of the pool confirmed it.
        pub confirmed: bool,
        /// The destination of the confirmation code, if one was sent.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub code_delivery: Option<CodeDelivery>,
        /// The session for the confirmation, which then signs the user in without another
        /// challenge. Cognito returns a session if the app client allows `USER_AUTH`. The session
        /// is valid for a few minutes.
        #[serde(serialize_with = "exposed", skip_serializing_if = "Option::is_none")]
        pub session: Option<Session>,
    }
}

/// Serializes the session without encryption, because the client needs it to confirm the account.
/// The client may be a browser.
fn exposed<S: Serializer>(session: &Option<Session>, serializer: S) -> Result<S::Ok, S::Error> {
    session.as_ref().map(Session::expose).serialize(serializer)
}

record! {
    /// A request to confirm an account (`ConfirmSignUp`).
    #[derive(Clone, Debug)]
    pub struct ConfirmSignUpRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        /// The code that was sent.
        pub code: ConfirmationCode,
        ..
        /// `true` to move the e-mail address or phone number from another account to this one.
        /// Default: `false`, and the confirmation fails with
        /// [`AliasExists`](crate::ErrorKind::AliasExists).
        pub force_alias_creation: bool,
        /// The session of the sign-up, to sign the user in directly afterwards.
        pub session: Option<Session>,
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
        /// Client data for the pool's threat protection.
        pub context: RequestContext,
    }
}

record! {
    /// The result of a confirmed sign-up.
    #[derive(Clone, Debug, Default)]
    pub struct ConfirmSignUpResponse {
        ..
        /// A session that signs the user in without a challenge
        /// ([`SignInMethod::after_sign_up`](crate::authentication::sign_in::SignInMethod::after_sign_up)).
        /// Cognito returns a session if the request contained the session of the sign-up.
        pub session: Option<Session>,
    }
}

record! {
    /// A request for another confirmation code (`ResendConfirmationCode`).
    #[derive(Clone, Debug)]
    pub struct ResendConfirmationCodeRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
        /// Client data for the pool's threat protection.
        pub context: RequestContext,
    }
}
