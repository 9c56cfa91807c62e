//! Operations of an operator on the password of a user.

use cognito_core::administration::users::{ResetPasswordRequest, SetPasswordRequest};
use cognito_core::{Done, InvalidInput, Password, Result};

use crate::Call;
use crate::administration::users::AdminUser;
use crate::call::{port_call, valid};

impl AdminUser {
    /// Sets a password that the user must replace at the next sign-in
    /// (`cognito-idp:AdminSetUserPassword`).
    ///
    /// # Errors
    ///
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) if the user pool does not allow the
    /// password.
    pub fn set_temporary_password(
        &self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<SetPasswordRequest, Done> {
        self.set_password(valid(password), false)
    }

    /// Sets a password that the user can keep (`cognito-idp:AdminSetUserPassword`). Security: the
    /// operator then has the user's password, so prefer a [temporary
    /// password](Self::set_temporary_password).
    ///
    /// # Errors
    ///
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) if the user pool does not allow the
    /// password.
    pub fn set_permanent_password(
        &self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<SetPasswordRequest, Done> {
        self.set_password(valid(password), true)
    }

    /// Resets the user's password (`cognito-idp:AdminResetUserPassword`). The current password
    /// becomes invalid, and Cognito sends a code to the user's verified e-mail address or phone
    /// number. The user sets a new password with
    /// [`confirm_forgot_password`](crate::Cognito::confirm_forgot_password). Until then, a sign-in
    /// fails with [`PasswordResetRequired`](crate::ErrorKind::PasswordResetRequired).
    ///
    /// The user's tokens stay valid. Call [`sign_out_everywhere`](Self::sign_out_everywhere) to
    /// revoke them.
    ///
    /// # Errors
    ///
    /// - [`UserState`](crate::ErrorKind::UserState) if the user has no verified e-mail address or
    ///   phone number, or has never set a password.
    /// - [`UserDisabled`](crate::ErrorKind::UserDisabled) if the user is disabled.
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) if Cognito has counted too many resets.
    pub fn reset_password(&self) -> Call<ResetPasswordRequest, Done> {
        port_call!(
            self, AdminResetUserPassword => administration.reset_password(_),
            new ResetPasswordRequest
        )
        .done("Password reset code sent")
    }

    fn set_password(
        &self,
        password: Result<Password, InvalidInput>,
        permanent: bool,
    ) -> Call<SetPasswordRequest, Done> {
        port_call!(self, AdminSetUserPassword => administration.set_password(_), |username| {
            Ok(SetPasswordRequest::new(username, password?, permanent))
        })
        .done("Password set successfully")
    }
}
