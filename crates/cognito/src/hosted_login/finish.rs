//! The end of a sign-in, when the browser returns from managed login.

use std::sync::Arc;

use cognito_cache::Budget;
use cognito_core::hosted_login::callback::Callback;
use cognito_core::hosted_login::pending::{CodeExchange, PendingLogin};
use cognito_core::ports::HostedLogin;
use cognito_core::{Error, ErrorKind, IdClaims, Operation, Result, TokenVerifier, Tokens};
use cognito_jwt::IdChecks;

use crate::Call;
use crate::cognito::Inner;
use crate::hosted_login::ManagedLogin;

impl ManagedLogin {
    /// Finishes a sign-in. `query` is the query of the URL that the browser requested when it
    /// returned. The whole URL is accepted too.
    ///
    /// The state is checked before a request is sent. The code is then exchanged, once. The ID
    /// token is verified, including its nonce and, if present, its `at_hash`. Only then are tokens
    /// returned.
    ///
    /// # Errors
    ///
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter): the state differs, or this is
    ///   not a response of managed login.
    /// - [`NotAuthorized`](crate::ErrorKind::NotAuthorized): the user or the pool rejected the
    ///   sign-in; [`code`](crate::Error::code) is the reason (`access_denied`, `login_required`).
    /// - [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired): the code is expired, used, or
    ///   from another sign-in. Or the code was exchanged, but the keys to verify the ID token are
    ///   unavailable; the tokens are then revoked. The sign-in must start again.
    /// - [`TokenInvalid`](crate::ErrorKind::TokenInvalid): the ID token is from another sign-in.
    /// - [`Configuration`](crate::ErrorKind::Configuration): the app client does not have a
    ///   requested scope (`invalid_scope`).
    pub fn finish(&self, pending: PendingLogin, query: &str) -> Call<CodeExchange, ManagedSignIn> {
        let exchange = Callback::from_query(query).and_then(|answer| pending.answered_by(answer));
        Call::new(
            &self.cognito,
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
        Ok(claims)
    }
}

/// Marks an error as not retryable, because the code was exchanged.
fn used_up(error: Error) -> Error {
    if error.is_retryable() {
        Error::new(ErrorKind::ChallengeExpired)
            .with_detail("the code was exchanged, but the ID token could not be checked")
            .with_source(error)
    } else {
        error
    }
}

/// The result of a sign-in at managed login.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the session is lost without its tokens"]
pub struct ManagedSignIn {
    /// The tokens. Both [`ManagedLogin::refresh`] and [`Cognito::refresh`](crate::Cognito::refresh)
    /// can refresh them. If refresh tokens rotate, always use the same one of the two, because only
    /// refreshes by the same method are combined.
    pub tokens: Tokens,
    /// The claims of the verified ID token.
    pub claims: Arc<IdClaims>,
}
