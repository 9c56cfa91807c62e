//! The browser is back from managed login.

use std::sync::Arc;

use cognito_cache::Budget;
use cognito_core::{
    Callback, CodeExchange, Error, ErrorKind, HostedLogin, IdClaims, Operation, PendingLogin,
    Result, TokenVerifier, Tokens,
};
use cognito_jwt::IdChecks;

use crate::Cognito;
use crate::cognito::Inner;
use crate::hosted_login::ManagedLogin;
use crate::operation::{Call, ClientAddress, awaitable, with_client_address};

impl<'a> ManagedLogin<'a> {
    /// Finishes a sign-in: `query` is that of the address which the browser came back to (the whole
    /// address will do).
    ///
    /// The state is checked before anything is sent; the code is exchanged, once; the ID token is
    /// verified and its nonce is checked, and that it belongs to the access token where it says so.
    /// Only then are there tokens.
    ///
    /// # Errors
    ///
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter): the state is another one, or this
    ///   is no answer of managed login.
    /// - [`NotAuthorized`](crate::ErrorKind::NotAuthorized): the person or the pool said no;
    ///   [`code`](crate::Error::code) says how (`access_denied`, `login_required`).
    /// - [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired): the code is expired, used, or not
    ///   of this sign-in; or it was exchanged and the keys for the check of the ID token could not be
    ///   had. The tokens are revoked then, and the sign-in starts anew.
    /// - [`TokenInvalid`](crate::ErrorKind::TokenInvalid): the ID token is not of this sign-in.
    /// - [`Configuration`](crate::ErrorKind::Configuration): the app client has not all of the
    ///   scopes that were asked for (`invalid_scope`).
    pub fn finish(&self, pending: PendingLogin, query: &str) -> FinishLogin<'a> {
        FinishLogin {
            cognito: self.cognito,
            exchange: Callback::from_query(query).and_then(|answer| pending.answered_by(answer)),
            client_address: ClientAddress::UNKNOWN,
        }
    }
}

/// [`ManagedLogin::finish`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct FinishLogin<'a> {
    cognito: &'a Cognito,
    exchange: Result<CodeExchange>,
    client_address: ClientAddress,
}

impl FinishLogin<'_> {
    async fn send(self) -> Result<ManagedSignIn> {
        self.cognito
            .perform(
                Call::new(Operation::OAuthExchangeCode)
                    .limited(Budget::Tokens)
                    .at(self.client_address),
                self.exchange,
                async |inner, exchange| inner.exchange(&exchange).await,
            )
            .await
    }
}

impl Inner {
    async fn exchange(&self, exchange: &CodeExchange) -> Result<ManagedSignIn> {
        let tokens = self.hosted_login.exchange_code(exchange).await?;
        match self.checked(&tokens, exchange).await {
            Ok(claims) => Ok(ManagedSignIn { tokens, claims }),
            Err(error) => {
                // Nobody gets these tokens. Revoking them is as much as can be done.
                let _ = self.hosted_login.revoke(&tokens.refresh_token).await;
                Err(used_up(error))
            }
        }
    }

    async fn checked(&self, tokens: &Tokens, exchange: &CodeExchange) -> Result<Arc<IdClaims>> {
        let claims = self.verifier.verify_id(tokens.id_token.expose()).await?;
        self.token_lives.note_id(claims.iat, claims.exp);
        let mut checks = IdChecks::new().nonce(exchange.nonce());
        // It may be left out in the code flow (OpenID Connect Core section 3.1.3.6).
        if claims.at_hash.is_some() {
            checks = checks.access_token(tokens.access_token.expose());
        }
        checks.judge(&claims).map_err(Error::from)?;
        Ok(claims)
    }
}

/// The code was exchanged: what may otherwise be tried again, may not.
fn used_up(error: Error) -> Error {
    if error.is_retryable() {
        Error::new(ErrorKind::ChallengeExpired)
            .with_detail("the code was exchanged, and then the ID token could not be checked")
            .with_source(error)
    } else {
        error
    }
}

/// What a sign-in at managed login gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "without its tokens a sign-in is lost"]
pub struct ManagedSignIn {
    /// The tokens. [`ManagedLogin::refresh`] and [`Cognito::refresh`](crate::Cognito::refresh) both
    /// renew them; where refresh tokens rotate, keep to one of the two, or two callers at once may
    /// rotate a token away from each other.
    pub tokens: Tokens,
    /// Who signed in: the ID token, verified.
    pub claims: Arc<IdClaims>,
}

awaitable!(FinishLogin => ManagedSignIn);
with_client_address!(FinishLogin);
