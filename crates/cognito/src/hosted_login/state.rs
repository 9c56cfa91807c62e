//! Sealed (encrypted and authenticated) pending logins. A browser stores them, so that the service
//! needs no session store.

use std::time::Duration;

use cognito_core::hosted_login::pending::PendingLogin;
use cognito_core::secret::SerializedPendingLogin;
use cognito_core::{Operation, Result};

use crate::hosted_login::ManagedLogin;

/// The lifetime of a sealed pending login: one hour, like a browser session at managed login.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The purpose for which pending logins are sealed. A string that was sealed for one purpose cannot
/// be opened for another.
const PENDING_LOGIN: &str = "pending login";

impl ManagedLogin {
    /// Seals a pending login into a string for a cookie. The string is encrypted and authenticated,
    /// and it expires after an hour.
    ///
    /// Set the cookie with `HttpOnly`, `Secure` and `SameSite=Lax`. Delete it when the browser
    /// returns, because [`from_state`](Self::from_state) can open the string several times.
    ///
    /// The string is base64url. Its length is about 500 characters plus four thirds of the length
    /// of the redirect URI, the resource and the levels, so it fits into a cookie.
    ///
    /// # Errors
    ///
    /// [`Unknown`](crate::ErrorKind::Unknown) if the operating system returns no random numbers.
    pub fn to_state(&self, pending: &PendingLogin) -> Result<String> {
        let text = pending.to_secret_string()?;
        let inner = &self.cognito.inner;
        inner.sealed(PENDING_LOGIN, text.expose(), LIFETIME)
    }

    /// Opens a string that [`to_state`](Self::to_state) returned, and returns the pending login.
    /// The user pool, the app client and the [key](crate::CognitoBuilder::challenge_key) must be
    /// the same as when the string was sealed.
    ///
    /// # Errors
    ///
    /// - [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) if the string has expired. The
    ///   sign-in must then start again.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the string was changed, or was
    ///   not sealed with a key of this service. The error reveals nothing else.
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
