//! Users, for an operator.

mod attributes;
mod confirm;
mod password;

use std::sync::Arc;

use cognito_core::administration::filter::Filter;
use cognito_core::administration::users::{
    CreateUserRequest, Invitation, ListUsersRequest, UserPage,
};
use cognito_core::ports::{Administration, RepliedAt};
use cognito_core::user::UserDetails;
use cognito_core::{Done, InvalidInput, Operation, Result, Username};

use crate::administration::Admin;
use crate::attributes::add_contact;
use crate::cognito::Inner;
use crate::{Call, Cognito};

impl Admin {
    /// Returns the operations on one user. The user is identified by name or `sub`, or (if the pool
    /// allows it) by e-mail address or phone number.
    pub fn user(&self, username: impl Into<String>) -> AdminUser {
        AdminUser {
            cognito: self.cognito.clone(),
            username: Username::new(username),
        }
    }

    /// Lists users: `.await` returns one page, [`stream`](crate::Call::stream) all pages.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::administration::Filter;
    ///
    /// let page = cognito
    ///     .admin()
    ///     .users()
    ///     .filter(Filter::email().starts_with("admin"))
    ///     .limit(20)
    ///     .await?;
    /// # drop(page); Ok(()) }
    /// ```
    pub fn users(&self) -> Call<ListUsersRequest, UserPage> {
        Call::new(
            &self.cognito,
            Operation::ListUsers,
            Ok::<_, InvalidInput>(ListUsersRequest::new()),
            async |inner, request| inner.administration.list_users(request).await,
        )
        .reads()
    }

    /// Creates a user. The user must choose a password at the first sign-in. If the name is an
    /// e-mail address or a phone number, that attribute is set as well.
    ///
    /// # Errors
    ///
    /// [`UserExists`](crate::ErrorKind::UserExists),
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy), or
    /// [`Delivery`](crate::ErrorKind::Delivery) (the user then exists).
    pub fn create_user(&self, username: impl Into<String>) -> Call<NewUserRequest, UserDetails> {
        Call::about(
            &self.cognito,
            Operation::AdminCreateUser,
            Username::new(username),
            |username| {
                Ok(NewUserRequest {
                    request: CreateUserRequest::new(username),
                    contact_verified: false,
                })
            },
            async |inner, new| inner.administration.create_user(new.request).await,
        )
        .prepared_by(|new, _| {
            let user = &mut new.request;
            add_contact(&mut user.attributes, &user.username, new.contact_verified)
        })
    }
}

/// The request of [`Admin::create_user`].
#[derive(Clone, Debug)]
pub struct NewUserRequest {
    pub(crate) request: CreateUserRequest,
    contact_verified: bool,
}

/// Options for lists of users.
impl<T> Call<ListUsersRequest, T> {
    /// Sets a filter. Default: all users are listed.
    pub fn filter(self, filter: Filter) -> Self {
        self.try_change(|request| {
            filter.as_str()?;
            request.filter = Some(filter);
            Ok(())
        })
    }
}

/// Options for requests that create a user.
impl<T> Call<NewUserRequest, T> {
    /// Marks the e-mail address or phone number that is the user's name as verified. It can then be
    /// used to reset a forgotten password.
    pub fn contact_verified(self) -> Self {
        self.set(|new| new.contact_verified = true)
    }

    /// Sends no invitation: the operator passes the temporary password on. (To send one later, see
    /// [`AdminUser::resend_invitation`](crate::administration::AdminUser::resend_invitation).)
    pub fn without_invitation(self) -> Self {
        self.set(|new| new.request.invitation = Invitation::Suppress)
    }
}

/// The operations on one user; see [`Admin::user`]. Every operation can fail with
/// [`UserNotFound`](crate::ErrorKind::UserNotFound).
#[derive(Clone, Debug)]
pub struct AdminUser {
    cognito: Cognito,
    username: Result<Username, InvalidInput>,
}

impl AdminUser {
    /// Returns status, attributes and times from Cognito.
    pub fn details(&self) -> Call<Username, UserDetails> {
        self.call(Operation::AdminGetUser, Ok, async |inner, name| {
            inner.administration.user(&name).await
        })
        .reads()
    }

    /// Enables the user (`cognito-idp:AdminEnableUser`). The user can then sign in again.
    pub fn enable(&self) -> Call<Username, Done> {
        self.call(Operation::AdminEnableUser, Ok, async |inner, name| {
            inner.administration.enable_user(&name).await
        })
        .done("User enabled successfully")
    }

    /// Disables the user (`cognito-idp:AdminDisableUser`). The user can no longer sign in. This
    /// service rejects all tokens that Cognito issued until its response. Other services that verify
    /// tokens offline accept them until they expire. The operation also needs
    /// `cognito-idp:AdminGetUser`, for the user's `sub`.
    pub fn disable(&self) -> Call<Username, Done> {
        self.call(Operation::AdminDisableUser, Ok, async |inner, name| {
            let user = inner.user_of(&name).await?;
            let disabled = inner.administration.disable_user(&name).await;
            inner.revoke_tokens_of_user(&user, disabled).await
        })
        .done("User disabled successfully")
    }

    /// Signs the user out everywhere (`cognito-idp:AdminUserGlobalSignOut`,
    /// `cognito-idp:AdminGetUser`). Cognito no longer accepts the user's refresh tokens. Neither
    /// Cognito's API nor this service accepts the access tokens. The user may sign in again.
    ///
    /// This service rejects all tokens that Cognito issued until its response. Other services that verify tokens offline accept them until they expire.
    ///
    /// # Errors
    ///
    /// After [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout),
    /// it is unknown whether Cognito has signed the user out. This service rejects the tokens in
    /// any case. Without a response it uses its own clock plus 60 seconds, so tokens of a new
    /// sign-in within that time are rejected too.
    pub fn sign_out_everywhere(&self) -> Call<Username, Done> {
        self.call(
            Operation::AdminUserGlobalSignOut,
            Ok,
            async |inner, name| {
                let user = inner.user_of(&name).await?;
                let signed_out = inner.administration.sign_out_user(&name).await;
                inner.revoke_tokens_of_user(&user, signed_out).await
            },
        )
        .done("User signed out successfully")
    }

    /// Deletes the user (`cognito-idp:AdminDeleteUser`). This cannot be undone. This service
    /// rejects the user's tokens from now on, even if the deletion itself fails. The operation also
    /// needs `cognito-idp:AdminGetUser`, for the user's `sub`.
    pub fn delete(&self) -> Call<Username, Done> {
        self.call(Operation::AdminDeleteUser, Ok, async |inner, name| {
            let user = inner.user_of(&name).await?;
            // Revoked before the deletion, because a deleted user cannot be looked up again if the
            // revocation fails. Revoked again afterwards, with the time of the deletion by
            // Cognito's clock.
            let before = Ok(RepliedAt::unknown());
            inner.revoke_tokens_of_user(&user, before).await?;
            let deleted = inner.administration.delete_user(&name).await;
            inner.revoke_tokens_of_user(&user, deleted).await
        })
        .done("User deleted successfully")
    }

    pub(super) fn call<R, T, F: Future<Output = Result<T>> + Send + 'static>(
        &self,
        operation: Operation,
        request: impl FnOnce(Username) -> Result<R, InvalidInput>,
        send: impl Fn(Arc<Inner>, R) -> F + Send + Sync + 'static,
    ) -> Call<R, T> {
        let username = self.username.clone();
        Call::about(&self.cognito, operation, username, request, send)
    }
}

impl Inner {
    /// Looks up a user whose `sub` or user name another operation needs.
    pub(super) async fn user_of(&self, name: &Username) -> Result<UserDetails> {
        self.turn(Operation::AdminGetUser).await?;
        self.administration.user(name).await
    }
}
