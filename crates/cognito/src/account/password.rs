//! The password of a signed-in user.

use cognito_cache::Purpose;
use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::ports::Account;
use cognito_core::{Done, InvalidInput, Operation, Password};

use crate::Call;
use crate::account::OwnAccount;
use crate::call::valid;

impl OwnAccount {
    /// Changes the password.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials) if the previous password is
    /// wrong; [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) or
    /// [`PasswordHistory`](crate::ErrorKind::PasswordHistory) if the new one is not allowed;
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after five changes in an hour.
    pub fn change_password(
        &self,
        previous: impl TryInto<Password, Error: Into<InvalidInput>>,
        proposed: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<ChangePasswordRequest, Done> {
        self.call(
            Operation::ChangePassword,
            |token| {
                Ok(ChangePasswordRequest::new(
                    token,
                    valid(previous)?,
                    valid(proposed)?,
                ))
            },
            async |inner, request| inner.account.change_password(request).await,
        )
        .user(self.user())
        .guarded(Purpose::ChangePassword)
        .done("Password changed successfully")
    }
}
