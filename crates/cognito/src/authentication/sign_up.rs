//! Sign-up and its confirmation.

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ResendConfirmationCodeRequest, SignUpRequest, SignUpResponse,
};
use cognito_core::ports::Authentication;
use cognito_core::{
    CodeDelivery, ConfirmationCode, InvalidInput, Operation, Password, Result, Session, Username,
};
use serde::Serialize;

use crate::attributes::add_contact;
use crate::call::valid;
use crate::{Call, Cognito};

impl Cognito {
    /// Creates an account. In most pools the name is an e-mail address. The `email` attribute is
    /// then set to it, unless it has another value.
    ///
    /// # Errors
    ///
    /// [`UserExists`](crate::ErrorKind::UserExists),
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy),
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter);
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) if the [address](Call::client_address) has
    /// caused too many messages. After [`Delivery`](crate::ErrorKind::Delivery) and
    /// [`ReplyLost`](crate::ErrorKind::ReplyLost) the account may exist; offer to send the code
    /// again.
    pub fn sign_up(
        &self,
        username: impl Into<String>,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<SignUpRequest, SignUpResponse> {
        self.sign_up_with(username.into(), |username| {
            Ok(SignUpRequest::new(username, valid(password)?))
        })
    }

    /// Creates an account without a password, for a user who signs in with codes or a passkey
    /// ([`login_by_choice`](Self::login_by_choice)). The pool must allow that
    /// (`AllowedFirstAuthFactors`).
    ///
    /// # Errors
    ///
    /// The errors of [`sign_up`](Self::sign_up).
    pub fn sign_up_without_password(
        &self,
        username: impl Into<String>,
    ) -> Call<SignUpRequest, SignUpResponse> {
        self.sign_up_with(username.into(), |username| {
            Ok(SignUpRequest::without_password(username))
        })
    }

    fn sign_up_with(
        &self,
        username: String,
        request: impl FnOnce(Username) -> Result<SignUpRequest, InvalidInput>,
    ) -> Call<SignUpRequest, SignUpResponse> {
        Call::about(
            self,
            Operation::SignUp,
            Username::new(username),
            request,
            async |inner, request| inner.authentication.sign_up(request).await,
        )
        .prepared_by(|request, _| add_contact(&mut request.attributes, &request.username, false))
        .limited(Budget::Messages)
    }

    /// Confirms an account with the code that Cognito sent.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch),
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired),
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed),
    /// [`AliasExists`](crate::ErrorKind::AliasExists),
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub fn confirm_sign_up(
        &self,
        username: impl Into<String>,
        code: impl TryInto<ConfirmationCode, Error: Into<InvalidInput>>,
    ) -> Call<ConfirmSignUpRequest, SignUpConfirmed> {
        Call::about(
            self,
            Operation::ConfirmSignUp,
            Username::new(username),
            |username| Ok(ConfirmSignUpRequest::new(username, valid(code)?)),
            async |inner, request| inner.authentication.confirm_sign_up(request).await,
        )
        .map(|confirmed| SignUpConfirmed {
            success: true,
            message: "User confirmed successfully",
            session: confirmed.session,
        })
        .guarded(Purpose::ConfirmSignUp)
    }

    /// Sends another confirmation code.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound);
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after five codes in an hour, or if the
    /// address has caused too many messages; [`Delivery`](crate::ErrorKind::Delivery).
    pub fn resend_confirmation_code(
        &self,
        username: impl Into<String>,
    ) -> Call<ResendConfirmationCodeRequest, CodeDelivery> {
        Call::about(
            self,
            Operation::ResendConfirmationCode,
            Username::new(username),
            |username| Ok(ResendConfirmationCodeRequest::new(username)),
            async |inner, request| inner.authentication.resend_confirmation_code(request).await,
        )
        .limited(Budget::Messages)
        .hiding_account()
    }
}

/// Options for the confirmation of an account.
impl<T> Call<ConfirmSignUpRequest, T> {
    /// Removes the e-mail address or phone number from another account that has confirmed it, and
    /// assigns it to this one.
    pub fn force_alias_creation(self) -> Self {
        self.set(|request| request.force_alias_creation = true)
    }

    /// Sets the [session of the sign-up](SignUpResponse::session). The user can then sign in
    /// directly afterwards, with [`login_by_choice`](Cognito::login_by_choice).
    pub fn session(self, session: Session) -> Self {
        self.set(|request| request.session = Some(session))
    }
}

/// The result of [`Cognito::confirm_sign_up`]. It serializes to
/// `{"success": true, "message": "…"}`. It also contains a session, which is not serialized.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SignUpConfirmed {
    /// Always `true`: a failure is an error.
    pub success: bool,
    /// A description of the completed action. It is safe to show to any caller.
    pub message: &'static str,
    /// A session for `session` of [`login_by_choice`](Cognito::login_by_choice), which signs the
    /// user in. It is present if the request contained the session of the sign-up. It is valid for
    /// a few minutes.
    #[serde(skip)]
    pub session: Option<Session>,
}
