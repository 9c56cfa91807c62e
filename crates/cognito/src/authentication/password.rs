//! Reset of a forgotten password (`ForgotPassword`, `ConfirmForgotPassword`).

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::{CodeDelivery, ConfirmationCode, Done, InvalidInput, Password};
use serde::Serialize;

use crate::call::{port_call, valid};
use crate::{Call, Cognito};

impl Cognito {
    /// Sends a code with which the user can set a new password. The code goes to the user's
    /// verified e-mail address or phone number.
    ///
    /// # Errors
    ///
    /// - [`UserNotFound`](crate::ErrorKind::UserNotFound) if there is no such user and the app
    ///   client does not have `PreventUserExistenceErrors`. Security: respond to the caller as if
    ///   the call had succeeded. Otherwise the response reveals whether the account exists.
    /// - [`UserState`](crate::ErrorKind::UserState) if the user has not accepted an invitation or
    ///   has no verified e-mail address or phone number, or if the user pool allows only operators
    ///   to reset passwords.
    /// - [`UserDisabled`](crate::ErrorKind::UserDisabled) if the user is disabled.
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) if Cognito or the [attempt
    ///   guard](crate::CognitoBuilder::attempt_guard) has counted too many requests.
    pub fn forgot_password(
        &self,
        username: impl Into<String>,
    ) -> Call<ForgotPasswordRequest, ForgotPasswordResponse> {
        port_call!(
            self.about(username), ForgotPassword => authentication.forgot_password(_),
            new ForgotPasswordRequest
        )
        .map(|code_delivery| ForgotPasswordResponse {
            code_delivery,
            message: "Password reset code sent",
        })
        .limited(Budget::Messages)
        .hiding_account()
    }

    /// Sets a new password with the code that Cognito sent.
    ///
    /// # Errors
    ///
    /// - [`CodeMismatch`](crate::ErrorKind::CodeMismatch) if the code is wrong.
    /// - [`CodeExpired`](crate::ErrorKind::CodeExpired) if the code has expired.
    /// - [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) if the pool does not allow the new
    ///   password.
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after too many wrong codes.
    pub fn confirm_forgot_password(
        &self,
        username: impl Into<String>,
        code: impl TryInto<ConfirmationCode, Error: Into<InvalidInput>>,
        new_password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<ConfirmForgotPasswordRequest, Done> {
        port_call!(
            self.about(username),
            ConfirmForgotPassword => authentication.confirm_forgot_password(_),
            |username| {
                let (code, password) = (valid(code)?, valid(new_password)?);
                Ok(ConfirmForgotPasswordRequest::new(username, code, password))
            }
        )
        .done("Password reset successfully")
        .guarded(Purpose::ResetPassword)
    }
}

/// The result of [`Cognito::forgot_password`]. It serializes to `{"codeDelivery": {…}, "message":
/// "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ForgotPasswordResponse {
    /// The destination of the code.
    pub code_delivery: CodeDelivery,
    /// A description of the completed action. It is safe to show to any caller.
    pub message: &'static str,
}
