//! Passwords of a user.

use cognito_core::administration::users::{ResetPasswordRequest, SetPasswordRequest};
use cognito_core::{
    Administration, ClientMetadata, Done, InvalidInput, Operation, Password, Result,
};

use crate::administration::users::AdminUser;
use crate::operation::{Call, awaitable, with_client_metadata};

impl<'a> AdminUser<'a> {
    /// Sets a password that the user must replace at the next sign-in
    /// (`cognito-idp:AdminSetUserPassword`).
    ///
    /// # Errors
    ///
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy).
    pub async fn set_temporary_password(
        &self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        self.set_password(password.try_into().map_err(Into::into), false)
            .await
    }

    /// Sets a permanent password (`cognito-idp:AdminSetUserPassword`). The operator then knows it;
    /// prefer a [temporary](Self::set_temporary_password) one.
    ///
    /// # Errors
    ///
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy).
    pub async fn set_permanent_password(
        &self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        self.set_password(password.try_into().map_err(Into::into), true)
            .await
    }

    /// Resets the user's password (`cognito-idp:AdminResetUserPassword`). The old password becomes
    /// invalid, and a code is sent to the user's verified e-mail address or phone number. The user
    /// sets a new password with it:
    /// [`confirm_forgot_password`](crate::Cognito::confirm_forgot_password). Until then signing in
    /// fails with [`PasswordResetRequired`](crate::ErrorKind::PasswordResetRequired).
    ///
    /// The user's tokens are not revoked; [`sign_out_everywhere`](Self::sign_out_everywhere) does
    /// that.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if no address is verified,
    /// [`UserState`](crate::ErrorKind::UserState) if the user has never set a password,
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub fn reset_password(&self) -> ResetPassword<'a> {
        ResetPassword {
            user: self.clone(),
            client_metadata: ClientMetadata::new(),
        }
    }

    async fn set_password(
        &self,
        password: Result<Password, InvalidInput>,
        permanent: bool,
    ) -> Result<Done> {
        let request = (|| {
            let username = self.username.clone()?;
            Ok(SetPasswordRequest::new(username, password?, permanent))
        })();
        let call = Call::new(Operation::AdminSetUserPassword).user(&self.username);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.administration.set_password(request).await
            })
            .await?;
        Ok(Done::new("Password set successfully"))
    }
}

/// The builder of [`AdminUser::reset_password`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ResetPassword<'a> {
    user: AdminUser<'a>,
    client_metadata: ClientMetadata,
}

impl ResetPassword<'_> {
    async fn send(self) -> Result<Done> {
        let cognito = self.user.cognito;
        let call = Call::new(Operation::AdminResetUserPassword).user(&self.user.username);
        let request = (|| {
            let mut request = ResetPasswordRequest::new(self.user.username?);
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        cognito
            .perform(call, request, async |inner, request| {
                inner.administration.reset_password(request).await
            })
            .await?;
        Ok(Done::new("Password reset code sent"))
    }
}

awaitable!(ResetPassword => Done);
with_client_metadata!(ResetPassword);
