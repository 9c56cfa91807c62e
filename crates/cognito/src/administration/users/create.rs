//! Creating a user.

use cognito_core::administration::users::{CreateUserRequest, Invitation};
use cognito_core::{
    Administration, Attributes, ClientMetadata, InvalidInput, Operation, Password, Result,
    UserDetails, Username,
};

use crate::Cognito;
use crate::administration::Admin;
use crate::contact::add_contact;
use crate::operation::{Call, awaitable, with_client_metadata};

impl<'a> Admin<'a> {
    /// Creates a user, who must choose a password at the first sign-in. If the name is an e-mail
    /// address or a phone number, that attribute is set as well.
    ///
    /// # Errors
    ///
    /// [`UserExists`](crate::ErrorKind::UserExists),
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy),
    /// [`Delivery`](crate::ErrorKind::Delivery) (the user exists then).
    pub fn create_user(&self, username: impl Into<String>) -> CreateUser<'a> {
        CreateUser {
            cognito: self.cognito,
            username: Username::new(username),
            temporary_password: None,
            attributes: Ok(Attributes::new()),
            contact_verified: false,
            invitation: Invitation::Send,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// The builder of [`Admin::create_user`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct CreateUser<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    temporary_password: Option<Result<Password, InvalidInput>>,
    attributes: Result<Attributes, InvalidInput>,
    contact_verified: bool,
    invitation: Invitation,
    client_metadata: ClientMetadata,
}

impl CreateUser<'_> {
    /// Sets the password for the first sign-in. Default: Cognito generates one and sends it.
    pub fn temporary_password(
        mut self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Self {
        self.temporary_password = Some(password.try_into().map_err(Into::into));
        self
    }

    /// Sets an attribute of the new user.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Ok(attributes) = &mut self.attributes
            && let Err(invalid) = attributes.set(name, value)
        {
            self.attributes = Err(invalid);
        }
        self
    }

    /// Marks the e-mail address or phone number that is the user's name as verified, so that it can
    /// be used to reset a forgotten password.
    pub const fn contact_verified(mut self) -> Self {
        self.contact_verified = true;
        self
    }

    /// Sends no invitation: the operator passes the temporary password on. (To send one later, see
    /// [`AdminUser::resend_invitation`](crate::AdminUser::resend_invitation).)
    pub const fn without_invitation(mut self) -> Self {
        self.invitation = Invitation::Suppress;
        self
    }

    async fn send(self) -> Result<UserDetails> {
        let request = (|| {
            let username = self.username.clone()?;
            let mut attributes = self.attributes?;
            add_contact(&mut attributes, &username, self.contact_verified)?;
            let mut request = CreateUserRequest::new(username);
            request.temporary_password = self.temporary_password.transpose()?;
            request.attributes = attributes;
            request.invitation = self.invitation;
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        let call = Call::new(Operation::AdminCreateUser).user(&self.username);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.administration.create_user(request).await
            })
            .await
    }
}

awaitable!(CreateUser => UserDetails);
with_client_metadata!(CreateUser);
