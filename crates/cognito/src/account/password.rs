//! The password of a signed-in user.

use cognito_cache::Purpose;
use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::ports::Account;
use cognito_core::{Done, InvalidInput, Operation, Password};

use crate::Call;
use crate::account::OwnAccount;

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
        self.guarded_call(
            Operation::ChangePassword,
            Purpose::ChangePassword,
            |token| {
                let previous = previous.try_into().map_err(Into::into)?;
                let proposed = proposed.try_into().map_err(Into::into)?;
                Ok(ChangePasswordRequest::new(token, previous, proposed))
            },
            async |inner, request| {
                inner.account.change_password(request).await?;
                Ok(Done::new("Password changed successfully"))
            },
        )
    }
}
