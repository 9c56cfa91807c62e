//! The password of the signed-in user.

use cognito_cache::Purpose;
use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::{Account, Done, InvalidInput, Operation, Password, Result};

use crate::account::OwnAccount;

impl OwnAccount<'_> {
    /// Changes the password.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials) if the previous password is
    /// wrong, [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy),
    /// [`PasswordHistory`](crate::ErrorKind::PasswordHistory),
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after five changes in an hour.
    pub async fn change_password(
        &self,
        previous: impl TryInto<Password, Error: Into<InvalidInput>>,
        proposed: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        let request = (|| {
            let previous = previous.try_into().map_err(Into::into)?;
            let proposed = proposed.try_into().map_err(Into::into)?;
            Ok(ChangePasswordRequest::new(
                self.token()?.clone(),
                previous,
                proposed,
            ))
        })();
        let bearer = self.bearer();
        let call = self
            .call(Operation::ChangePassword)
            .user(&bearer)
            .guarded(Purpose::ChangePassword);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.account.change_password(request).await
            })
            .await?;
        Ok(Done::new("Password changed successfully"))
    }
}
