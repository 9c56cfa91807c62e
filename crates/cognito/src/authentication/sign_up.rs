//! Sign-up and its confirmation (`SignUp`, `ConfirmSignUp`, `ResendConfirmationCode`).

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ResendConfirmationCodeRequest, SignUpRequest, SignUpResponse,
};
use cognito_core::{
    CodeDelivery, ConfirmationCode, InvalidInput, Password, Result, Session, Username,
};
use serde::Serialize;

use crate::attributes::add_contact;
use crate::call::{port_call, valid};
use crate::{Call, Cognito};

impl Cognito {
    /// Creates an account. If the user name is an e-mail address or a phone number, it is the
    /// default of the attribute `email` or `phone_number`.
    ///
    /// # Errors
    ///
    /// - [`UserExists`](crate::ErrorKind::UserExists) if the user name is taken.
    /// - [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) if the pool does not allow the
    ///   password.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the user name or an attribute
    ///   is invalid, or if a required attribute is missing.
    /// - [`Configuration`](crate::ErrorKind::Configuration) if sign-up is switched off, or if the app
    ///   client does not have permission to write an attribute.
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) if the [client
    ///   address](Call::client_address) has caused too many messages.
    /// - [`Delivery`](crate::ErrorKind::Delivery), [`ReplyLost`](crate::ErrorKind::ReplyLost) or
    ///   [`Timeout`](crate::ErrorKind::Timeout): the account may exist. Let the user request
    ///   another code with [`resend_confirmation_code`](Self::resend_confirmation_code).
    pub fn sign_up(
        &self,
        username: impl Into<String>,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<SignUpRequest, SignUpResponse> {
        self.sign_up_with(username.into(), |username| {
            Ok(SignUpRequest::new(username, valid(password)?))
        })
    }

    /// Creates an account without a password, for a user who signs in with one-time codes or a
    /// passkey ([`login_by_choice`](Self::login_by_choice)). The user pool must allow such factors
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
        port_call!(self.about(username), SignUp => authentication.sign_up(_), request)
            .prepared_by(|request, _| {
                add_contact(&mut request.attributes, &request.username, false)
            })
            .limited(Budget::Messages)
    }

    /// Confirms an account with the code that Cognito sent.
    ///
    /// # Errors
    ///
    /// - [`CodeMismatch`](crate::ErrorKind::CodeMismatch) if the code is wrong.
    /// - [`CodeExpired`](crate::ErrorKind::CodeExpired) if the code has expired.
    /// - [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed) if the account is already
    ///   confirmed.
    /// - [`UserState`](crate::ErrorKind::UserState) if the account is in another state, for example
    ///   because its password was reset.
    /// - [`AliasExists`](crate::ErrorKind::AliasExists) if another account has confirmed the same
    ///   e-mail address or phone number. See [`force_alias_creation`](Call::force_alias_creation).
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after too many wrong codes.
    pub fn confirm_sign_up(
        &self,
        username: impl Into<String>,
        code: impl TryInto<ConfirmationCode, Error: Into<InvalidInput>>,
    ) -> Call<ConfirmSignUpRequest, SignUpConfirmed> {
        port_call!(
            self.about(username), ConfirmSignUp => authentication.confirm_sign_up(_),
            |username| Ok(ConfirmSignUpRequest::new(username, valid(code)?))
        )
        .map(|confirmed| SignUpConfirmed {
            success: true,
            message: "User confirmed successfully",
            session: confirmed.session,
        })
        .guarded(Purpose::ConfirmSignUp)
    }

    /// Sends another code for the confirmation of an account.
    ///
    /// # Errors
    ///
    /// - [`UserNotFound`](crate::ErrorKind::UserNotFound) if there is no such user and the app
    ///   client does not have `PreventUserExistenceErrors`.
    /// - [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed) if the account is already
    ///   confirmed.
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after five codes in an hour, or if the
    ///   [client address](Call::client_address) has caused too many messages.
    /// - [`Delivery`](crate::ErrorKind::Delivery) if the code could not be sent.
    pub fn resend_confirmation_code(
        &self,
        username: impl Into<String>,
    ) -> Call<ResendConfirmationCodeRequest, CodeDelivery> {
        port_call!(
            self.about(username),
            ResendConfirmationCode => authentication.resend_confirmation_code(_),
            new ResendConfirmationCodeRequest
        )
        .limited(Budget::Messages)
        .hiding_account()
    }
}

/// Options of [`Cognito::confirm_sign_up`].
impl<T> Call<ConfirmSignUpRequest, T> {
    /// Moves the e-mail address or phone number to this account if another account has confirmed
    /// it. Default: the confirmation fails with [`AliasExists`](crate::ErrorKind::AliasExists).
    pub fn force_alias_creation(self) -> Self {
        self.set(|request| request.force_alias_creation = true)
    }

    /// Sets the [session of the sign-up](SignUpResponse::session). The result then contains a
    /// session with which [`login_by_choice`](Cognito::login_by_choice) signs the user in. Default:
    /// no session.
    pub fn session(self, session: Session) -> Self {
        self.set(|request| request.session = Some(session))
    }
}

/// The result of [`Cognito::confirm_sign_up`]. It serializes to `{"success": true, "message":
/// "…"}`. The session is not serialized.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SignUpConfirmed {
    /// Always `true`, because a failure is returned as an error.
    pub success: bool,
    /// A description of the completed action. It is safe to show to any caller.
    pub message: &'static str,
    /// The session with which [`login_by_choice`](Cognito::login_by_choice) signs the user in; pass
    /// it to [`Call::session`]. It is valid for a few minutes. `None` if the request contained no
    /// session.
    #[serde(skip)]
    pub session: Option<Session>,
}
