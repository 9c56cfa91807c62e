//! Sign-in with a password, with a first factor that the user chooses, or with custom challenges.

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::sign_in::FirstFactor;
use cognito_core::authentication::sign_in::{ChallengeApi, SignInMethod, SignInRequest};
use cognito_core::id::DeviceKey;
use cognito_core::ports::Authentication;
use cognito_core::{
    Event, EventSink, InvalidInput, Operation, Password, Result, Session, SignIn, SignInFlow,
};

use crate::attempt_guard::CredentialCheck;
use crate::authentication::offered::{HiddenAccount, OfferedFactors};
use crate::call::valid;
use crate::cognito::Inner;
use crate::operation::Facts;
use crate::{Call, Cognito};

impl Cognito {
    /// Signs a user in with a password. The result is [`SignIn::Complete`] with tokens, or
    /// [`SignIn::Challenge`]. Respond to a challenge with [`respond`](Self::respond).
    ///
    /// # Errors
    ///
    /// - [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials) if the password is wrong. If
    ///   the app client has `PreventUserExistenceErrors`, this error is also returned if there is
    ///   no such user.
    /// - [`UserNotFound`](crate::ErrorKind::UserNotFound) if there is no such user and the app
    ///   client does not have `PreventUserExistenceErrors`.
    /// - [`UserNotConfirmed`](crate::ErrorKind::UserNotConfirmed),
    ///   [`UserDisabled`](crate::ErrorKind::UserDisabled),
    ///   [`PasswordResetRequired`](crate::ErrorKind::PasswordResetRequired) or
    ///   [`TemporaryPasswordExpired`](crate::ErrorKind::TemporaryPasswordExpired), depending on the
    ///   state of the account.
    /// - [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled) if the app client does not allow the
    ///   [flow](Call::flow).
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after too many failures, from Cognito or
    ///   from the [attempt guard](crate::CognitoBuilder::attempt_guard).
    pub fn login(
        &self,
        username: impl Into<String>,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<SignInRequest, SignIn> {
        let flow = self.inner.sign_in_flow;
        self.about(username)
            .call(
                flow.api().initiate_operation(),
                |username| Ok(SignInRequest::password(username, valid(password)?, flow)),
                async |inner, request| inner.start_sign_in(request, None).await,
            )
            .prepared_by(|request, facts| {
                set_device(request, facts);
                Ok(())
            })
            .checked_by(CredentialCheck::password)
            .guarded(Purpose::SignIn)
    }

    /// Signs a user in with a factor that the user chooses (`USER_AUTH`): a password, a code by
    /// e-mail or SMS, or a passkey.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::authentication::FirstFactor;
    /// use cognito::{Challenge, SignIn};
    ///
    /// let step = cognito.login_by_choice("user@example.com").prefer(FirstFactor::EmailOtp).await?;
    /// match step {
    ///     // The user has a verified address, and a code was sent there.
    ///     SignIn::Challenge(Challenge::EmailOtp(otp)) => {
    ///         let signed_in = cognito.respond(otp.code("12345678")).await?;
    ///         # drop(signed_in);
    ///     }
    ///     // The user does not have the preferred factor, and chooses another one.
    ///     SignIn::Challenge(Challenge::SelectChallenge(select)) => {
    ///         println!("{:?}", select.options());
    ///         let password = FirstFactor::PasswordSrp("SecurePass123!".parse()?);
    ///         let signed_in = cognito.respond(select.choose(password)).await?;
    ///         # drop(signed_in);
    ///     }
    ///     other => drop(other),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`login`](Self::login), and
    /// [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled) if the app client does not allow
    /// `ALLOW_USER_AUTH`.
    pub fn login_by_choice(&self, username: impl Into<String>) -> Call<ChoiceRequest, SignIn> {
        self.about(username)
            .call(
                Operation::InitiateAuth,
                |username| {
                    Ok(ChoiceRequest {
                        request: SignInRequest::new(username, SignInMethod::choice(None)),
                        offered: None,
                    })
                },
                async |inner, choice| inner.start_sign_in(choice.request, choice.offered).await,
            )
            .prepared_by(|choice, facts| choice.prepare(facts))
            .checked_by(CredentialCheck::password)
    }

    /// Signs a user in with the challenges that the pool's Lambda triggers define (`CUSTOM_AUTH`).
    /// If a [password](Call::password) is set, Cognito verifies it first.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::{Challenge, SignIn};
    ///
    /// let step = cognito.login_by_custom_challenge("user@example.com").await?;
    /// if let SignIn::Challenge(Challenge::CustomChallenge(asked)) = step {
    ///     println!("{:?}", asked.parameter("captchaUrl"));
    ///     let signed_in = cognito.respond(asked.answer("5")).await?;
    ///     # drop(signed_in);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`login`](Self::login), and:
    ///
    /// - [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled) if the app client does not allow
    ///   `ALLOW_CUSTOM_AUTH`.
    /// - [`TriggerFailed`](crate::ErrorKind::TriggerFailed) or
    ///   [`TriggerRejected`](crate::ErrorKind::TriggerRejected) if a trigger fails or rejects the
    ///   sign-in.
    pub fn login_by_custom_challenge(
        &self,
        username: impl Into<String>,
    ) -> Call<CustomChallengeRequest, SignIn> {
        self.about(username)
            .call(
                Operation::InitiateAuth,
                |username| {
                    Ok(CustomChallengeRequest {
                        request: SignInRequest::new(username, SignInMethod::custom(None)),
                    })
                },
                async |inner, custom| inner.start_sign_in(custom.request, None).await,
            )
            .prepared_by(|custom, facts| {
                custom.prepare(facts);
                Ok(())
            })
            .checked_by(CredentialCheck::password)
    }
}

/// The request of [`Cognito::login_by_choice`].
#[derive(Clone, Debug)]
pub struct ChoiceRequest {
    pub(crate) request: SignInRequest,
    offered: Option<OfferedFactors>,
}

impl ChoiceRequest {
    fn prepare(&self, facts: &mut Facts) -> Result<(), InvalidInput> {
        set_device(&self.request, facts);
        facts.hides_account = self.offered.is_some();
        let SignInMethod::Choice {
            preferred,
            session,
            step_up,
            access_token,
            ..
        } = &self.request.method
        else {
            return Ok(());
        };
        if access_token.is_some() {
            if step_up.levels.is_empty() {
                return Err(InvalidInput::new(
                    "access token",
                    "must be set together with a required level, which the user must reach",
                ));
            }
            // Cognito asks for the missing factor, which can be a second factor. A sign-in that
            // hides the account offers first factors only.
            if self.offered.is_some() || session.is_some() {
                return Err(InvalidInput::new(
                    "access token",
                    "must not be set together with `hide_account` or the session of a sign-up: the \
                     user of the token is known",
                ));
            }
        }
        if session.is_some() && preferred.is_some() {
            return Err(InvalidInput::new(
                "preferred factor",
                "must not be set together with the session of a sign-up, which needs no factor",
            ));
        }
        let has_password = preferred.as_ref().is_some_and(|it| it.password().is_some());
        facts.guarded = has_password.then_some(Purpose::SignIn);
        // With an access token, Cognito may send a code if the user has only one way to reach the
        // level.
        facts.budget = if access_token.is_some() || preferred.as_ref().is_some_and(is_sent) {
            Some(Budget::SignInCodes)
        } else if has_password {
            None
        } else {
            Some(Budget::SignInSteps)
        };
        Ok(())
    }
}

/// The request of [`Cognito::login_by_custom_challenge`].
#[derive(Clone, Debug)]
pub struct CustomChallengeRequest {
    pub(crate) request: SignInRequest,
}

impl CustomChallengeRequest {
    fn prepare(&self, facts: &mut Facts) {
        set_device(&self.request, facts);
        match self.request.method {
            SignInMethod::Custom {
                password: Some(_), ..
            } => facts.guarded = Some(Purpose::SignIn),
            // The triggers may send a message.
            _ => facts.budget = Some(Budget::SignInCodes),
        }
    }
}

fn set_device(request: &SignInRequest, facts: &mut Facts) {
    let device = request.device.as_ref();
    facts.device = device.map(|device| device.key.clone());
}

impl<R, T> Call<R, T> {
    /// Sets the operation of this call: `InitiateAuth` or `AdminInitiateAuth`, as `api` requires.
    fn sent_as(self, api: ChallengeApi) -> Self {
        self.with_facts(|facts| facts.operation = api.initiate_operation())
    }
}

/// Options of [`Cognito::login`].
impl<T> Call<SignInRequest, T> {
    /// Sets the flow with which Cognito verifies the password. Default: the flow of
    /// [`CognitoBuilder::sign_in_flow`](crate::CognitoBuilder::sign_in_flow).
    pub fn flow(self, flow: SignInFlow) -> Self {
        self.sent_as(flow.api()).set(|request| {
            request.api = flow.api();
            if let SignInMethod::Password { flow: set, .. } = &mut request.method {
                *set = flow;
            }
        })
    }
}

/// Options of [`Cognito::login_by_choice`].
impl<T> Call<ChoiceRequest, T> {
    /// Sets the preferred factor. If the user does not have this factor, the result is a
    /// `SELECT_CHALLENGE` challenge with the factors that the user has. Default: no preference, and
    /// the user always chooses.
    pub fn prefer(self, factor: FirstFactor) -> Self {
        self.set(|choice| {
            if let SignInMethod::Choice { preferred, .. } = &mut choice.request.method {
                *preferred = Some(factor);
            }
        })
    }

    /// Sets the [session of a confirmed sign-up](super::SignUpConfirmed::session). The user is then
    /// signed in without a further factor, because the code of the confirmation counts as the
    /// factor. If a [preferred](Self::prefer) factor is also set, the call fails with
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter).
    pub fn session(self, session: Session) -> Self {
        self.set(|choice| {
            if let SignInMethod::Choice { session: set, .. } = &mut choice.request.method {
                *set = Some(session);
            }
        })
    }

    /// Sets the API operation that starts the sign-in. With [`ChallengeApi::Public`], it is
    /// `InitiateAuth`, which needs no AWS credentials. With [`ChallengeApi::Admin`], it is
    /// `AdminInitiateAuth`, a request that is signed with AWS credentials. Default:
    /// [`ChallengeApi::Public`].
    pub fn api(self, api: ChallengeApi) -> Self {
        self.sent_as(api).set(|choice| choice.request.api = api)
    }

    /// Hides the account: the responses do not depend on whether the account exists, on its state
    /// or on its factors. Use it for public sign-in pages. `offered` contains the factors that the
    /// page offers for every user name.
    ///
    /// - Without a [preferred](Self::prefer) factor, the challenge is always
    ///   [`SelectChallenge`](crate::SignIn::Challenge) with the `offered` factors.
    /// - With a preferred factor, the challenge is always the challenge of this factor. If the user
    ///   does not exist or does not have the factor, the challenge is simulated: no code is sent. A
    ///   response to the simulated challenge is sent to Cognito and is rejected like a wrong
    ///   response.
    /// - A preferred password is verified. Every rejection is
    ///   [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials).
    /// - The destination of a code is the masked user name of the request.
    /// - The challenge of a passkey lists no credentials.
    ///
    /// Send the challenge to a browser only in [sealed form](Cognito::challenge_to_state), because
    /// its JSON contains Cognito's session. The time that Cognito takes for its response is not
    /// hidden.
    ///
    /// Cognito's `PreventUserExistenceErrors` does not cover this flow: for an unknown user name,
    /// Cognito returns a random factor ([AWS guide]).
    ///
    /// [AWS guide]:
    /// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
    pub fn hide_account(self, offered: &OfferedFactors) -> Self {
        self.set(|choice| choice.offered = Some(offered.clone()))
    }
}

/// Options of [`Cognito::login_by_custom_challenge`].
impl<T> Call<CustomChallengeRequest, T> {
    /// Sets a password that Cognito verifies first, with SRP. The pool's `DefineAuthChallenge`
    /// trigger must support this: the first entry in the `session` of its event is then `SRP_A`.
    /// Default: no password.
    pub fn password(self, password: impl TryInto<Password, Error: Into<InvalidInput>>) -> Self {
        self.try_set(password.try_into(), |custom, password| {
            custom.request.method = SignInMethod::custom(Some(password));
        })
    }

    /// Sets the API operation that starts the sign-in. With [`ChallengeApi::Public`], it is
    /// `InitiateAuth`, which needs no AWS credentials. With [`ChallengeApi::Admin`], it is
    /// `AdminInitiateAuth`, a request that is signed with AWS credentials. Default:
    /// [`ChallengeApi::Public`].
    pub fn api(self, api: ChallengeApi) -> Self {
        self.sent_as(api).set(|custom| custom.request.api = api)
    }
}

impl Inner {
    /// Starts a sign-in. If `offered` is set, the outcome must not reveal whether the account
    /// exists. If Cognito's outcome would reveal it, another outcome is returned instead. The
    /// attempt guard receives the returned outcome.
    async fn start_sign_in(
        &self,
        request: SignInRequest,
        offered: Option<OfferedFactors>,
    ) -> Result<SignIn> {
        let hidden = offered.map(|offered| HiddenAccount::new(&request.username, offered));
        let preferred = match &request.method {
            SignInMethod::Choice { preferred, .. } => preferred.clone(),
            _ => None,
        };
        let operation = request.api.initiate_operation();
        let outcome = self.authentication.sign_in(request).await;
        let outcome = outcome.map_err(|error| error.with_operation(operation));
        let signed_in = match hidden {
            Some(hidden) => hidden.begun(self, preferred.as_ref(), outcome)?,
            None => outcome?,
        };
        self.note_sign_in(operation, &signed_in, signed_in.stale_device());
        Ok(signed_in)
    }

    /// Records the lifetime of the ID token of a completed sign-in, because revocations must be
    /// kept for this time.
    ///
    /// `stale_device` is the key of a remembered device that no longer exists in Cognito. If it is
    /// set, records an event and writes a log line.
    pub(super) fn note_sign_in(
        &self,
        operation: Operation,
        signed_in: &SignIn,
        stale_device: Option<&DeviceKey>,
    ) {
        if let SignIn::Complete(tokens) = signed_in {
            self.note_issued(tokens);
        }
        if stale_device.is_some() {
            self.events.record(&Event::device_stale(operation));
            let operation = operation.name();
            tracing::info!(operation, "a remembered device is stale; it was left out");
        }
    }
}

/// Returns `true` if Cognito sends a code for this factor.
pub(super) const fn is_sent(factor: &FirstFactor) -> bool {
    matches!(factor, FirstFactor::EmailOtp | FirstFactor::SmsOtp)
}
