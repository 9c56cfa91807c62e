//! Reset of a forgotten password.

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::ports::Authentication;
use cognito_core::{
    CodeDelivery, ConfirmationCode, Done, InvalidInput, Operation, Password, Username,
};
use serde::Serialize;

use crate::call::valid;
use crate::{Call, Cognito};

impl Cognito {
    /// Sends a code for a forgotten password.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) if the pool reveals it (respond to the
    /// public as if the call had succeeded); [`UserState`](crate::ErrorKind::UserState) for a user
    /// who has not accepted an invitation; [`InvalidParameter`](crate::ErrorKind::InvalidParameter)
    /// for a user without a verified address; [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub fn forgot_password(
        &self,
        username: impl Into<String>,
    ) -> Call<ForgotPasswordRequest, ForgotPasswordResponse> {
        Call::about(
            self,
            Operation::ForgotPassword,
            Username::new(username),
            |username| Ok(ForgotPasswordRequest::new(username)),
            async |inner, request| inner.authentication.forgot_password(request).await,
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
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch),
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired),
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy),
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub fn confirm_forgot_password(
        &self,
        username: impl Into<String>,
        code: impl TryInto<ConfirmationCode, Error: Into<InvalidInput>>,
        new_password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<ConfirmForgotPasswordRequest, Done> {
        Call::about(
            self,
            Operation::ConfirmForgotPassword,
            Username::new(username),
            |username| {
                Ok(ConfirmForgotPasswordRequest::new(
                    username,
                    valid(code)?,
                    valid(new_password)?,
                ))
            },
            async |inner, request| inner.authentication.confirm_forgot_password(request).await,
        )
        .done("Password reset successfully")
        .guarded(Purpose::ResetPassword)
    }
}

/// The result of [`Cognito::forgot_password`]: `{"codeDelivery": {…}, "message": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ForgotPasswordResponse {
    /// The destination of the code.
    pub code_delivery: CodeDelivery,
    /// A description of the completed action. It is safe to show to any caller.
    pub message: &'static str,
}
