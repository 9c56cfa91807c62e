//! A challenge that goes to a browser and comes back, while the service keeps nothing.

use std::sync::Arc;
use std::time::Duration;

use cognito_cache::{Seal, SealError, SealKey};
use cognito_core::secret::ChallengeText;
use cognito_core::{Challenge, ChallengeName, Clock, Error, ErrorKind, Operation, Result};

use zeroize::Zeroizing;

use crate::Cognito;
use crate::cognito::Inner;

/// As long as Cognito's session of a challenge lives unless the app client says otherwise, and at
/// most (`AuthSessionValidity` of `CreateUserPoolClient`).
const SESSION_LIFETIME: Duration = Duration::from_secs(3 * 60);
const LONGEST_SESSION_LIFETIME: Duration = Duration::from_secs(15 * 60);

impl Cognito {
    /// Seals a challenge into a text that a browser can keep while its user looks for a code:
    /// nobody can read it or change it, and it expires. [`challenge_from_state`] makes the same
    /// challenge of it, on any instance that has the [key](crate::CognitoBuilder::challenge_key).
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::{Challenge, SignIn};
    ///
    /// // The first request: the state goes into the form.
    /// # let state =
    /// match cognito.login("user@example.com", "SecurePass123!").await? {
    ///     SignIn::Complete(tokens) => return Ok(drop(tokens)),
    ///     SignIn::Challenge(challenge) => cognito.challenge_to_state(&challenge)?,
    /// };
    ///
    /// // The second: it comes back with the code.
    /// if let Challenge::SoftwareTokenMfa(mfa) = cognito.challenge_from_state(&state)? {
    ///     let signed_in = cognito.respond(mfa.code("123456")).await?;
    ///     # drop(signed_in);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// The string is base64url. The challenges of first factors are padded to the same length, so that it does not
    /// reveal whose challenge it is. For another challenge that asks for a code it has 6,144 characters at most,
    /// with a session of 4,096 and no name outside ASCII, and 400 more on a remembered device;
    /// `NEW_PASSWORD_REQUIRED` carries the user's attributes as well. Cookies take 4,096: a form field is the better place.
    ///
    /// [`challenge_from_state`]: Self::challenge_from_state
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if an attribute was set on the
    /// challenge that it cannot take, or if it is larger than 64 KiB.
    pub fn challenge_to_state(&self, challenge: &Challenge) -> Result<String> {
        let text = challenge.write_out().map_err(Error::from);
        let inner = &self.inner;
        let lifetime = inner.challenge_seal.lifetime;
        let is_first = is_first_factor(challenge.name());
        text.and_then(|text| match is_first {
            true => inner.sealed(CHALLENGE, &padded(text.expose()), lifetime),
            false => inner.sealed(CHALLENGE, text.expose(), lifetime),
        })
        .map_err(|error| error.with_operation(challenge.step().api().respond_operation()))
    }

    /// The challenge that was sealed by [`challenge_to_state`](Self::challenge_to_state), to be
    /// answered as if it had never been away.
    ///
    /// A state can be opened again until it expires; that a session is used once is for Cognito to
    /// see to. It opens for the same user pool and app client only.
    ///
    /// # Errors
    ///
    /// [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired): the sign-in must start anew.
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if it was not sealed here, or
    /// changed since; why is not said.
    pub fn challenge_from_state(&self, state: &str) -> Result<Challenge> {
        let read = |text: &str| Ok(Challenge::read_back(&ChallengeText::new(text)?)?);
        let opened = self.inner.opened(CHALLENGE, state, read);
        opened.map_err(|error| error.with_operation(Operation::RespondToAuthChallenge))
    }
}

/// Whether somebody who knows no more than a name can receive this challenge.
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

/// The JSON with spaces after it, up to the next multiple of [`PADDED`].
fn padded(text: &str) -> Zeroizing<String> {
    let length = text.len().next_multiple_of(PADDED);
    // One allocation: no copy of the session is left behind.
    let mut padded = Zeroizing::new(String::with_capacity(length));
    padded.push_str(text);
    padded.extend(std::iter::repeat_n(' ', length - text.len()));
    padded
}

/// Sealed and in base64url, one such block fits into one cookie (3,800 characters).
const PADDED: usize = 2_800;
/// What the states of challenges are for.
const CHALLENGE: &str = "challenge";

impl Inner {
    /// Seals a text that a browser keeps for us. What it is for and whose it is are bound to it.
    pub(crate) fn sealed(&self, what: &str, text: &str, lifetime: Duration) -> Result<String> {
        let seal = &self.challenge_seal.seal;
        self.with_binding(what, |bound_to| {
            seal.seal(bound_to, text.as_bytes(), lifetime)
        })
    }

    /// Reads a text that was [sealed](Self::sealed) for the same.
    pub(crate) fn opened<T>(
        &self,
        what: &str,
        state: &str,
        read: impl FnOnce(&str) -> Result<T>,
    ) -> Result<T> {
        let not_ours = || {
            Error::new(ErrorKind::InvalidParameter)
                .with_detail(format!("this is no {what} of this service"))
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

/// What seals challenges, and other things that a browser keeps; and how long challenges live.
#[derive(Debug)]
pub(crate) struct ChallengeSeal {
    seal: Seal,
    lifetime: Duration,
}

impl ChallengeSeal {
    /// How long a sealed challenge can be opened.
    pub(crate) const fn lifetime(&self) -> Duration {
        self.lifetime
    }
}

/// What a user of the builder has said about it.
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

    pub(crate) fn build(self, clock: &Arc<dyn Clock>) -> Result<ChallengeSeal> {
        let misuse = |what: &'static str| Err(Error::new(ErrorKind::Misuse).with_detail(what));
        if self.lifetime < Duration::from_secs(1) || self.lifetime > LONGEST_SESSION_LIFETIME {
            return misuse("challenge_lifetime must be 1 second to 15 minutes");
        }
        let key = match self.key {
            Some(key) => key,
            None if self.further.is_empty() => SealKey::random()?,
            None => return misuse("further_challenge_key needs a challenge_key beside it"),
        };
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
