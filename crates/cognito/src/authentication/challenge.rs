//! Answering a challenge.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use cognito_cache::Purpose;
use cognito_core::authentication::challenge::{ChallengeStep, IntoAnswerText};
use cognito_core::{
    Authentication, Challenge, ChallengeAnswer, ChallengeName, Error, ErrorKind, Operation, Result,
    Session, SignIn, Username,
};

use crate::Cognito;
use crate::operation::{Call, with_client_address};

impl Cognito {
    /// Sends the answer to a challenge: tokens, or the next challenge.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::{Challenge, SignIn};
    ///
    /// if let SignIn::Challenge(Challenge::SoftwareTokenMfa(mfa)) =
    ///     cognito.login("user@example.com", "SecurePass123!").await?
    /// {
    ///     let signed_in = cognito.respond(mfa.code("123456")).await?;
    ///     # drop(signed_in);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// A [`RespondError`], which hands the challenge back after a wrong code, so that the person
    /// can try again; after [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) the sign-in
    /// must start anew. It becomes an [`Error`](crate::Error) with `?`.
    pub const fn respond(&self, answer: ChallengeAnswer) -> Respond<'_> {
        Respond {
            cognito: self,
            answer,
            client_address: None,
        }
    }

    /// A challenge as it was before a browser round trip: from the `challenge`, `session` and
    /// `username` of its JSON.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the name or the session cannot
    /// be one.
    pub fn resume_challenge(
        &self,
        name: impl Into<ChallengeName>,
        username: impl Into<String>,
        session: impl Into<String>,
    ) -> Result<Challenge> {
        Ok(Challenge::from(ChallengeStep::new(
            name.into(),
            Username::new(username)?,
            Some(Session::new(session)?),
            BTreeMap::new(),
            self.inner.sign_in_flow.api(),
        )))
    }

    /// Answers the challenge of a second factor from its parts: for a server that keeps nothing
    /// between two requests. `username` is the one in the challenge's JSON.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond); [`Misuse`](crate::ErrorKind::Misuse) if the challenge is not
    /// one that is answered with a code.
    pub async fn verify_mfa(
        &self,
        username: impl Into<String>,
        session: impl Into<String>,
        code: impl IntoAnswerText,
        challenge: impl Into<ChallengeName>,
    ) -> Result<SignIn> {
        let answer = match self.resume_challenge(challenge, username, session)? {
            Challenge::EmailOtp(mfa) => mfa.code(code),
            Challenge::SmsMfa(mfa) => mfa.code(code),
            Challenge::SmsOtp(mfa) => mfa.code(code),
            Challenge::SoftwareTokenMfa(mfa) => mfa.code(code),
            _ => {
                return Err(Error::new(ErrorKind::Misuse)
                    .with_detail("this challenge is not answered with a code"));
            }
        };
        Ok(self.respond(answer).await?)
    }

    /// Sets the new password that a `NEW_PASSWORD_REQUIRED` challenge asks for, from its parts:
    /// for a server that keeps nothing between two requests.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond); [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy).
    pub async fn complete_new_password(
        &self,
        username: impl Into<String>,
        session: impl Into<String>,
        new_password: impl IntoAnswerText,
    ) -> Result<SignIn> {
        match self.resume_challenge(ChallengeName::NewPasswordRequired, username, session)? {
            Challenge::NewPasswordRequired(step) => {
                Ok(self.respond(step.new_password(new_password)).await?)
            }
            _ => Err(Error::new(ErrorKind::Misuse)),
        }
    }
}

/// [`Cognito::respond`] with its options.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct Respond<'a> {
    cognito: &'a Cognito,
    answer: ChallengeAnswer,
    client_address: Option<IpAddr>,
}

with_client_address!(Respond);

impl Respond<'_> {
    async fn send(self) -> Result<SignIn, RespondError> {
        let answer = self.answer;
        let username = answer.challenge().step().username().clone();
        let request = answer.answer().map(drop).map_err(Error::from);
        let call = Call::new(Operation::RespondToChallenge)
            .user(Some(&username))
            .guarded(Purpose::MfaCode, self.client_address);
        let result = self
            .cognito
            .perform(call, request, |()| {
                self.cognito
                    .inner
                    .authentication
                    .respond_to_challenge(&answer)
            })
            .await;
        result.map_err(|error| {
            let alive = matches!(
                error.kind(),
                ErrorKind::CodeMismatch
                    | ErrorKind::InvalidParameter
                    | ErrorKind::Network
                    | ErrorKind::PasswordHistory
                    | ErrorKind::PasswordPolicy
                    | ErrorKind::Throttled
            );
            RespondError {
                error,
                challenge: alive.then(|| Box::new(answer.into_challenge())),
            }
        })
    }
}

impl<'a> IntoFuture for Respond<'a> {
    type Output = Result<SignIn, RespondError>;
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An answer that was refused, with the challenge if it can be answered again.
#[derive(Debug)]
pub struct RespondError {
    error: Error,
    challenge: Option<Box<Challenge>>,
}

impl RespondError {
    /// What went wrong.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.error
    }

    /// The challenge, to be answered again; `None` if its session is dead and the sign-in must
    /// start anew.
    #[must_use]
    pub fn into_challenge(self) -> Option<Challenge> {
        self.challenge.map(|challenge| *challenge)
    }
}

impl fmt::Display for RespondError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl std::error::Error for RespondError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

impl From<RespondError> for Error {
    fn from(refused: RespondError) -> Self {
        refused.error
    }
}
