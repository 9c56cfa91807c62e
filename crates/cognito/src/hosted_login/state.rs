//! A pending login that goes to a browser and comes back, while the service keeps nothing.

use std::time::Duration;

use cognito_core::secret::PendingLoginText;
use cognito_core::{Operation, PendingLogin, Result};

use crate::hosted_login::ManagedLogin;

/// As long as managed login itself remembers a browser.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// What the states of pending logins are for.
const PENDING_LOGIN: &str = "pending login";

impl ManagedLogin<'_> {
    /// Seals a pending login into a text for a cookie: nobody can read it or change it, and it
    /// expires after an hour. Let the cookie be `HttpOnly`, `Secure` and `SameSite=Lax`, and take it
    /// back when the browser returns: what [`from_state`](Self::from_state) makes of it is used up
    /// by one answer, but the cookie could be brought again.
    ///
    /// The text is base64url and fits into a cookie: it has some 500 characters and a third more than
    /// the redirect URI has.
    ///
    /// # Errors
    ///
    /// None that a caller could bring about.
    pub fn to_state(&self, pending: &PendingLogin) -> Result<String> {
        let text = pending.write_out()?;
        let inner = &self.cognito.inner;
        inner.sealed(PENDING_LOGIN, text.expose(), LIFETIME)
    }

    /// The pending login that was sealed by [`to_state`](Self::to_state), for the same user pool and
    /// app client, by an instance with the same [key](crate::CognitoBuilder::challenge_key).
    ///
    /// # Errors
    ///
    /// [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired): the sign-in must start anew.
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if it was not sealed here, or
    /// changed since; why is not said.
    #[allow(
        clippy::wrong_self_convention,
        reason = "it is made from a state by the one who has the key"
    )]
    pub fn from_state(&self, state: &str) -> Result<PendingLogin> {
        let read = |text: &str| Ok(PendingLogin::read_back(&PendingLoginText::new(text)?)?);
        let opened = self.cognito.inner.opened(PENDING_LOGIN, state, read);
        opened.map_err(|error| error.with_operation(Operation::OAuthExchangeCode))
    }
}
