//! Sealed (encrypted and authenticated) challenges. A browser stores them, so that the service
//! needs no session store.

use std::sync::Arc;
use std::time::Duration;

use cognito_cache::{Seal, SealError, SealKey};
use cognito_core::secret::SerializedChallenge;
use cognito_core::{Challenge, ChallengeName, Clock, Error, ErrorKind, Operation, Result};

use zeroize::Zeroizing;

use crate::Cognito;
use crate::cognito::Inner;

/// The default of `AuthSessionValidity` (`CreateUserPoolClient`), the lifetime of a challenge's
/// session in Cognito.
const SESSION_LIFETIME: Duration = Duration::from_secs(3 * 60);
/// The maximum of `AuthSessionValidity`, the lifetime of a challenge's session in Cognito.
const LONGEST_SESSION_LIFETIME: Duration = Duration::from_secs(15 * 60);

impl Cognito {
    /// Seals a challenge into a string that a browser can store, for example until the user has
    /// received a code. The string is encrypted and authenticated, and it expires after the
    /// [`challenge_lifetime`](crate::CognitoBuilder::challenge_lifetime). [`challenge_from_state`]
    /// opens it, on any instance with the same [key](crate::CognitoBuilder::challenge_key).
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::{Challenge, SignIn};
    ///
    /// // The first request: the form contains the state.
    /// # let state =
    /// match cognito.login("user@example.com", "SecurePass123!").await? {
    ///     SignIn::Complete(tokens) => return Ok(drop(tokens)),
    ///     SignIn::Challenge(challenge) => cognito.challenge_to_state(&challenge)?,
    /// };
    ///
    /// // The second request: the browser sends the state and the code.
    /// if let Challenge::SoftwareTokenMfa(mfa) = cognito.challenge_from_state(&state)? {
    ///     let signed_in = cognito.respond(mfa.code("123456")).await?;
    ///     # drop(signed_in);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// The string is base64url. Challenges of first factors are padded, usually to 3,783
    /// characters, so that the length does not reveal the user. A challenge for the code of a
    /// second factor has at most 6,144 characters, if its session has 4,096 characters and the user
    /// name is ASCII. A remembered device adds 400 characters. `NEW_PASSWORD_REQUIRED` also
    /// contains the user's attributes.
    ///
    /// A cookie can have at most 4,096 characters. Use a hidden form field for longer strings.
    ///
    /// [`challenge_from_state`]: Self::challenge_from_state
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if an invalid attribute was set on
    /// the challenge, or if the challenge is larger than 64 KiB.
    pub fn challenge_to_state(&self, challenge: &Challenge) -> Result<String> {
        let text = challenge.to_secret_string().map_err(Error::from);
        let inner = &self.inner;
        let lifetime = inner.challenge_seal.lifetime;
        let is_first = is_first_factor(challenge.name());
        text.and_then(|text| match is_first {
            true => inner.sealed(CHALLENGE, &padded(text.expose()), lifetime),
            false => inner.sealed(CHALLENGE, text.expose(), lifetime),
        })
        .map_err(|error| error.with_operation(challenge.step().api().respond_operation()))
    }

    /// Opens a string that [`challenge_to_state`](Self::challenge_to_state) returned, and returns
    /// the challenge.
    ///
    /// The string can be opened several times until it expires. Cognito accepts the session of the
    /// challenge only once. The user pool and the app client must be the same as when the string
    /// was sealed.
    ///
    /// # Errors
    ///
    /// - [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) if the string has expired. The
    ///   sign-in must then start again.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the string was changed, or was
    ///   not sealed with a key of this service. The error reveals nothing else.
    pub fn challenge_from_state(&self, state: &str) -> Result<Challenge> {
        let read = |text: &str| {
            Ok(Challenge::from_secret_string(&SerializedChallenge::new(
                text,
            )?)?)
        };
        let opened = self.inner.opened(CHALLENGE, state, read);
        opened.map_err(|error| error.with_operation(Operation::RespondToAuthChallenge))
    }
}

/// Returns `true` if a caller can receive this challenge with only a user name, before any secret
/// is checked.
const fn is_first_factor(name: &ChallengeName) -> bool {
    matches!(
        name,
        ChallengeName::EmailOtp
            | ChallengeName::PasswordChallenge
            | ChallengeName::PasswordSrp
            | ChallengeName::SelectChallenge
            | ChallengeName::SmsOtp
            | ChallengeName::WebAuthn
    )
}

/// Returns the JSON, padded with spaces to a multiple of [`PADDED`].
fn padded(text: &str) -> Zeroizing<String> {
    let length = text.len().next_multiple_of(PADDED);
    // One allocation, so that no copy of the session is left in memory.
    let mut padded = Zeroizing::new(String::with_capacity(length));
    padded.push_str(text);
    padded.extend(std::iter::repeat_n(' ', length - text.len()));
    padded
}

/// The block size of [`padded`] in bytes. The sealed string of one block has 3,783 characters, so
/// it fits into one cookie.
const PADDED: usize = 2_800;
/// The purpose for which challenges are sealed. A string that was sealed for one purpose cannot be
/// opened for another.
const CHALLENGE: &str = "challenge";

impl Inner {
    /// Seals a string that a browser stores. The result is bound to the purpose `what`, the user
    /// pool and the app client.
    pub(crate) fn sealed(&self, what: &str, text: &str, lifetime: Duration) -> Result<String> {
        let seal = &self.challenge_seal.seal;
        self.with_binding(what, |bound_to| {
            seal.seal(bound_to, text.as_bytes(), lifetime)
        })
    }

    /// Opens a string that was [sealed](Self::sealed) for the purpose `what`, and parses its
    /// content with `read`. Fails if the string has expired or was changed, or if it was sealed
    /// with another key or for another purpose, user pool or app client.
    pub(crate) fn opened<T>(
        &self,
        what: &str,
        state: &str,
        read: impl FnOnce(&str) -> Result<T>,
    ) -> Result<T> {
        let not_ours = || {
            Error::new(ErrorKind::InvalidParameter).with_detail(format!(
                "this is not a {what} of this service: set the same challenge_key on all instances"
            ))
        };
        let seal = &self.challenge_seal.seal;
        let opened = self.with_binding(what, |bound_to| seal.open(bound_to, state));
        let opened = opened.map_err(|error| match error {
            SealError::Expired => Error::new(ErrorKind::ChallengeExpired),
            _ => not_ours(),
        })?;
        read(std::str::from_utf8(opened.expose()).map_err(|_| not_ours())?)
    }

    fn with_binding<T>(&self, what: &str, sealed: impl FnOnce(&[&str]) -> T) -> T {
        let pool = self.config.current();
        sealed(&[what, pool.user_pool_id.as_str(), pool.client_id.as_str()])
    }
}

/// The seal for all strings that a browser stores, and the lifetime of sealed challenges.
#[derive(Debug)]
pub(crate) struct ChallengeSeal {
    seal: Seal,
    lifetime: Duration,
}

impl ChallengeSeal {
    /// Returns how long a sealed challenge can be opened.
    pub(crate) const fn lifetime(&self) -> Duration {
        self.lifetime
    }
}

/// The options of [`CognitoBuilder`](crate::CognitoBuilder) for sealed strings: the keys, and the
/// lifetime of sealed challenges.
pub(crate) struct ChallengeSealBuilder {
    pub(crate) key: Option<SealKey>,
    pub(crate) further: Vec<SealKey>,
    pub(crate) lifetime: Duration,
}

impl ChallengeSealBuilder {
    pub(crate) const fn new() -> Self {
        Self {
            key: None,
            further: Vec::new(),
            lifetime: SESSION_LIFETIME,
        }
    }

    /// Returns a description of the first invalid option, or `None` if all options are valid.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if self.lifetime < Duration::from_secs(1) || self.lifetime > LONGEST_SESSION_LIFETIME {
            return Some("challenge_lifetime must be 1 second to 15 minutes");
        }
        let has_no_key = self.key.is_none() && !self.further.is_empty();
        has_no_key.then_some("further_challenge_key needs a challenge_key: set it as well")
    }

    /// Creates the seal for strings that a browser stores. Call [`fault`](Self::fault) first: it
    /// must have returned `None`. If no key is set, a random key is used.
    pub(crate) fn build(self, clock: &Arc<dyn Clock>) -> Result<ChallengeSeal> {
        let key = self.key.map_or_else(SealKey::random, Ok)?;
        let seal = self
            .further
            .into_iter()
            .fold(Seal::new(Arc::clone(clock), key), Seal::also_open_with);
        Ok(ChallengeSeal {
            seal,
            lifetime: self.lifetime,
        })
    }
}
