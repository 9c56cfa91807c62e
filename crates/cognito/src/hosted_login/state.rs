//! A pending login that goes to a browser and comes back, while the service keeps nothing.

use std::time::Duration;

use cognito_cache::SealError;
use cognito_core::secret::PendingLoginText;
use cognito_core::{Error, ErrorKind, Operation, PendingLogin, Result};

use crate::hosted_login::ManagedLogin;

/// As long as managed login itself remembers a browser.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

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
        let seal = self.cognito.inner.challenge_seal.seal();
        self.with_binding(|bound_to| seal.seal(bound_to, text.expose().as_bytes(), LIFETIME))
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
        let seal = self.cognito.inner.challenge_seal.seal();
        self.with_binding(|bound_to| seal.open(bound_to, state))
            .map_err(|error| match error {
                SealError::Expired => Error::new(ErrorKind::ChallengeExpired),
                _ => not_ours(),
            })
            .and_then(|opened| {
                let text = std::str::from_utf8(opened.expose()).map_err(|_| not_ours())?;
                Ok(PendingLogin::read_back(&PendingLoginText::new(text)?)?)
            })
            .map_err(|error| error.with_operation(Operation::OAuthExchangeCode))
    }

    /// What a state is for, and whose it is.
    fn with_binding<T>(&self, sealed: impl FnOnce(&[&str]) -> T) -> T {
        let pool = self.cognito.config();
        sealed(&[
            "pending login",
            pool.user_pool_id.as_str(),
            pool.client_id.as_str(),
        ])
    }
}

fn not_ours() -> Error {
    Error::new(ErrorKind::InvalidParameter).with_detail("this is no pending login of this service")
}
