//! Operations of an operator that confirm or invite a user.

use cognito_core::Done;
use cognito_core::administration::users::{ConfirmUserRequest, CreateUserRequest, Invitation};
use cognito_core::user::UserDetails;

use crate::Call;
use crate::administration::users::AdminUser;
use crate::call::port_call;

impl AdminUser {
    /// Confirms the sign-up of the user without a code (`cognito-idp:AdminConfirmSignUp`). The
    /// user's e-mail address and phone number stay unverified.
    ///
    /// # Errors
    ///
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed) if the user is already confirmed.
    pub fn confirm_sign_up(&self) -> Call<ConfirmUserRequest, Done> {
        port_call!(
            self, AdminConfirmSignUp => administration.confirm_user(_),
            new ConfirmUserRequest
        )
        .done("User confirmed successfully")
    }

    /// Sends the invitation again, with a new temporary password (`cognito-idp:AdminCreateUser`
    /// with `RESEND`). The user must have been created by an operator and must not have signed in.
    /// The previous temporary password becomes invalid.
    ///
    /// # Errors
    ///
    /// - [`UserState`](crate::ErrorKind::UserState) if the user has already set a password.
    /// - [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) if the user pool does not allow the
    ///   temporary password.
    /// - [`Delivery`](crate::ErrorKind::Delivery) if the invitation could not be sent.
    pub fn resend_invitation(&self) -> Call<CreateUserRequest, UserDetails> {
        port_call!(self, AdminCreateUser => administration.create_user(_), |username| {
            let mut request = CreateUserRequest::new(username);
            request.invitation = Invitation::Resend;
            Ok(request)
        })
    }
}
