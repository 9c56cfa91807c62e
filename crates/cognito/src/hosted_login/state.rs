//! Pending logins that a browser stores, so that the service stores nothing.

use std::time::Duration;

use cognito_core::hosted_login::pending::PendingLogin;
use cognito_core::secret::SerializedPendingLogin;
use cognito_core::{Operation, Result};

use crate::hosted_login::ManagedLogin;

/// The lifetime of a sealed pending login. It equals that of a browser session at managed login.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The purpose to which sealed pending logins are bound.
const PENDING_LOGIN: &str = "pending login";

impl ManagedLogin {
    /// Seals a pending login into a string for a cookie. Clients cannot read or change it, and it
    /// expires after an hour. Set the cookie with `HttpOnly`, `Secure` and `SameSite=Lax`. Delete
    /// it when the browser returns, because [`from_state`](Self::from_state) could open it again.
    ///
    /// The string is base64url and fits into a cookie: its length is about 500 characters plus four
    /// thirds of the length of the redirect URI.
    ///
    /// # Errors
    ///
    /// Does not fail in practice.
    pub fn to_state(&self, pending: &PendingLogin) -> Result<String> {
        let text = pending.to_secret_string()?;
        let inner = &self.cognito.inner;
        inner.sealed(PENDING_LOGIN, text.expose(), LIFETIME)
    }

    /// Opens a pending login that [`to_state`](Self::to_state) sealed. It must be for the same user
    /// pool and app client, and sealed on an instance with the same
    /// [key](crate::CognitoBuilder::challenge_key).
    ///
    /// # Errors
    ///
    /// [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) if it has expired; the sign-in must
    /// then start again. [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if it was not
    /// sealed with a key of this service, or was changed. The error reveals nothing else.
    #[allow(
        clippy::wrong_self_convention,
        reason = "it is created from a sealed state with a key"
    )]
    pub fn from_state(&self, state: &str) -> Result<PendingLogin> {
        let read = |text: &str| {
            Ok(PendingLogin::from_secret_string(
                &SerializedPendingLogin::new(text)?,
            )?)
        };
        let opened = self.cognito.inner.opened(PENDING_LOGIN, state, read);
        opened.map_err(|error| error.with_operation(Operation::OAuthExchangeCode))
    }
}
