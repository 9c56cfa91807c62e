//! Forgotten passwords.

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::{
    Authentication, ClientMetadata, CodeDelivery, ConfirmationCode, Done, InvalidInput, Operation,
    Password, RequestContext, Result, Username,
};
use serde::Serialize;

use crate::Cognito;
use crate::operation::{
    Call, ClientAddress, awaitable, with_client_address, with_client_metadata, with_context,
};

impl Cognito {
    /// Sends a code for a forgotten password.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) (if the pool reveals it; respond to the
    /// public as if it had succeeded), [`UserState`](crate::ErrorKind::UserState) for a user who
    /// has not accepted an invitation, [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for
    /// one without a verified address, [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub fn forgot_password(&self, username: impl Into<String>) -> ForgotPassword<'_> {
        ForgotPassword {
            cognito: self,
            username: Username::new(username),
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }

    /// Sets a new password with the code that was sent.
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
    ) -> ConfirmForgotPassword<'_> {
        ConfirmForgotPassword {
            cognito: self,
            username: Username::new(username),
            code: code.try_into().map_err(Into::into),
            new_password: new_password.try_into().map_err(Into::into),
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}

/// The result of [`Cognito::forgot_password`]: `{"codeDelivery": {…}, "message": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ForgotPasswordResponse {
    /// The destination of the code.
    pub code_delivery: CodeDelivery,
    /// What happened. Safe to show to any caller.
    pub message: &'static str,
}

/// The builder of [`Cognito::forgot_password`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ForgotPassword<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
    context: RequestContext,
}

impl ForgotPassword<'_> {
    async fn send(self) -> Result<ForgotPasswordResponse> {
        let request = (|| {
            let username = self.username.clone()?;
            let mut request = ForgotPasswordRequest::new(username);
            request.client_metadata = self.client_metadata;
            request.context = self.context;
            Ok(request)
        })();
        let call = Call::new(Operation::ForgotPassword)
            .user(&self.username)
            .limited(Budget::Messages)
            .from(self.client_address, None);
        let code_delivery = self
            .cognito
            .perform(call, request, async |inner, request| {
                inner.authentication.forgot_password(request).await
            })
            .await?;
        Ok(ForgotPasswordResponse {
            code_delivery,
            message: "Password reset code sent",
        })
    }
}

/// The builder of [`Cognito::confirm_forgot_password`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ConfirmForgotPassword<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    code: Result<ConfirmationCode, InvalidInput>,
    new_password: Result<Password, InvalidInput>,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
    context: RequestContext,
}

impl ConfirmForgotPassword<'_> {
    async fn send(self) -> Result<Done> {
        let request = (|| {
            let username = self.username.clone()?;
            let mut request =
                ConfirmForgotPasswordRequest::new(username, self.code?, self.new_password?);
            request.client_metadata = self.client_metadata;
            request.context = self.context;
            Ok(request)
        })();
        let call = Call::new(Operation::ConfirmForgotPassword)
            .user(&self.username)
            .guarded(Purpose::ResetPassword)
            .from(self.client_address, None);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.authentication.confirm_forgot_password(request).await
            })
            .await?;
        Ok(Done::new("Password reset successfully"))
    }
}

awaitable!(ForgotPassword => ForgotPasswordResponse);
awaitable!(ConfirmForgotPassword => Done);
with_client_metadata!(ForgotPassword);
with_context!(ForgotPassword);
with_client_metadata!(ConfirmForgotPassword);
with_context!(ConfirmForgotPassword);
with_client_address!(ConfirmForgotPassword);
with_client_address!(ForgotPassword);
