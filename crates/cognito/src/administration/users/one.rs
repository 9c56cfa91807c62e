//! One user, as an operator handles them.

use std::sync::Arc;

use cognito_core::administration::users::{SetPasswordRequest, UpdateUserAttributesRequest};
use cognito_core::{
    Administration, Attributes, ClientMetadata, Done, Error, InvalidInput, Operation, Password,
    Result, Revocation, RevocationList, UserDetails, Username,
};

use crate::Cognito;
use crate::administration::Admin;
use crate::cognito::Inner;
use crate::operation::{Call, awaitable, with_client_metadata};

impl<'a> Admin<'a> {
    /// One user, by name, `sub`, or (where the pool allows it) e-mail address or phone number.
    #[must_use]
    pub fn user(&self, username: impl Into<String>) -> AdminUser<'a> {
        AdminUser {
            cognito: self.cognito,
            username: Username::new(username),
        }
    }
}

/// One user; see [`Admin::user`]. Every operation can fail with
/// [`UserNotFound`](crate::ErrorKind::UserNotFound).
#[derive(Clone, Debug)]
pub struct AdminUser<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
}

impl<'a> AdminUser<'a> {
    /// Status, attributes and times, fresh from Cognito.
    pub async fn details(&self) -> Result<UserDetails> {
        let port = &self.cognito.inner.administration;
        let call = Call::new(Operation::AdminGetUser).user(&self.username);
        let request = self
            .username
            .as_ref()
            .map_err(|invalid| invalid.clone().into());
        self.cognito
            .read(call, request, |name| port.user(name))
            .await
    }

    /// Confirms the user without a code.
    ///
    /// # Errors
    ///
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed).
    pub async fn confirm_sign_up(&self) -> Result<Done> {
        self.perform(Operation::AdminConfirmSignUp, async |inner, name| {
            inner.administration.confirm_user(&name).await
        })
        .await?;
        Ok(Done::new("User confirmed successfully"))
    }

    /// Sets a password that the user must replace at the next sign-in.
    ///
    /// # Errors
    ///
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy).
    pub async fn set_temporary_password(
        &self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        self.set_password(password.try_into().map_err(Into::into), false)
            .await
    }

    /// Sets a password that lasts. The operator then knows it; a
    /// [temporary](Self::set_temporary_password) one is better wherever it serves.
    ///
    /// # Errors
    ///
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy).
    pub async fn set_permanent_password(
        &self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        self.set_password(password.try_into().map_err(Into::into), true)
            .await
    }

    /// Sets attributes: any of the pool's, custom and `…_verified` ones too.
    pub fn update_attributes(&self) -> UpdateUserAttributes<'a> {
        UpdateUserAttributes {
            user: self.clone(),
            attributes: Ok(Attributes::new()),
            client_metadata: ClientMetadata::new(),
        }
    }

    /// Lets the user sign in again.
    pub async fn enable(&self) -> Result<Done> {
        self.perform(Operation::AdminEnableUser, async |inner, name| {
            inner.administration.enable_user(&name).await
        })
        .await?;
        Ok(Done::new("User enabled successfully"))
    }

    /// Keeps the user from signing in. Tokens that the user has are refused here from now on;
    /// other services that verify them offline accept them until they expire. Tokens of the next
    /// five seconds are refused too, should the user be enabled and sign in that soon: Cognito's
    /// clock may be ahead of ours. Needs `cognito-idp:AdminGetUser` too, to learn whose tokens
    /// these are.
    pub async fn disable(&self) -> Result<Done> {
        self.perform(Operation::AdminDisableUser, async |inner, name| {
            let user = inner.administration.user(&name).await?;
            let disabled = inner.administration.disable_user(&name).await;
            inner.refuse_tokens_of(&user, disabled).await
        })
        .await?;
        Ok(Done::new("User disabled successfully"))
    }

    /// Deletes the user for ever. Tokens that the user has are refused here from now on. Needs
    /// `cognito-idp:AdminGetUser` too, to learn whose tokens these are.
    pub async fn delete(&self) -> Result<Done> {
        self.perform(Operation::AdminDeleteUser, async |inner, name| {
            let user = inner.administration.user(&name).await?;
            let deleted = inner.administration.delete_user(&name).await;
            inner.refuse_tokens_of(&user, deleted).await
        })
        .await?;
        Ok(Done::new("User deleted successfully"))
    }

    async fn set_password(
        &self,
        password: Result<Password, InvalidInput>,
        permanent: bool,
    ) -> Result<Done> {
        let request = (|| {
            let username = self.username.clone()?;
            Ok(SetPasswordRequest::new(username, password?, permanent))
        })();
        let call = Call::new(Operation::AdminSetUserPassword).user(&self.username);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.administration.set_password(request).await
            })
            .await?;
        Ok(Done::new("Password set successfully"))
    }

    async fn perform<T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
        &self,
        operation: Operation,
        send: impl FnOnce(Arc<Inner>, Username) -> F + Send + 'static,
    ) -> Result<T> {
        let request = self.username.clone().map_err(Into::into);
        let call = Call::new(operation).user(&self.username);
        self.cognito.perform(call, request, send).await
    }
}

impl Inner {
    /// Refuses the user's tokens once `done` says that Cognito locked the user out, or may have.
    async fn refuse_tokens_of(&self, user: &UserDetails, done: Result<()>) -> Result<()> {
        if done.as_ref().err().is_none_or(Error::may_have_taken_effect) {
            let sub = user.attributes.value("sub");
            let sub = sub.unwrap_or(user.username.as_str());
            // Cognito's clock, which dates tokens, may be a little ahead of ours.
            let until = self.clock.unix_seconds() + CLOCK_SKEW;
            self.revocations
                .revoke(Revocation::user(sub, until))
                .await?;
        }
        done
    }
}

/// How far Cognito's clock may be ahead of ours, in seconds.
const CLOCK_SKEW: u64 = 5;

/// [`AdminUser::update_attributes`] with what to set.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct UpdateUserAttributes<'a> {
    user: AdminUser<'a>,
    attributes: Result<Attributes, InvalidInput>,
    client_metadata: ClientMetadata,
}

impl UpdateUserAttributes<'_> {
    /// Sets an attribute; an empty value clears it.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Ok(attributes) = &mut self.attributes
            && let Err(invalid) = attributes.set(name, value)
        {
            self.attributes = Err(invalid);
        }
        self
    }

    async fn send(self) -> Result<Done> {
        let cognito = self.user.cognito;
        let request = (|| {
            let attributes = self.attributes?;
            if attributes.is_empty() {
                return Err(InvalidInput::new("attributes", "must be at least one").into());
            }
            let username = self.user.username.clone()?;
            let mut request = UpdateUserAttributesRequest::new(username, attributes);
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        let call = Call::new(Operation::AdminUpdateUserAttributes).user(&self.user.username);
        cognito
            .perform(call, request, async |inner, request| {
                inner.administration.update_user_attributes(request).await
            })
            .await?;
        Ok(Done::new("User attributes updated successfully"))
    }
}

awaitable!(UpdateUserAttributes => Done);
with_client_metadata!(UpdateUserAttributes);
