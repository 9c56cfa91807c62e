//! Confirmation and invitation of a user.

use cognito_core::administration::users::{ConfirmUserRequest, CreateUserRequest, Invitation};
use cognito_core::ports::Administration;
use cognito_core::user::UserDetails;
use cognito_core::{Done, Operation};

use crate::Call;
use crate::administration::users::AdminUser;

impl AdminUser {
    /// Confirms the user without a code (`cognito-idp:AdminConfirmSignUp`). This does not verify
    /// the user's address.
    ///
    /// # Errors
    ///
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed) if the user is already confirmed.
    pub fn confirm_sign_up(&self) -> Call<ConfirmUserRequest, Done> {
        self.call(
            Operation::AdminConfirmSignUp,
            |username| Ok(ConfirmUserRequest::new(username)),
            async |inner, request| inner.administration.confirm_user(request).await,
        )
        .done("User confirmed successfully")
    }

    /// Sends the invitation again, with a new temporary password (`cognito-idp:AdminCreateUser`
    /// with `RESEND`). It is for a user whom an operator created and who has not signed in yet. The
    /// previous temporary password becomes invalid.
    ///
    /// # Errors
    ///
    /// [`UserState`](crate::ErrorKind::UserState) if the user has already set a password;
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) or
    /// [`Delivery`](crate::ErrorKind::Delivery).
    pub fn resend_invitation(&self) -> Call<CreateUserRequest, UserDetails> {
        self.call(
            Operation::AdminCreateUser,
            |username| {
                let mut request = CreateUserRequest::new(username);
                request.invitation = Invitation::Resend;
                Ok(request)
            },
            async |inner, request| inner.administration.create_user(request).await,
        )
    }
}
