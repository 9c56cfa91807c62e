//! The second step of a sign-in at managed login: the browser returns with a code.

use std::sync::Arc;

use cognito_cache::Budget;
use cognito_core::hosted_login::callback::Callback;
use cognito_core::hosted_login::pending::{CodeExchange, PendingLogin};
use cognito_core::ports::HostedLogin;
use cognito_core::{Error, ErrorKind, IdClaims, Operation, Result, TokenVerifier, Tokens};
use cognito_jwt::IdChecks;

use crate::Call;
use crate::cognito::Inner;
use crate::hosted_login::{ManagedLogin, strength};

impl ManagedLogin {
    /// Completes a sign-in at managed login, and returns the tokens. `query` is the query string of
    /// the redirect to your service, or the whole URL.
    ///
    /// The state is checked before a request is sent. Then the code is exchanged for tokens, once.
    /// The ID token is verified, including its nonce and, if present, its `at_hash`. If the request
    /// had [levels](super::StartLogin::require_level) or a [maximum age](super::StartLogin::max_age),
    /// the sign-in must meet them. If the verification fails, the new tokens are revoked.
    ///
    /// # Errors
    ///
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter): the state does not match, or
    ///   `query` is not a response of managed login.
    /// - [`NotAuthorized`](crate::ErrorKind::NotAuthorized): the user or Cognito rejected the
    ///   sign-in. [`Error::code`](crate::Error::code) contains the reason, such as `access_denied`
    ///   or `login_required`.
    /// - [`TriggerRejected`](crate::ErrorKind::TriggerRejected),
    ///   [`UserDisabled`](crate::ErrorKind::UserDisabled) or
    ///   [`RetrySignIn`](crate::ErrorKind::RetrySignIn): more specific reasons of a rejection.
    /// - [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired): the code is expired, was used
    ///   before, or belongs to another sign-in. The kind is the same if the ID token could not be
    ///   verified because the signing keys are unavailable. The sign-in must start again.
    /// - [`TokenInvalid`](crate::ErrorKind::TokenInvalid): the ID token belongs to another sign-in
    ///   (its nonce does not match), or is invalid.
    /// - [`InsufficientAuthentication`](crate::ErrorKind::InsufficientAuthentication): the sign-in
    ///   does not have a requested level, or is too old.
    /// - [`Configuration`](crate::ErrorKind::Configuration): the app client does not have a
    ///   requested scope (`invalid_scope`).
    pub fn finish(&self, pending: PendingLogin, query: &str) -> Call<CodeExchange, ManagedSignIn> {
        let exchange = Callback::from_query(query).and_then(|answer| pending.answered_by(answer));
        self.cognito
            .call(
                Operation::OAuthExchangeCode,
                exchange,
                async |inner, exchange| inner.exchange(&exchange).await,
            )
            .limited(Budget::Tokens)
    }
}

impl Inner {
    async fn exchange(&self, exchange: &CodeExchange) -> Result<ManagedSignIn> {
        let tokens = self.hosted_login.exchange_code(exchange).await?;
        match self.checked(&tokens, exchange).await {
            Ok(claims) => Ok(ManagedSignIn { tokens, claims }),
            Err(error) => {
                // No caller receives these tokens, so they are revoked if possible.
                let _ = self.hosted_login.revoke(&tokens.refresh_token).await;
                Err(used_up(error))
            }
        }
    }

    async fn checked(&self, tokens: &Tokens, exchange: &CodeExchange) -> Result<Arc<IdClaims>> {
        let claims = self.verifier.verify_id(tokens.id_token.expose()).await?;
        self.token_lives.note_id(claims.iat, claims.exp);
        let mut checks = IdChecks::new().nonce(exchange.nonce());
        // `at_hash` is optional in the code flow (OpenID Connect Core section 3.1.3.6).
        if claims.at_hash.is_some() {
            checks = checks.access_token(tokens.access_token.expose());
        }
        checks.check(&claims).map_err(Error::from)?;
        let (leeway, now) = (self.verifier.leeway(), self.clock.unix_seconds());
        strength::check(exchange.step_up(), &claims, leeway, now)?;
        Ok(claims)
    }
}

/// Converts a retryable error to an error that requires a new sign-in, because the authorization
/// code cannot be exchanged again. Returns other errors unchanged.
fn used_up(error: Error) -> Error {
    if error.is_retryable() {
        Error::new(ErrorKind::ChallengeExpired)
            .with_detail("the code was exchanged, but the ID token could not be verified: start the sign-in again")
            .with_source(error)
    } else {
        error
    }
}

/// The result of [`ManagedLogin::finish`]: the tokens, and the claims of the ID token.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the session is lost without its tokens"]
pub struct ManagedSignIn {
    /// The tokens. Refresh them with [`ManagedLogin::refresh`] or with
    /// [`Cognito::refresh`](crate::Cognito::refresh). If the app client rotates refresh tokens, use
    /// only one of the two methods: concurrent refreshes share one request only if they use the
    /// same method.
    pub tokens: Tokens,
    /// The claims of the verified ID token.
    pub claims: Arc<IdClaims>,
}
