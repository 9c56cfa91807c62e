//! The end of all sessions of a person.

use cognito_core::{Account, Done, Operation, Result, Revocation, RevocationList};

use crate::account::OwnAccount;
use crate::operation::Call;

impl OwnAccount<'_> {
    /// Signs the person out everywhere: every refresh token is dead, Cognito's own interface
    /// refuses the access tokens, and so does this service from now on.
    ///
    /// Other services that verify tokens offline accept them until they expire.
    pub async fn sign_out_everywhere(&self) -> Result<Done> {
        let inner = &self.cognito.inner;
        self.cognito
            .perform(
                Call::new(Operation::GlobalSignOut),
                self.token(),
                async |token| {
                    // Asked first: after the sign-out the token is worth nothing.
                    let claims = inner.verifier.verify_access(token.expose()).await;
                    inner.account.global_sign_out(&token).await?;
                    match claims {
                        Ok(claims) => {
                            let revocation = Revocation::User {
                                sub: claims.sub,
                                issued_until: inner.clock.unix_seconds(),
                            };
                            inner.revocations.revoke(revocation).await
                        }
                        // Cognito took the token; that we cannot read it (no keys at hand) must
                        // not be silent, since our own list now lacks the user.
                        Err(error) => Err(error),
                    }
                },
            )
            .await?;
        Ok(Done::new("Signed out successfully"))
    }
}
