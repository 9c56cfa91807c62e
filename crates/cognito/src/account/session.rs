//! The end of all sessions of a person.

use cognito_core::{
    AccessToken, Account, Done, Error, ErrorKind, Operation, Result, Revocation, RevocationList,
    TokenVerifier,
};

use crate::account::OwnAccount;
use crate::cognito::Inner;
use crate::operation::Call;

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
        let call = Call::new(Operation::GlobalSignOut);
        self.cognito
            .perform(call, self.token().cloned(), async |inner, token| {
                let signed_out = inner.account.global_sign_out(&token).await;
                match &signed_out {
                    Err(error) if !may_be_signed_out(error) => {}
                    taken => inner.refuse_all_tokens_of(&token, taken.is_ok()).await?,
                }
                signed_out
            })
            .await?;
        Ok(Done::new("Signed out successfully"))
    }
}

/// Whether the person is signed out all the same, or may be.
fn may_be_signed_out(error: &Error) -> bool {
    error.may_have_taken_effect() || error.kind() == ErrorKind::AccessRevoked
}

impl Inner {
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
