//! One user, as an operator handles them.

use std::sync::Arc;

use cognito_core::{
    Administration, Done, Error, InvalidInput, Operation, Result, Revocation, RevocationList,
    UserDetails, Username,
};

use crate::Cognito;
use crate::administration::Admin;
use crate::cognito::Inner;
use crate::operation::Call;

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
    pub(in crate::administration) cognito: &'a Cognito,
    pub(in crate::administration) username: Result<Username, InvalidInput>,
}

impl AdminUser<'_> {
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

    /// Lets the user sign in again (`cognito-idp:AdminEnableUser`).
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
            let user = inner.user_of(&name).await?;
            let disabled = inner.administration.disable_user(&name).await;
            inner.refuse_tokens_of(&user, disabled).await
        })
        .await?;
        Ok(Done::new("User disabled successfully"))
    }

    /// Signs the user out everywhere (`cognito-idp:AdminUserGlobalSignOut`,
    /// `cognito-idp:AdminGetUser`): every refresh token is dead, Cognito's own interface refuses
    /// the access tokens, and so does this service from now on. The user may sign in again.
    ///
    /// Other services that verify tokens offline accept them until they expire. Tokens of the next
    /// five seconds are refused here too, should the user sign in that soon: Cognito's clock may
    /// be ahead of ours.
    ///
    /// # Errors
    ///
    /// After [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout)
    /// Cognito may not have heard of it; this service refuses the tokens all the same.
    pub async fn sign_out_everywhere(&self) -> Result<Done> {
        self.perform(Operation::AdminUserGlobalSignOut, async |inner, name| {
            let user = inner.user_of(&name).await?;
            let signed_out = inner.administration.sign_out_user(&name).await;
            inner.refuse_tokens_of(&user, signed_out).await
        })
        .await?;
        Ok(Done::new("User signed out successfully"))
    }

    /// Deletes the user for ever. Tokens that the user has are refused here from now on, also if
    /// the deletion itself then fails. Needs `cognito-idp:AdminGetUser` too, to learn whose tokens
    /// these are.
    pub async fn delete(&self) -> Result<Done> {
        self.perform(Operation::AdminDeleteUser, async |inner, name| {
            let user = inner.user_of(&name).await?;
            // Before: whoever is gone cannot be looked up again, should this fail.
            inner.refuse_tokens_of(&user, Ok(())).await?;
            inner.administration.delete_user(&name).await
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
    /// The user, looked up on the way to something else.
    pub(in crate::administration) async fn user_of(&self, name: &Username) -> Result<UserDetails> {
        self.turn(Operation::AdminGetUser).await?;
        self.administration.user(name).await
    }

    /// Refuses the user's tokens once `done` says that Cognito locked the user out, or signed them
    /// out, or may have.
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
