//! Passwords of a user.

use cognito_core::administration::users::{ResetPasswordRequest, SetPasswordRequest};
use cognito_core::ports::Administration;
use cognito_core::{Done, InvalidInput, Operation, Password, Result};

use crate::Call;
use crate::administration::users::AdminUser;
use crate::call::valid;

impl AdminUser {
    /// Sets a password that the user must replace at the next sign-in
    /// (`cognito-idp:AdminSetUserPassword`).
    ///
    /// # Errors
    ///
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) if the pool does not allow the
    /// password.
    pub fn set_temporary_password(
        &self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<SetPasswordRequest, Done> {
        self.set_password(valid(password), false)
    }

    /// Sets a permanent password (`cognito-idp:AdminSetUserPassword`). The operator then knows it,
    /// so prefer a [temporary](Self::set_temporary_password) one.
    ///
    /// # Errors
    ///
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) if the pool does not allow the
    /// password.
    pub fn set_permanent_password(
        &self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<SetPasswordRequest, Done> {
        self.set_password(valid(password), true)
    }

    /// Resets the user's password (`cognito-idp:AdminResetUserPassword`). The old password becomes
    /// invalid. Cognito sends a code to the user's verified e-mail address or phone number. The
    /// user sets a new password with the code
    /// ([`confirm_forgot_password`](crate::Cognito::confirm_forgot_password)). Until then a sign-in
    /// fails with [`PasswordResetRequired`](crate::ErrorKind::PasswordResetRequired).
    ///
    /// The user's tokens are not revoked; [`sign_out_everywhere`](Self::sign_out_everywhere) does
    /// that.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if no address is verified;
    /// [`UserState`](crate::ErrorKind::UserState) if the user has never set a password;
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub fn reset_password(&self) -> Call<ResetPasswordRequest, Done> {
        self.call(
            Operation::AdminResetUserPassword,
            |username| Ok(ResetPasswordRequest::new(username)),
            async |inner, request| inner.administration.reset_password(request).await,
        )
        .done("Password reset code sent")
    }

    fn set_password(
        &self,
        password: Result<Password, InvalidInput>,
        permanent: bool,
    ) -> Call<SetPasswordRequest, Done> {
        self.call(
            Operation::AdminSetUserPassword,
            |username| Ok(SetPasswordRequest::new(username, password?, permanent)),
            async |inner, request| inner.administration.set_password(request).await,
        )
        .done("Password set successfully")
    }
}
