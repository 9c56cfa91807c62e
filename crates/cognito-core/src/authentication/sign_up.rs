//! The requests to create an account and to confirm it, and their responses.

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
    /// The name for signing in. In a pool whose users sign in with e-mail addresses, it is the
    /// e-mail address.
    pub username: Username,
    /// The password of the new user. `None` for a user who signs in only with codes or a passkey.
    /// The pool must allow such users.
    pub password: Option<Password>,
    /// The attributes of the new user. Default: none.
    pub attributes: Attributes,
    /// Key-value pairs for the pool's Lambda triggers. Default: none.
    pub client_metadata: ClientMetadata,
    /// Client data for the pool's threat protection. Default: no data.
    pub context: RequestContext,
}

impl SignUpRequest {
    /// Creates a request to create an account with a password.
    pub const fn new(username: Username, password: Password) -> Self {
        Self {
            username,
            password: Some(password),
            attributes: Attributes::new(),
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }

    /// Creates a request to create an account without a password.
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
    /// The response to a request to create an account (`SignUp`).
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct SignUpResponse {
        /// The new user's `sub`.
        #[new(into)]
        pub user_id: String,
        ..
        /// `true` if the account is already confirmed, because a Lambda trigger of the pool
        /// confirmed it.
        pub confirmed: bool,
        /// The destination of the confirmation code. `None` if Cognito sent no code.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub code_delivery: Option<CodeDelivery>,
        /// The session for [`ConfirmSignUpRequest::session`]. With it, the user is signed in after
        /// the confirmation, without another challenge. Cognito returns a session if the app client
        /// allows `USER_AUTH`. The session is valid for a few minutes.
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
    /// A request to confirm a new account with a code (`ConfirmSignUp`).
    #[derive(Clone, Debug)]
    pub struct ConfirmSignUpRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        /// The code that Cognito sent.
        pub code: ConfirmationCode,
        ..
        /// The behaviour if another account already has the e-mail address or phone number. If
        /// `true`, Cognito moves it from that account to this one. If `false`, the confirmation
        /// fails with [`AliasExists`](crate::ErrorKind::AliasExists). Default: `false`.
        pub force_alias_creation: bool,
        /// The session of the sign-up ([`SignUpResponse::session`]), to sign the user in after the
        /// confirmation. Default: `None`.
        pub session: Option<Session>,
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
        /// Client data for the pool's threat protection. Default: no data.
        pub context: RequestContext,
    }
}

record! {
    /// The response to a request to confirm a new account (`ConfirmSignUp`).
    #[derive(Clone, Debug, Default)]
    pub struct ConfirmSignUpResponse {
        ..
        /// The session that signs the user in without a challenge
        /// ([`SignInMethod::after_sign_up`](crate::authentication::sign_in::SignInMethod::after_sign_up)).
        /// Cognito returns a session only if the request contained the session of the sign-up.
        pub session: Option<Session>,
    }
}

record! {
    /// A request to send another confirmation code (`ResendConfirmationCode`).
    #[derive(Clone, Debug)]
    pub struct ResendConfirmationCodeRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
        /// Client data for the pool's threat protection. Default: no data.
        pub context: RequestContext,
    }
}
