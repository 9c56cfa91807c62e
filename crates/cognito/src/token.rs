//! Verifying tokens, and looking into them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use cognito_core::{
    AccessClaims, Error, ErrorKind, IdClaims, Operation, Result, RevocationList, TokenIdentity,
    TokenVerifier, WhenStale,
};
use cognito_jwt::UnverifiedToken;

use crate::Cognito;
use crate::operation::{Call, Proof};
use crate::revoking::Issued;

impl Cognito {
    /// Verifies an access token: signature, issuer, client, use, times, and that it was not
    /// revoked here. This is what a guard calls for every request; it does not leave the process
    /// once the pool's keys are there.
    ///
    /// # Errors
    ///
    /// [`TokenInvalid`](crate::ErrorKind::TokenInvalid),
    /// [`TokenExpired`](crate::ErrorKind::TokenExpired),
    /// [`TokenRevoked`](crate::ErrorKind::TokenRevoked) mean "not signed in" (401);
    /// [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable), and
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) from a revocation list whose view is
    /// too old, mean "cannot tell" (503).
    pub async fn verify_access_token(&self, token: &str) -> Result<Arc<AccessClaims>> {
        self.verify(self.inner.verifier.verify_access(token)).await
    }

    /// Verifies an ID token: signature, issuer, audience, use, times, and that it was not revoked
    /// here. An ID token says who somebody is; let an access token decide what they may do.
    ///
    /// # Errors
    ///
    /// As [`verify_access_token`](Self::verify_access_token).
    pub async fn verify_id_token(&self, token: &str) -> Result<Arc<IdClaims>> {
        self.verify(self.inner.verifier.verify_id(token)).await
    }

    /// Reads a token without verifying anything: anybody can have made it up. Good for a log line
    /// or to see when to refresh, never to let somebody in; its type cannot pass for claims that
    /// were verified.
    ///
    /// # Errors
    ///
    /// [`TokenInvalid`](crate::ErrorKind::TokenInvalid) if it is no token at all.
    pub fn decode_token(&self, token: &str) -> Result<UnverifiedToken> {
        cognito_jwt::decode_unverified(token).map_err(Error::from)
    }

    /// Whether a token is past its `exp`, and so time to refresh. What cannot be read counts as
    /// expired. Nothing is verified.
    #[must_use]
    pub fn is_token_expired(&self, token: &str) -> bool {
        self.decode_token(token)
            .map_or(true, |token| token.is_expired(self.now()))
    }

    /// The same facade for guards that decide otherwise while the view of shared revocations is stale:
    /// all but this is shared. [`verify_access_token`](Self::verify_access_token) and
    /// [`verify_id_token`](Self::verify_id_token) of what is returned go by `when_stale`, and so does
    /// its [`health`](Self::health).
    ///
    /// ```
    /// use cognito::{Cognito, WhenStale};
    ///
    /// # fn example(cognito: Cognito) {
    /// // Nobody withdraws money on a stale view; the price list may be read on one.
    /// let (withdrawals, prices) = (cognito.clone(), cognito.with_when_stale(WhenStale::FailOpen));
    /// # drop((withdrawals, prices)); }
    /// ```
    ///
    /// It changes nothing where revocations are not shared, nor for a
    /// [`revocation_list`](crate::CognitoBuilder::revocation_list) of your own that gives no such choice
    /// ([`RevocationList::check_with`]).
    #[must_use]
    pub fn with_when_stale(&self, when_stale: WhenStale) -> Self {
        Self {
            when_stale: Some(when_stale),
            ..self.clone()
        }
    }

    /// Runs in the caller's own task: nothing leaves the process, and nothing is lost when the
    /// caller goes away.
    async fn verify<C>(&self, verdict: impl Future<Output = Result<Arc<C>>>) -> Result<Arc<C>>
    where
        C: Issued,
        for<'c> TokenIdentity<'c>: From<&'c C>,
    {
        let inner = &self.inner;
        let call = Call::new(Operation::VerifyToken);
        let checked = |verdict| async move {
            let claims: Arc<C> = verdict.await?;
            inner.note_verified(claims.iat());
            claims.note(&inner.token_lives);
            let token = TokenIdentity::from(&*claims);
            let is_revoked = match self.when_stale {
                Some(choice) => inner.revocations.check_with(&token, choice),
                None => inner.revocations.check(&token),
            };
            if is_revoked? {
                return Err(Error::new(ErrorKind::TokenRevoked));
            }
            Ok(claims)
        };
        inner
            .run(&call, Ok(verdict), checked, |_| Proof::Secret)
            .await
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.inner.clock.now()
    }
}

/// For whoever asks a [`TokenVerifier`], such as the guards of `cognito-tower`: what they have verified
/// is measured, logged and held against the revocations like the facade's own calls.
#[async_trait]
impl TokenVerifier for Cognito {
    async fn verify_access(&self, token: &str) -> Result<Arc<AccessClaims>> {
        self.verify_access_token(token).await
    }

    async fn verify_id(&self, token: &str) -> Result<Arc<IdClaims>> {
        self.verify_id_token(token).await
    }

    fn leeway(&self) -> Duration {
        self.inner.verifier.leeway()
    }
}
