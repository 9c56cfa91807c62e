//! Change of the password by a signed-in user.

use cognito_cache::Purpose;
use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::{Done, InvalidInput, Password};

use crate::Call;
use crate::account::OwnAccount;
use crate::call::{port_call, valid};

impl OwnAccount {
    /// Changes the password. `previous` is the current password, and `proposed` is the new
    /// password.
    ///
    /// # Errors
    ///
    /// - [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials) if `previous` is wrong.
    /// - [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) or
    ///   [`PasswordHistory`](crate::ErrorKind::PasswordHistory) if the user pool does not allow
    ///   `proposed`.
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after five changes in an hour, or after
    ///   too many wrong passwords.
    pub fn change_password(
        &self,
        previous: impl TryInto<Password, Error: Into<InvalidInput>>,
        proposed: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<ChangePasswordRequest, Done> {
        port_call!(self, ChangePassword => account.change_password(_), |token| {
            Ok(ChangePasswordRequest::new(token, valid(previous)?, valid(proposed)?))
        })
        .user(self.user())
        .guarded(Purpose::ChangePassword)
        .done("Password changed successfully")
    }
}
