//! Confirming invited and unconfirmed users.

use cognito_core::administration::users::{ConfirmUserRequest, CreateUserRequest, Invitation};
use cognito_core::{
    Administration, ClientMetadata, Done, InvalidInput, Operation, Password, Result, UserDetails,
};

use crate::administration::users::AdminUser;
use crate::operation::{Call, awaitable, with_client_metadata};

impl<'a> AdminUser<'a> {
    /// Confirms the user without a code (`cognito-idp:AdminConfirmSignUp`). This does not verify
    /// the user's address.
    ///
    /// # Errors
    ///
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed).
    pub fn confirm_sign_up(&self) -> AdminConfirmSignUp<'a> {
        AdminConfirmSignUp {
            user: self.clone(),
            client_metadata: ClientMetadata::new(),
        }
    }

    /// Sends the invitation again, with a new temporary password, to a user who was created by an
    /// operator and has not signed in yet (`cognito-idp:AdminCreateUser` with `RESEND`). The
    /// previous temporary password becomes invalid.
    ///
    /// # Errors
    ///
    /// [`UserState`](crate::ErrorKind::UserState) if the user has already set a password,
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy),
    /// [`Delivery`](crate::ErrorKind::Delivery).
    pub fn resend_invitation(&self) -> ResendInvitation<'a> {
        ResendInvitation {
            user: self.clone(),
            temporary_password: None,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// The builder of [`AdminUser::confirm_sign_up`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct AdminConfirmSignUp<'a> {
    user: AdminUser<'a>,
    client_metadata: ClientMetadata,
}

impl AdminConfirmSignUp<'_> {
    async fn send(self) -> Result<Done> {
        let cognito = self.user.cognito;
        let call = Call::new(Operation::AdminConfirmSignUp).user(&self.user.username);
        let request = (|| {
            let mut request = ConfirmUserRequest::new(self.user.username?);
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        cognito
            .perform(call, request, async |inner, request| {
                inner.administration.confirm_user(request).await
            })
            .await?;
        Ok(Done::new("User confirmed successfully"))
    }
}

awaitable!(AdminConfirmSignUp => Done);
with_client_metadata!(AdminConfirmSignUp);

/// The builder of [`AdminUser::resend_invitation`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ResendInvitation<'a> {
    user: AdminUser<'a>,
    temporary_password: Option<Result<Password, InvalidInput>>,
    client_metadata: ClientMetadata,
}

impl ResendInvitation<'_> {
    /// Sets the password for the first sign-in. Default: Cognito generates one.
    pub fn temporary_password(
        mut self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Self {
        self.temporary_password = Some(password.try_into().map_err(Into::into));
        self
    }

    async fn send(self) -> Result<UserDetails> {
        let cognito = self.user.cognito;
        let call = Call::new(Operation::AdminCreateUser).user(&self.user.username);
        let request = (|| {
            let mut request = CreateUserRequest::new(self.user.username?);
            request.temporary_password = self.temporary_password.transpose()?;
            request.invitation = Invitation::Resend;
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        cognito
            .perform(call, request, async |inner, request| {
                inner.administration.create_user(request).await
            })
            .await
    }
}

awaitable!(ResendInvitation => UserDetails);
with_client_metadata!(ResendInvitation);
