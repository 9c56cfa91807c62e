//! AWS credentials for users, from an identity pool of Amazon Cognito.
//!
//! [`Cognito::identity_pool`] returns a builder for an [`IdentityPool`] that accepts the ID tokens
//! of the user pool. [`Cognito::id_tokens`] is the source of ID tokens of a session.
//!
//! ```no_run
//! use cognito::identity_pool::IdentityCredentials;
//! use cognito::{Cognito, UserSession};
//!
//! # async fn example(cognito: Cognito, session: UserSession) -> cognito::Result<()> {
//! // At the start of the program.
//! let pool = cognito.identity_pool("eu-central-1:128d0a74-c82f-4553-916d-90053e4a8b0f")?;
//! let pool = pool.load().await;
//!
//! // For each user.
//! let tokens = cognito.id_tokens(session);
//! let credentials: IdentityCredentials = pool.user(tokens).build()?;
//! # drop(credentials); Ok(()) }
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::InvalidInput;
pub use cognito_identity_pool::{
    Credentials, IdTokenSource, IdentityCredentials, IdentityCredentialsBuilder, IdentityId,
    IdentityPool, IdentityPoolBuilder, IdentityPoolId, ProvideCredentials,
};
use tokio::sync::Mutex;

use crate::run_to_completion::RunToCompletion;
use crate::{Cognito, IdToken, Result, UserSession};

/// The time before its expiry at which an ID token is refreshed. AWS receives it a little later, and
/// its clock may be ahead.
const MARGIN: Duration = Duration::from_secs(60);

impl Cognito {
    /// Returns a builder for an identity pool that accepts the ID tokens of the user pool. The
    /// builder has the clock of this client.
    ///
    /// The identity pool does not use the endpoint and the connector of this client: set them in
    /// the builder, for example for an emulator.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the id is not that of an identity
    /// pool.
    pub fn identity_pool(
        &self,
        id: impl TryInto<IdentityPoolId, Error: Into<InvalidInput>>,
    ) -> Result<IdentityPoolBuilder> {
        let id = id.try_into().map_err(Into::<InvalidInput>::into)?;
        let builder = IdentityPool::builder(id, &self.config().user_pool_id);
        Ok(builder.clock(Arc::clone(&self.inner.clock)))
    }

    /// Returns a source of the ID tokens of a session. It refreshes the session when the ID token
    /// is about to expire.
    ///
    /// If the app client rotates refresh tokens, the refresh token in `session` becomes invalid.
    /// Then no other code may refresh this session: use [`SessionIdTokens::session`], which returns
    /// the current tokens.
    pub fn id_tokens(&self, session: UserSession) -> SessionIdTokens {
        SessionIdTokens(Arc::new(Source {
            cognito: self.clone(),
            session: Mutex::new(session),
        }))
    }
}

/// A source of the ID tokens of a session, for [`IdentityPool::user`]. [`Cognito::id_tokens`]
/// creates it. Clones share the session.
#[derive(Clone)]
pub struct SessionIdTokens(Arc<Source>);

struct Source {
    cognito: Cognito,
    session: Mutex<UserSession>,
}

impl SessionIdTokens {
    /// Returns the session with its current tokens. Waits while a refresh is in progress.
    pub async fn session(&self) -> UserSession {
        self.0.session.lock().await.clone()
    }
}

#[async_trait]
impl IdTokenSource for SessionIdTokens {
    async fn id_token(&self) -> Result<IdToken> {
        let source = Arc::clone(&self.0);
        // Runs to completion, because a rotated refresh token must not be lost.
        RunToCompletion::new(async move { source.id_token().await }).await
    }
}

impl Source {
    async fn id_token(&self) -> Result<IdToken> {
        let mut session = self.session.lock().await;
        if self.expires_soon(&session.tokens.id_token) {
            *session = self.cognito.refresh_session(&session).await?;
        }
        Ok(session.tokens.id_token.clone())
    }

    /// Returns `true` if the token has expired, expires soon, or cannot be decoded.
    fn expires_soon(&self, token: &IdToken) -> bool {
        let token = self.cognito.decode_token(token.expose());
        let soon = self.cognito.now().checked_add(MARGIN);
        match (token, soon) {
            (Ok(token), Some(soon)) => token.is_expired(soon),
            _ => true,
        }
    }
}

impl fmt::Debug for SessionIdTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionIdTokens").finish_non_exhaustive()
    }
}
