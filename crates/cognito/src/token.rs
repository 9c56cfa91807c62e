//! Verification and decoding of tokens.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use cognito_core::authentication::step_up::StepUp;
use cognito_core::revocation::{TokenIdentity, WhenStale};
use cognito_core::{
    AccessClaims, Error, ErrorKind, Event, EventSink, IdClaims, Operation, Result, RevocationList,
    TokenVerifier,
};
use cognito_jwt::UnverifiedToken;

use crate::Cognito;
use crate::attempt_guard::CredentialCheck;
use crate::operation::Facts;

impl Cognito {
    /// Verifies an access token: signature, issuer, client, token use, times, configured
    /// requirements and revocation. Call it for every request. If the signing keys are cached, no
    /// network call is made.
    ///
    /// # Errors
    ///
    /// - [`TokenInvalid`](crate::ErrorKind::TokenInvalid),
    ///   [`TokenExpired`](crate::ErrorKind::TokenExpired) or
    ///   [`TokenRevoked`](crate::ErrorKind::TokenRevoked) if the token is rejected. Respond with
    ///   HTTP 401.
    /// - [`InsufficientAuthentication`](crate::ErrorKind::InsufficientAuthentication) if the sign-in
    ///   is too weak or too old for a configured requirement. Respond with HTTP 401.
    /// - [`InsufficientScope`](crate::ErrorKind::InsufficientScope) if the token does not have a
    ///   required group or scope. Respond with HTTP 403.
    /// - [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable) if the signing keys could not be
    ///   fetched, [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if the revocations are
    ///   stale, or [`ShuttingDown`](crate::ErrorKind::ShuttingDown) after
    ///   [`shutdown`](Self::shutdown). Respond with HTTP 503.
    pub async fn verify_access_token(&self, token: &str) -> Result<Arc<AccessClaims>> {
        self.verify(self.inner.verifier.verify_access(token)).await
    }

    /// Verifies an ID token: signature, issuer, audience, token use, times, configured requirements
    /// and revocation. Use it to identify the user. For authorization decisions, use an access
    /// token.
    ///
    /// # Errors
    ///
    /// The errors of [`verify_access_token`](Self::verify_access_token).
    pub async fn verify_id_token(&self, token: &str) -> Result<Arc<IdClaims>> {
        let verification = async {
            let claims = self.inner.verifier.verify_id(token).await?;
            self.inner.token_lives.note_id(claims.iat, claims.exp);
            Ok(claims)
        };
        self.verify(verification).await
    }

    /// Decodes a token without verifying it.
    ///
    /// # Security
    ///
    /// Anyone can forge such a token. Use the result only for a log line, or to decide when to
    /// refresh.
    ///
    /// # Errors
    ///
    /// [`TokenInvalid`](crate::ErrorKind::TokenInvalid) if the string is not a JWT.
    pub fn decode_token(&self, token: &str) -> Result<UnverifiedToken> {
        cognito_jwt::decode_unverified(token).map_err(Error::from)
    }

    /// Returns `true` if the `exp` of a token has passed, or if the token has no `exp` or cannot be
    /// decoded. The token is not verified. Use the result to decide when to refresh.
    #[must_use]
    pub fn is_token_expired(&self, token: &str) -> bool {
        self.decode_token(token)
            .map_or(true, |token| token.is_expired(self.now()))
    }

    /// Returns a clone with another setting for stale revocations. The setting decides whether
    /// tokens are accepted while the shared revocations cannot be read. It affects
    /// [`verify_access_token`](Self::verify_access_token),
    /// [`verify_id_token`](Self::verify_id_token) and [`health`](Self::health) of the clone.
    ///
    /// ```
    /// use cognito::Cognito;
    /// use cognito::revocation::WhenStale;
    ///
    /// # fn example(cognito: Cognito) {
    /// // While the revocations are stale, `prices` accepts tokens that may have been revoked.
    /// // `withdrawals` keeps the configured setting, such as `WhenStale::FailClosed`.
    /// let (withdrawals, prices) = (cognito.clone(), cognito.with_when_stale(WhenStale::FailOpen));
    /// # drop((withdrawals, prices)); }
    /// ```
    ///
    /// If revocations are not shared, the setting has no effect. A custom
    /// [`revocation_list`](crate::CognitoBuilder::revocation_list) can also ignore it
    /// ([`RevocationList::check_with`]).
    #[must_use]
    pub fn with_when_stale(&self, when_stale: WhenStale) -> Self {
        Self {
            when_stale: Some(when_stale),
            ..self.clone()
        }
    }

    /// Runs a verification, checks the claims against the revocation list, and measures the
    /// duration.
    async fn verify<C>(&self, verification: impl Future<Output = Result<Arc<C>>>) -> Result<Arc<C>>
    where
        for<'c> TokenIdentity<'c>: From<&'c C>,
    {
        let inner = &self.inner;
        let facts = Facts::new(Operation::VerifyToken);
        let checked = async {
            let claims: Arc<C> = verification.await?;
            let token = TokenIdentity::from(&*claims);
            inner.note_verified(token.iat);
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
            .run(&facts, Ok(checked), CredentialCheck::passed)
            .await
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.inner.clock.now()
    }
}

/// Verifies tokens like [`Cognito::verify_access_token`] and [`Cognito::verify_id_token`], for code
/// that needs a [`TokenVerifier`], such as the guards of `cognito-tower`.
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

    fn required_sign_in(&self) -> StepUp {
        self.inner.verifier.required_sign_in()
    }

    fn record(&self, event: &Event<'_>) {
        self.inner.events.record(event);
    }
}
