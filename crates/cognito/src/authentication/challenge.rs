//! Responding to a challenge.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::challenge::{
    Answer, ChallengeStep, IntoAnswerText, MfaSetup, TotpAssociation,
};
use cognito_core::{
    Authentication, Challenge, ChallengeAnswer, ChallengeName, EnumerationPolicy, Error, ErrorKind,
    GuessedSecret, Operation, RememberedDevice, RequestContext, Result, Session, SignIn,
    SignInFlow, Username,
};

use crate::Cognito;
use crate::account::mfa::TotpSetup;
use crate::authentication::offered::HiddenAccount;
use crate::authentication::sign_in::{is_sent, proof_of_first_factor};
use crate::cognito::Inner;
use crate::operation::{Call, ClientAddress, Judge, Proof, with_client_address};

impl Cognito {
    /// Sends the response to a challenge. Returns tokens, or the next challenge.
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
    /// A [`RespondError`], which contains the challenge after a wrong code, so that the user can
    /// try again. After [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) the sign-in must
    /// start again. `?` converts it to an [`Error`](crate::Error).
    pub const fn respond(&self, answer: ChallengeAnswer) -> Respond<'_> {
        self.respond_if(Ok(answer))
    }

    /// Restores a challenge after a browser round trip, from the `challenge`, `session` and
    /// `username` of its JSON. Its parameters, such as the required attributes, are not restored;
    /// use [`challenge_from_state`](Self::challenge_from_state) for a complete challenge.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the name or the session is
    /// invalid.
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

    /// Responds to the challenge of a second factor, given by its parts, for a server that stores
    /// nothing between two requests. `username` is the one in the challenge's JSON.
    ///
    /// # Errors
    ///
    /// The same as [`respond`](Self::respond), and [`Misuse`](crate::ErrorKind::Misuse) if the
    /// response to the challenge is not a code.
    pub fn verify_mfa(
        &self,
        username: impl Into<String>,
        session: impl Into<String>,
        code: impl IntoAnswerText,
        challenge: impl Into<ChallengeName>,
    ) -> Respond<'_> {
        let challenge = self.resume_challenge(challenge, username, session);
        self.respond_if(challenge.and_then(|challenge| {
            match challenge {
                Challenge::EmailOtp(mfa) => Ok(mfa.code(code)),
                Challenge::SmsMfa(mfa) => Ok(mfa.code(code)),
                Challenge::SmsOtp(mfa) => Ok(mfa.code(code)),
                Challenge::SoftwareTokenMfa(mfa) => Ok(mfa.code(code)),
                _ => Err(Error::new(ErrorKind::Misuse)
                    .with_detail("this challenge is not answered with a code")),
            }
        }))
    }

    /// Sets the new password for a `NEW_PASSWORD_REQUIRED` challenge, given by its parts, for a
    /// server that stores nothing between two requests. To set attributes with it, use
    /// [`resume_challenge`](Self::resume_challenge).
    ///
    /// # Errors
    ///
    /// The same as [`respond`](Self::respond), and
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy).
    pub fn complete_new_password(
        &self,
        username: impl Into<String>,
        session: impl Into<String>,
        new_password: impl IntoAnswerText,
    ) -> Respond<'_> {
        let name = ChallengeName::NewPasswordRequired;
        let challenge = self.resume_challenge(name, username, session);
        self.respond_if(challenge.and_then(|challenge| match challenge {
            Challenge::NewPasswordRequired(step) => Ok(step.new_password(new_password)),
            _ => Err(Error::new(ErrorKind::Misuse)),
        }))
    }

    /// Starts setting up an authenticator app during a sign-in. Returns its new secret, and the
    /// next challenge.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::{Challenge, SignIn};
    ///
    /// if let SignIn::Challenge(Challenge::MfaSetup(setup)) =
    ///     cognito.login("user@example.com", "SecurePass123!").await?
    /// {
    ///     let enrollment = cognito.enroll_totp(setup).await?;
    ///     let url = enrollment.setup.otpauth_url("My App", "user@example.com");
    ///     // Show `url` as a QR code, then ask for the code that the app shows.
    ///     # drop(url);
    ///     let signed_in = cognito.respond(enrollment.challenge.totp_code("123456")).await?;
    ///     # drop(signed_in);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The same as [`respond`](Self::respond), and [`MfaNotSetUp`](crate::ErrorKind::MfaNotSetUp)
    /// or [`NotEnabled`](crate::ErrorKind::NotEnabled) if the pool has no authenticator apps.
    pub async fn enroll_totp(&self, setup: MfaSetup) -> Result<TotpEnrollment, RespondError> {
        let user = Ok(setup.step().username().clone());
        let call = Call::new(Operation::AssociateSoftwareToken).user(&user);
        let session = setup.step().session().cloned();
        let session = session.ok_or_else(|| {
            Error::new(ErrorKind::Misuse).with_detail("the challenge has no session")
        });
        let associated = self.perform(call, session, async |inner, session| {
            inner.authentication.enroll_totp(&session).await
        });
        match associated.await {
            Ok(TotpAssociation {
                secret, session, ..
            }) => Ok(TotpEnrollment {
                setup: TotpSetup { secret },
                challenge: match session {
                    Some(session) => setup.with_session(session),
                    None => setup,
                },
            }),
            Err(error) => {
                let again = can_be_answered_again(&error);
                let challenge = again.then(|| Box::new(Challenge::from(setup)));
                Err(RespondError { error, challenge })
            }
        }
    }

    const fn respond_if(&self, answer: Result<ChallengeAnswer>) -> Respond<'_> {
        Respond {
            cognito: self,
            answer,
            client_address: ClientAddress::UNKNOWN,
        }
    }
}

/// An authenticator app that is being set up during a sign-in; see [`Cognito::enroll_totp`].
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "an unanswered challenge leaves the person signed out"]
pub struct TotpEnrollment {
    /// The secret for the app.
    pub setup: TotpSetup,
    /// The challenge. Respond with the first code that the app shows. It can be
    /// [sealed](Cognito::challenge_to_state) like any other.
    pub challenge: MfaSetup,
}

/// The builder of [`Cognito::respond`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct Respond<'a> {
    cognito: &'a Cognito,
    answer: Result<ChallengeAnswer>,
    client_address: ClientAddress,
}

with_client_address!(Respond);

impl Respond<'_> {
    /// Sets the client data for the pool's threat protection. Without it Cognito sees the address
    /// of this server.
    pub fn context(mut self, context: RequestContext) -> Self {
        self.answer = self.answer.map(|answer| answer.with_context(context));
        self
    }

    /// Sets the remembered device that the user signs in on, for a challenge that was created from
    /// its parts. Any other challenge already has the device.
    pub fn device(mut self, device: &RememberedDevice) -> Self {
        self.answer = self.answer.map(|answer| answer.with_device(device.clone()));
        self
    }

    /// Sets the flow that the sign-in was started with, for a challenge that was created from its
    /// parts. Default: the flow of this `Cognito`.
    pub fn flow(mut self, flow: SignInFlow) -> Self {
        self.answer = self.answer.map(|answer| answer.with_api(flow.api()));
        self
    }

    async fn send(self) -> Result<SignIn, RespondError> {
        let api = match &self.answer {
            Ok(answer) => answer.challenge().step().api(),
            Err(_) => self.cognito.inner.sign_in_flow.api(),
        };
        let operation = api.respond_operation();
        let mut call = Call::new(operation);
        let (request, answer) = match self.answer {
            Ok(answer) => {
                let step = answer.challenge().step();
                call = call
                    .user(&Ok(step.username().clone()))
                    .from(self.client_address, step.device());
                if let Some(purpose) = guessed_at(&answer) {
                    call = call.guarded(purpose);
                }
                if has_code_sent(&answer) {
                    call = call.limited(Budget::SignInCodes);
                }
                let answer = Arc::new(answer);
                let checked = answer.answer().map(drop).map_err(Error::from);
                (checked.map(|()| Arc::clone(&answer)), Some(answer))
            }
            Err(error) => (Err(error), None),
        };
        let secret = answer.as_deref().and_then(guessed_secret);
        let send = async move |inner: Arc<Inner>, answer: Arc<ChallengeAnswer>| {
            let known = answer.challenge().step().stale_device();
            let responded = inner.authentication.respond_to_challenge(&answer).await;
            let responded = responded.map_err(|error| match secret {
                Some(secret) => error.with_guessed(secret),
                None => error,
            });
            let signed_in = match HiddenAccount::of(answer.challenge().step()) {
                Some(hidden) => hidden.continued(&inner, &answer, responded)?,
                None => responded?,
            };
            let stale = signed_in.stale_device().filter(|_| known.is_none());
            inner.notice_stale_device(operation, stale);
            Ok(signed_in)
        };
        let is_password = answer.as_deref().and_then(guessed_at) == Some(Purpose::SignIn);
        let judge: Judge<SignIn> = if is_password {
            proof_of_first_factor
        } else {
            |signed_in| match signed_in {
                SignIn::Complete(tokens) => Proof::SignIn(tokens),
                // Another challenge proves nothing yet: it may have been a mere choice.
                SignIn::Challenge(_) => Proof::Nothing,
            }
        };
        let result = self.cognito.perform_judged(call, request, send, judge);
        result.await.map_err(|error| {
            let answer = answer.filter(|_| can_be_answered_again(&error));
            let challenge = answer
                .and_then(Arc::into_inner)
                .map(|answer| Box::new(answer.into_challenge()));
            RespondError { error, challenge }
        })
    }
}

/// Returns which secret a caller may be guessing with a response. Choices and signatures are not
/// guesses.
fn guessed_at(answer: &ChallengeAnswer) -> Option<Purpose> {
    match answer.answer() {
        Ok(Answer::Choice(_) | Answer::Passkey(_)) => None,
        Ok(Answer::FirstFactor(factor)) => factor.password().map(|_| Purpose::SignIn),
        Ok(Answer::Password(_)) => Some(Purpose::SignIn),
        _ => Some(Purpose::MfaCode),
    }
}

/// Returns `true` if Cognito sends a code because of this response.
fn has_code_sent(answer: &ChallengeAnswer) -> bool {
    match answer.answer() {
        Ok(Answer::Choice(chosen)) => matches!(
            chosen,
            ChallengeName::EmailOtp | ChallengeName::SmsMfa | ChallengeName::SmsOtp
        ),
        Ok(Answer::FirstFactor(factor)) => is_sent(factor),
        _ => false,
    }
}

/// Returns the secret that the public error names as wrong if the response is rejected.
fn guessed_secret(answer: &ChallengeAnswer) -> Option<GuessedSecret> {
    match answer.answer() {
        Ok(Answer::Code(_) | Answer::TotpCode(_) | Answer::TotpSetup { .. }) => {
            Some(GuessedSecret::Code)
        }
        Ok(Answer::FirstFactor(_) | Answer::Password(_)) => Some(GuessedSecret::Password),
        _ => None,
    }
}

/// Returns `true` if the challenge can be answered again after this error. Security: the result
/// depends on what the public sees, because a browser's cookie is cleared or kept by it.
fn can_be_answered_again(error: &Error) -> bool {
    matches!(
        error.public_kind(EnumerationPolicy::Hide),
        ErrorKind::AttemptLimit
            | ErrorKind::CodeMismatch
            | ErrorKind::Credentials
            | ErrorKind::InvalidParameter
            | ErrorKind::Network
            | ErrorKind::PasswordHistory
            | ErrorKind::PasswordPolicy
            | ErrorKind::ShuttingDown
            | ErrorKind::StoreUnavailable
            | ErrorKind::Throttled
    )
}

impl<'a> IntoFuture for Respond<'a> {
    type Output = Result<SignIn, RespondError>;
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// A rejected response, with the challenge if it can be answered again.
#[derive(Debug)]
pub struct RespondError {
    error: Error,
    challenge: Option<Box<Challenge>>,
}

impl RespondError {
    /// Returns the error.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the challenge, to respond again. Returns `None` if its session is invalid and the
    /// sign-in must start again.
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
