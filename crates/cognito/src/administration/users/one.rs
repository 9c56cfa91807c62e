//! The operations on one user, for operators.

use std::sync::Arc;

use cognito_core::{
    Administration, Done, InvalidInput, Operation, RepliedAt, Result, UserDetails, Username,
};

use crate::Cognito;
use crate::administration::Admin;
use crate::cognito::Inner;
use crate::operation::Call;

impl<'a> Admin<'a> {
    /// Returns the operations on one user, identified by name, `sub`, or (if the pool allows it)
    /// e-mail address or phone number.
    #[must_use]
    pub fn user(&self, username: impl Into<String>) -> AdminUser<'a> {
        AdminUser {
            cognito: self.cognito,
            username: Username::new(username),
        }
    }
}

/// The operations on one user; see [`Admin::user`]. Every operation can fail with
/// [`UserNotFound`](crate::ErrorKind::UserNotFound).
#[derive(Clone, Debug)]
pub struct AdminUser<'a> {
    pub(in crate::administration) cognito: &'a Cognito,
    pub(in crate::administration) username: Result<Username, InvalidInput>,
}

impl AdminUser<'_> {
    /// Returns status, attributes and times, read from Cognito.
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

    /// Lets the user sign in again (`cognito-idp:AdminEnableUser`).
    pub async fn enable(&self) -> Result<Done> {
        self.perform(Operation::AdminEnableUser, async |inner, name| {
            inner.administration.enable_user(&name).await
        })
        .await?;
        Ok(Done::new("User enabled successfully"))
    }

    /// Disables the user, who can no longer sign in. This service rejects the tokens that were issued up
    /// to the second of Cognito's response, by Cognito's clock; other services that verify tokens
    /// offline accept them until they expire. Needs `cognito-idp:AdminGetUser` too, for the user's
    /// `sub`.
    pub async fn disable(&self) -> Result<Done> {
        self.perform(Operation::AdminDisableUser, async |inner, name| {
            let user = inner.user_of(&name).await?;
            let disabled = inner.administration.disable_user(&name).await;
            inner.revoke_tokens_of_user(&user, disabled).await
        })
        .await?;
        Ok(Done::new("User disabled successfully"))
    }

    /// Signs the user out everywhere (`cognito-idp:AdminUserGlobalSignOut`,
    /// `cognito-idp:AdminGetUser`): Cognito no longer accepts the user's refresh tokens, and
    /// neither Cognito's API nor this service accepts the access tokens. The user may sign in
    /// again.
    ///
    /// This service rejects tokens that were issued up to the second of Cognito's response, by
    /// Cognito's clock. Other services that verify tokens offline accept them until they expire.
    ///
    /// # Errors
    ///
    /// After [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout)
    /// Cognito may not have signed the user out. This service rejects the tokens anyway. Without a
    /// response it uses its own clock plus 60 seconds, so the tokens of a sign-in within that time
    /// are rejected too.
    pub async fn sign_out_everywhere(&self) -> Result<Done> {
        self.perform(Operation::AdminUserGlobalSignOut, async |inner, name| {
            let user = inner.user_of(&name).await?;
            let signed_out = inner.administration.sign_out_user(&name).await;
            inner.revoke_tokens_of_user(&user, signed_out).await
        })
        .await?;
        Ok(Done::new("User signed out successfully"))
    }

    /// Deletes the user. It cannot be undone. This service rejects the user's tokens from now on, even if
    /// the deletion itself fails. Needs `cognito-idp:AdminGetUser` too, for the user's `sub`.
    pub async fn delete(&self) -> Result<Done> {
        self.perform(Operation::AdminDeleteUser, async |inner, name| {
            let user = inner.user_of(&name).await?;
            // Revoked before the deletion, because a deleted user cannot be looked up again if the
            // revocation fails. Revoked again afterwards, with the time of the deletion by
            // Cognito's clock.
            let before = Ok(RepliedAt::unknown());
            inner.revoke_tokens_of_user(&user, before).await?;
            let deleted = inner.administration.delete_user(&name).await;
            inner.revoke_tokens_of_user(&user, deleted).await
        })
        .await?;
        Ok(Done::new("User deleted successfully"))
    }

    pub(in crate::administration) async fn perform<
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    >(
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
    /// Looks up the user for another operation.
    pub(in crate::administration) async fn user_of(&self, name: &Username) -> Result<UserDetails> {
        self.turn(Operation::AdminGetUser).await?;
        self.administration.user(name).await
    }
}
