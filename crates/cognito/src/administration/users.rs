//! The operations with which an operator manages the users of a pool.

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
use crate::call::{AboutUser, port_call};
use crate::cognito::Inner;
use crate::{Call, Cognito};

impl Admin {
    /// Returns the operations on one user. `username` is the user name or `sub`. It can also be an
    /// e-mail address or a phone number, if the user pool accepts these at a sign-in. No request is
    /// sent.
    pub fn user(&self, username: impl Into<String>) -> AdminUser {
        AdminUser {
            cognito: self.cognito.clone(),
            username: Username::new(username),
        }
    }

    /// Lists the users of the pool (`cognito-idp:ListUsers`). `.await` returns one page, and
    /// [`stream`](crate::Call::stream) returns all users.
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
        port_call!(
            self.cognito, ListUsers => administration.list_users(_),
            Ok::<_, InvalidInput>(ListUsersRequest::new())
        )
        .reads()
    }

    /// Creates a user (`cognito-idp:AdminCreateUser`), and sends an invitation with a temporary
    /// password. The user must choose a new password at the first sign-in. If the user name is an
    /// e-mail address or a phone number, it is the default of the attribute `email` or
    /// `phone_number`.
    ///
    /// # Errors
    ///
    /// - [`UserExists`](crate::ErrorKind::UserExists) if the user name is taken.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the user name or an attribute is
    ///   invalid, or if the user name cannot be [marked as verified](Call::contact_verified).
    /// - [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) if the user pool does not allow the
    ///   temporary password.
    /// - [`Delivery`](crate::ErrorKind::Delivery) if the invitation could not be sent. The user
    ///   then exists.
    pub fn create_user(&self, username: impl Into<String>) -> Call<NewUserRequest, UserDetails> {
        self.cognito
            .about(username)
            .call(
                Operation::AdminCreateUser,
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

/// Options of [`Admin::users`].
impl<T> Call<ListUsersRequest, T> {
    /// Lists only the users that match `filter`. Default: all users are listed.
    pub fn filter(self, filter: Filter) -> Self {
        self.try_change(|request| {
            filter.as_str()?;
            request.filter = Some(filter);
            Ok(())
        })
    }
}

/// Options of [`Admin::create_user`].
impl<T> Call<NewUserRequest, T> {
    /// Marks the e-mail address or phone number of the user as verified. The user can then reset a
    /// forgotten password with it. Default: unverified.
    ///
    /// The user name must be this address or number. Otherwise the call fails with
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter).
    pub fn contact_verified(self) -> Self {
        self.set(|new| new.contact_verified = true)
    }

    /// Sends no invitation. Give the user the temporary password in another way, or send an
    /// invitation later with
    /// [`AdminUser::resend_invitation`](crate::administration::AdminUser::resend_invitation).
    /// Default: Cognito sends an invitation.
    pub fn without_invitation(self) -> Self {
        self.set(|new| new.request.invitation = Invitation::Suppress)
    }
}

/// The operations on one user, created by [`Admin::user`]. Every operation can fail with
/// [`UserNotFound`](crate::ErrorKind::UserNotFound) if there is no such user.
#[derive(Clone, Debug)]
pub struct AdminUser {
    cognito: Cognito,
    username: Result<Username, InvalidInput>,
}

impl AdminUser {
    /// Returns the status, attributes and times of the user (`cognito-idp:AdminGetUser`).
    pub fn details(&self) -> Call<Username, UserDetails> {
        port_call!(self, AdminGetUser => administration.user(&_), Ok).reads()
    }

    /// Enables a disabled user (`cognito-idp:AdminEnableUser`). The user can then sign in again.
    pub fn enable(&self) -> Call<Username, Done> {
        port_call!(self, AdminEnableUser => administration.enable_user(&_), Ok)
            .done("User enabled successfully")
    }

    /// Disables the user (`cognito-idp:AdminDisableUser`). The user can no longer sign in. The
    /// operation also needs `cognito-idp:AdminGetUser`, which returns the user's `sub`.
    ///
    /// After Cognito has responded, this service rejects all tokens that Cognito issued to the user
    /// before the response. Other services that verify tokens offline accept these tokens until
    /// they expire.
    pub fn disable(&self) -> Call<Username, Done> {
        self.call(Operation::AdminDisableUser, Ok, async |inner, name| {
            let user = inner.user_of(&name).await?;
            let disabled = inner.administration.disable_user(&name).await;
            inner.revoke_tokens_of_user(&user, disabled).await
        })
        .done("User disabled successfully")
    }

    /// Signs the user out everywhere (`cognito-idp:AdminUserGlobalSignOut`,
    /// `cognito-idp:AdminGetUser`). Cognito then rejects the user's refresh tokens, and Cognito's
    /// API rejects the user's access tokens. The user can sign in again.
    ///
    /// After Cognito has responded, this service rejects all tokens that Cognito issued to the user
    /// before the response. Other services that verify tokens offline accept these tokens until
    /// they expire.
    ///
    /// The session of a browser at managed login is not ended: the browser gets new tokens without a
    /// password. To end it, revoke the session of the browser with
    /// [`revoke_session`](Self::revoke_session).
    ///
    /// # Errors
    ///
    /// [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout):
    /// Cognito may have signed the user out. This service rejects the user's tokens anyway. Because
    /// Cognito's time is then unknown, tokens of a new sign-in within 60 seconds are rejected too.
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

    /// Deletes the user (`cognito-idp:AdminDeleteUser`). This cannot be undone. The operation also
    /// needs `cognito-idp:AdminGetUser`, which returns the user's `sub`.
    ///
    /// This service rejects the user's tokens, even if the deletion fails. Other services that
    /// verify tokens offline accept them until they expire.
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
        let user = AboutUser {
            cognito: &self.cognito,
            username: self.username.clone(),
        };
        user.call(operation, request, send)
    }
}

impl Inner {
    /// Returns the details of the user `name`, which can be an alias. An operation that needs the
    /// user name or the `sub` calls this method first.
    pub(super) async fn user_of(&self, name: &Username) -> Result<UserDetails> {
        self.turn(Operation::AdminGetUser).await?;
        self.administration.user(name).await
    }
}
