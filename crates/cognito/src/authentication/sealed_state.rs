//! Sealed (encrypted and authenticated) strings of the application, which a browser stores.

use std::time::Duration;

use cognito_core::Result;

use crate::Cognito;

impl Cognito {
    /// Seals a string of the application, so that a browser can store it. The result is encrypted
    /// and authenticated, and expires after `lifetime`. [`open_state`](Self::open_state) opens it, on
    /// any instance with the same [key](crate::CognitoBuilder::challenge_key). If no key is set, only
    /// this process can open it.
    ///
    /// `purpose` names the kind of string, such as `invitation`. A string that was sealed for one
    /// purpose cannot be opened for another. Purposes that begin with `cognito-` belong to the crates
    /// of this project. The result is also bound to the user pool and the app client.
    ///
    /// ```no_run
    /// # fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use std::time::Duration;
    ///
    /// let day = Duration::from_secs(24 * 60 * 60);
    /// let state = cognito.seal_state("invitation", "team 7", day)?;
    /// let team = cognito.open_state("invitation", &state, |text| Ok(text.to_owned()))?;
    /// assert_eq!(team, "team 7");
    /// # Ok(()) }
    /// ```
    ///
    /// The result is base64url. Its length is about four thirds of the length of `value`.
    ///
    /// Security: a browser can send an old result again until it expires.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if `value` is longer than 64 KiB.
    /// [`Unknown`](crate::ErrorKind::Unknown) if the operating system returns no random numbers.
    pub fn seal_state(&self, purpose: &str, value: &str, lifetime: Duration) -> Result<String> {
        self.inner.sealed(&of_application(purpose), value, lifetime)
    }

    /// Opens a string that [`seal_state`](Self::seal_state) sealed for this purpose, and reads it with
    /// `read`. The opened string is removed from memory when `read` returns.
    ///
    /// # Errors
    ///
    /// - [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) if the string has expired.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the string was changed, or was
    ///   not sealed for this purpose with a key of this service.
    /// - The errors of `read`.
    pub fn open_state<T>(
        &self,
        purpose: &str,
        state: &str,
        read: impl FnOnce(&str) -> Result<T>,
    ) -> Result<T> {
        self.inner.opened(&of_application(purpose), state, read)
    }
}

/// Returns the name of a purpose of the application. It differs from the names of the purposes of
/// this crate, such as `challenge`.
fn of_application(purpose: &str) -> String {
    format!("sealed {purpose}")
}
