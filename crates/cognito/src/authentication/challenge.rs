//! Responses to the challenges of a sign-in: [`Cognito::respond`] and related methods.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::challenge::{Answer, ChallengeStep, IntoAnswerText};
use cognito_core::device::RememberedDevice;
use cognito_core::error::GuessedSecret;
use cognito_core::ports::Authentication;
use cognito_core::{
    Challenge, ChallengeAnswer, ChallengeName, Error, ErrorKind, RequestContext, Result, Session,
    SignIn, SignInFlow, Username,
};

use crate::attempt_guard::{ClientAddress, CredentialCheck};
use crate::authentication::offered::HiddenAccount;
use crate::authentication::sign_in::is_sent;
use crate::cognito::Inner;
use crate::{Call, Cognito};

impl Cognito {
    /// Sends the response to a challenge. The result is tokens or the next challenge.
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
    /// A [`RespondError`]. If the challenge accepts another response (for example after a wrong
    /// code), the error contains the challenge. After
    /// [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired), the sign-in must start again. The
    /// `?` operator converts a `RespondError` into an [`Error`](crate::Error).
    pub fn respond(&self, answer: ChallengeAnswer) -> Respond {
        self.respond_with(Ok(answer))
    }

    /// Creates a challenge from its name, its user name and its session. Use it if a browser stores
    /// the JSON of the challenge: the three values are the members `challenge`, `username` and
    /// `session` of this JSON.
    ///
    /// The result has no other parameters of the original challenge, such as the required
    /// attributes. [`challenge_from_state`](Self::challenge_from_state) keeps all parameters.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if `username` or `session` is
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

    /// Sends the code of a second factor. Use it if your service stores nothing between two
    /// requests. `challenge`, `username` and `session` are the members of the challenge's JSON.
    /// `challenge` is the name of the challenge, such as `SOFTWARE_TOKEN_MFA`.
    ///
    /// # Errors
    ///
    /// The errors of [`respond`](Self::respond) and [`resume_challenge`](Self::resume_challenge),
    /// and [`Misuse`](crate::ErrorKind::Misuse) if the challenge does not require a code.
    pub fn verify_mfa(
        &self,
        username: impl Into<String>,
        session: impl Into<String>,
        code: impl IntoAnswerText,
        challenge: impl Into<ChallengeName>,
    ) -> Respond {
        let challenge = self.resume_challenge(challenge, username, session);
        self.respond_with(challenge.and_then(|challenge| match challenge {
            Challenge::EmailOtp(mfa) => Ok(mfa.code(code)),
            Challenge::SmsMfa(mfa) => Ok(mfa.code(code)),
            Challenge::SmsOtp(mfa) => Ok(mfa.code(code)),
            Challenge::SoftwareTokenMfa(mfa) => Ok(mfa.code(code)),
            _ => {
                Err(
                    Error::new(ErrorKind::Misuse).with_detail(
                        "this challenge takes no code: use the method of the challenge",
                    ),
                )
            }
        }))
    }

    /// Sends the new password for a `NEW_PASSWORD_REQUIRED` challenge. Use it if your service
    /// stores nothing between two requests. `username` and `session` are members of the challenge's
    /// JSON. To set attributes as well, use [`resume_challenge`](Self::resume_challenge).
    ///
    /// # Errors
    ///
    /// The errors of [`respond`](Self::respond) and [`resume_challenge`](Self::resume_challenge),
    /// and [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy) if the pool does not allow the
    /// password.
    pub fn complete_new_password(
        &self,
        username: impl Into<String>,
        session: impl Into<String>,
        new_password: impl IntoAnswerText,
    ) -> Respond {
        let name = ChallengeName::NewPasswordRequired;
        let challenge = self.resume_challenge(name, username, session);
        self.respond_with(challenge.and_then(|challenge| match challenge {
            Challenge::NewPasswordRequired(step) => Ok(step.new_password(new_password)),
            _ => Err(Error::new(ErrorKind::Misuse)),
        }))
    }

    fn respond_with(&self, answer: Result<ChallengeAnswer>) -> Respond {
        Respond {
            cognito: self.clone(),
            answer,
            client_address: ClientAddress::UNKNOWN,
        }
    }
}

/// A challenge response that is ready to be sent, created by [`Cognito::respond`]. `.await` sends
/// it. The error type is [`RespondError`], which can contain the challenge.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct Respond {
    cognito: Cognito,
    answer: Result<ChallengeAnswer>,
    client_address: ClientAddress,
}

impl Respond {
    /// Sets the client's IP address. The attempt guard limits responses by this address; see
    /// [`Call::client_address`]. Default: no address, and no limit by address.
    pub const fn client_address(mut self, address: IpAddr) -> Self {
        self.client_address = ClientAddress(Some(address));
        self
    }

    /// Sets the client data for the user pool's threat protection. Default: none, and Cognito uses
    /// the address of this server.
    pub fn context(mut self, context: RequestContext) -> Self {
        self.answer = self.answer.map(|answer| answer.with_context(context));
        self
    }

    /// Sets the user's remembered device. Use it for challenges that
    /// [`resume_challenge`](Cognito::resume_challenge), [`verify_mfa`](Cognito::verify_mfa) or
    /// [`complete_new_password`](Cognito::complete_new_password) created. Other challenges already
    /// contain the device of their sign-in.
    pub fn device(mut self, device: &RememberedDevice) -> Self {
        self.answer = self.answer.map(|answer| answer.with_device(device.clone()));
        self
    }

    /// Sets the flow with which the sign-in started. The response to the challenge is then sent with
    /// the API of this flow: the unsigned API, or the signed API of operators. Use it for challenges
    /// that [`resume_challenge`](Cognito::resume_challenge), [`verify_mfa`](Cognito::verify_mfa) or
    /// [`complete_new_password`](Cognito::complete_new_password) created. Default: the flow of
    /// [`CognitoBuilder::sign_in_flow`](crate::CognitoBuilder::sign_in_flow).
    pub fn flow(mut self, flow: SignInFlow) -> Self {
        self.answer = self.answer.map(|answer| answer.with_api(flow.api()));
        self
    }

    async fn send(self) -> Result<SignIn, RespondError> {
        let answer = self.answer.map(Arc::new);
        let call = call(&self.cognito, answer.as_ref()).from(self.client_address);
        call.await.map_err(|error| {
            let answer = answer.ok().filter(|_| can_be_answered_again(&error));
            let challenge = answer
                .and_then(Arc::into_inner)
                .map(|answer| Box::new(answer.into_challenge()));
            RespondError { error, challenge }
        })
    }
}

/// Creates the call that sends the response to a challenge.
fn call(
    cognito: &Cognito,
    answer: Result<&Arc<ChallengeAnswer>, &Error>,
) -> Call<Arc<ChallengeAnswer>, SignIn> {
    let request = answer.map_err(Clone::clone).and_then(|answer| {
        answer.answer()?;
        Ok(Arc::clone(answer))
    });
    let api = match answer {
        Ok(answer) => answer.challenge().step().api(),
        Err(_) => cognito.inner.sign_in_flow.api(),
    };
    let call = cognito.call(api.respond_operation(), request, async |inner, answer| {
        inner.respond(&answer).await
    });
    let Ok(answer) = answer else {
        return call;
    };
    let guessed = guessed_at(answer);
    let step = answer.challenge().step();
    let call = call
        .user(Some(step.username().clone()))
        .with_facts(|facts| {
            facts.guarded = guessed;
            facts.budget = budget_of(answer);
            facts.device = step.device().map(|device| device.key.clone());
            facts.hides_account = HiddenAccount::of(step).is_some();
        });
    match guessed {
        Some(Purpose::SignIn) => call.checked_by(CredentialCheck::password),
        _ => call.checked_by(CredentialCheck::answer),
    }
}

impl Inner {
    async fn respond(&self, answer: &ChallengeAnswer) -> Result<SignIn> {
        let step = answer.challenge().step();
        let responded = self.authentication.respond_to_challenge(answer).await;
        let responded = responded.map_err(|error| match guessed_secret(answer) {
            Some(secret) => error.with_guessed(secret),
            None => error,
        });
        let signed_in = match HiddenAccount::of(step) {
            Some(hidden) => hidden.continued(self, answer, responded)?,
            None => responded?,
        };
        let known = step.stale_device();
        let stale = signed_in.stale_device().filter(|_| known.is_none());
        self.note_sign_in(step.api().respond_operation(), &signed_in, stale);
        Ok(signed_in)
    }
}

/// Returns the purpose for which the attempt guard counts this response. Returns `None` for the
/// choice of a factor and for the signature of a passkey, because they contain no secret that can
/// be guessed.
fn guessed_at(answer: &ChallengeAnswer) -> Option<Purpose> {
    match answer.answer() {
        Ok(Answer::Choice(_) | Answer::Passkey(_)) => None,
        Ok(Answer::FirstFactor(factor)) => factor.password().map(|_| Purpose::SignIn),
        Ok(Answer::Password(_)) => Some(Purpose::SignIn),
        _ => Some(Purpose::MfaCode),
    }
}

/// Returns the budget of this response, a limit on the calls from one client address. Returns `None`
/// if the response contains a password or code, because the attempt guard then counts failures.
fn budget_of(answer: &ChallengeAnswer) -> Option<Budget> {
    match answer.answer() {
        Ok(Answer::Choice(
            ChallengeName::EmailOtp | ChallengeName::SmsMfa | ChallengeName::SmsOtp,
        )) => Some(Budget::SignInCodes),
        Ok(Answer::FirstFactor(factor)) if is_sent(factor) => Some(Budget::SignInCodes),
        // Cognito sends a code to the address. Security: the caller chooses the address.
        Ok(Answer::Parameters(parameters)) if parameters.contains_key("EMAIL") => {
            Some(Budget::Messages)
        }
        Ok(Answer::FirstFactor(factor)) if factor.password().is_some() => None,
        Ok(
            Answer::Code(_) | Answer::Password(_) | Answer::TotpCode(_) | Answer::TotpSetup { .. },
        ) => None,
        _ => Some(Budget::SignInSteps),
    }
}

/// Returns the kind of secret that the response contains, or `None` if it contains no code and no
/// password. If Cognito rejects the response, the public error states that a code or a password is
/// wrong, depending on this kind.
fn guessed_secret(answer: &ChallengeAnswer) -> Option<GuessedSecret> {
    match answer.answer() {
        Ok(Answer::Code(_) | Answer::TotpCode(_) | Answer::TotpSetup { .. }) => {
            Some(GuessedSecret::Code)
        }
        Ok(Answer::FirstFactor(_) | Answer::Password(_)) => Some(GuessedSecret::Password),
        _ => None,
    }
}

/// Returns `true` if the challenge accepts another response after this error.
///
/// Security: if the result is `false`, a web service deletes the cookie that contains the
/// challenge, so the client can see the result. Therefore the result must depend only on
/// [`Error::public_kind`]. The result must not depend on [`Error::kind`], which can reveal whether
/// an account exists.
pub(super) fn can_be_answered_again(error: &Error) -> bool {
    matches!(
        error.public_kind(),
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

impl IntoFuture for Respond {
    type Output = Result<SignIn, RespondError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// The error of [`Cognito::respond`]. It contains the challenge if the challenge accepts another
/// response.
#[derive(Debug)]
pub struct RespondError {
    pub(super) error: Error,
    pub(super) challenge: Option<Box<Challenge>>,
}

impl RespondError {
    /// Returns the error because of which the challenge response failed.
    pub const fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the challenge, so that you can send another response to it. Returns `None` if the
    /// challenge accepts no other response. The sign-in must then start again.
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
    fn from(rejected: RespondError) -> Self {
        rejected.error
    }
}
