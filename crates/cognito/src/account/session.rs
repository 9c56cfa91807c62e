//! The end of all sessions of a person, and of the account.

use cognito_core::{
    AccessToken, Account, Done, Error, ErrorKind, Operation, Result, Revocation, RevocationList,
    TokenVerifier,
};

use crate::account::OwnAccount;
use crate::cognito::Inner;

impl OwnAccount<'_> {
    /// Signs the person out everywhere: every refresh token is dead, Cognito's own interface
    /// refuses the access tokens, and so does this service from now on.
    ///
    /// Other services that verify tokens offline accept them until they expire.
    ///
    /// # Errors
    ///
    /// After [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout)
    /// Cognito may not have heard of it; this service refuses the tokens all the same.
    pub async fn sign_out_everywhere(&self) -> Result<Done> {
        let call = self.call(Operation::GlobalSignOut);
        self.cognito
            .perform(call, self.token().cloned(), async |inner, token| {
                let signed_out = inner.account.global_sign_out(&token).await;
                inner.ended(&token, signed_out).await
            })
            .await?;
        Ok(Done::new("Signed out successfully"))
    }

    /// Deletes the person's account for ever. Tokens that they have are refused here from now on;
    /// other services that verify tokens offline accept them until they expire.
    ///
    /// # Errors
    ///
    /// After [`ReplyLost`](crate::ErrorKind::ReplyLost) or [`Timeout`](crate::ErrorKind::Timeout)
    /// the account may be there still; this service refuses the tokens all the same. After
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) the account is gone and its tokens
    /// are not refused yet: try again, until [`UserNotFound`](crate::ErrorKind::UserNotFound) says
    /// that both is done.
    pub async fn delete(&self) -> Result<Done> {
        let call = self.call(Operation::DeleteUser);
        self.cognito
            .perform(call, self.token().cloned(), async |inner, token| {
                let deleted = inner.account.delete_current_user(&token).await;
                inner.ended(&token, deleted).await
            })
            .await?;
        Ok(Done::new("User deleted successfully"))
    }
}

/// Whether the sessions are over all the same, or may be.
fn may_be_over(error: &Error) -> bool {
    error.may_have_taken_effect()
        || matches!(
            error.kind(),
            // Said to whoever tries again, because the first try could not be entered here.
            ErrorKind::AccessRevoked | ErrorKind::UserNotFound
        )
}

impl Inner {
    /// After the end of the bearer's sessions, or where that may have come.
    async fn ended(&self, token: &AccessToken, outcome: Result<()>) -> Result<()> {
        match &outcome {
            Err(error) if !may_be_over(error) => {}
            taken => self.refuse_all_tokens_of(token, taken.is_ok()).await?,
        }
        outcome
    }

    /// Refuses every token of the bearer. What a token says of itself is believed only if it
    /// verifies, or if Cognito has just taken it: a forged one must not sign somebody else out.
    async fn refuse_all_tokens_of(&self, token: &AccessToken, taken: bool) -> Result<()> {
        let (sub, issued) = match self.verifier.verify_access(token.expose()).await {
            Ok(claims) => (claims.sub.clone(), claims.iat),
            Err(error) if taken => unverified(token).ok_or(error)?,
            Err(error) => return Err(error),
        };
        // Cognito's clock, which dates tokens, may be ahead of ours.
        let until = self.clock.unix_seconds().max(issued);
        self.revocations.revoke(Revocation::user(sub, until)).await
    }
}

/// `sub` and `iat` of a token, for when the keys that would verify it cannot be had.
fn unverified(token: &AccessToken) -> Option<(String, u64)> {
    let token = cognito_jwt::decode_unverified(token.expose()).ok()?;
    let sub = token.claim("sub")?.as_str()?.to_owned();
    Some((sub, token.claim("iat")?.as_u64()?))
}
