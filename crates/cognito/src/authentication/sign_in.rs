//! Sign-in.

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::sign_in::FirstFactor;
use cognito_core::authentication::sign_in::{ChallengeApi, SignInMethod, SignInRequest};
use cognito_core::id::DeviceKey;
use cognito_core::ports::Authentication;
use cognito_core::{
    Event, EventSink, InvalidInput, Operation, Password, Result, Session, SignIn, SignInFlow,
    Username,
};

use crate::attempt_guard::CredentialCheck;
use crate::authentication::offered::{HiddenAccount, OfferedFactors};
use crate::call::valid;
use crate::cognito::Inner;
use crate::operation::Facts;
use crate::{Call, Cognito};

impl Cognito {
    /// Signs a user in with a password. The result is [`SignIn::Complete`] with tokens, or a
    /// [`SignIn::Challenge`]. Respond to the challenge with [`respond`](Self::respond).
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials),
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) (if the pool reveals it),
    /// [`UserNotConfirmed`](crate::ErrorKind::UserNotConfirmed),
    /// [`UserDisabled`](crate::ErrorKind::UserDisabled),
    /// [`PasswordResetRequired`](crate::ErrorKind::PasswordResetRequired);
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after too many failures, from Cognito or
    /// from the attempt guard.
    pub fn login(
        &self,
        username: impl Into<String>,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Call<SignInRequest, SignIn> {
        let flow = self.inner.sign_in_flow;
        Call::about(
            self,
            flow.api().initiate_operation(),
            Username::new(username),
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
    /// The errors of [`login`](Self::login); [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled)
    /// without `ALLOW_USER_AUTH`.
    pub fn login_by_choice(&self, username: impl Into<String>) -> Call<ChoiceRequest, SignIn> {
        Call::about(
            self,
            Operation::InitiateAuth,
            Username::new(username),
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
    /// If there is a [password](Call::password), it is verified first.
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
    /// The errors of [`login`](Self::login); [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled)
    /// without `ALLOW_CUSTOM_AUTH`; [`TriggerFailed`](crate::ErrorKind::TriggerFailed) or
    /// [`TriggerRejected`](crate::ErrorKind::TriggerRejected).
    pub fn login_by_custom_challenge(
        &self,
        username: impl Into<String>,
    ) -> Call<CustomChallengeRequest, SignIn> {
        Call::about(
            self,
            Operation::InitiateAuth,
            Username::new(username),
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
            preferred, session, ..
        } = &self.request.method
        else {
            return Ok(());
        };
        if session.is_some() && preferred.is_some() {
            return Err(InvalidInput::new(
                "preferred factor",
                "must not be set together with the session of a sign-up, which needs no factor",
            ));
        }
        if let Some(factor) = preferred {
            if factor.password().is_some() {
                facts.guarded = Some(Purpose::SignIn);
            }
            if is_sent(factor) {
                facts.budget = Some(Budget::SignInCodes);
            }
        }
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
    /// Selects the operation that starts a sign-in with this API.
    fn sent_as(self, api: ChallengeApi) -> Self {
        self.with_facts(|facts| facts.operation = api.initiate_operation())
    }
}

/// Options for sign-ins with a password.
impl<T> Call<SignInRequest, T> {
    /// Sets the flow. Default: the flow that this `Cognito` was built with.
    pub fn flow(self, flow: SignInFlow) -> Self {
        self.sent_as(flow.api()).set(|request| {
            request.api = flow.api();
            if let SignInMethod::Password { flow: set, .. } = &mut request.method {
                *set = flow;
            }
        })
    }
}

/// Options for choice-based sign-ins.
impl<T> Call<ChoiceRequest, T> {
    /// Sets the preferred factor. If the user does not have it, Cognito offers the factors that the
    /// user has.
    pub fn prefer(self, factor: FirstFactor) -> Self {
        self.set(|choice| {
            if let SignInMethod::Choice { preferred, .. } = &mut choice.request.method {
                *preferred = Some(factor);
            }
        })
    }

    /// Sets the [session of a confirmed sign-up](super::SignUpConfirmed::session), to sign in
    /// directly afterwards. The code that confirmed the sign-up counts as the factor.
    pub fn session(self, session: Session) -> Self {
        self.set(|choice| {
            if let SignInMethod::Choice { session: set, .. } = &mut choice.request.method {
                *set = Some(session);
            }
        })
    }

    /// Sets the API. Default: [`ChallengeApi::Public`].
    pub fn api(self, api: ChallengeApi) -> Self {
        self.sent_as(api).set(|choice| choice.request.api = api)
    }

    /// Hides the account: the response is the same for every name, whatever the existence, state
    /// and factors of the account. Use it for public sign-in pages.
    ///
    /// - Without a [preferred](Self::prefer) factor, the challenge is always
    ///   [`SelectChallenge`](crate::SignIn::Challenge) with the `offered` factors.
    /// - With a preferred factor, the challenge of that factor follows. If the user does not exist
    ///   or does not have the factor, the challenge is simulated: no code is sent, and every
    ///   response is rejected like a wrong one, after the same call to Cognito.
    /// - A password is checked; every rejection is
    ///   [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials).
    /// - The destination of a code is the masked name from the request. A passkey's challenge lists
    ///   no credentials.
    ///
    /// Send the challenge to a browser only as [sealed state](Cognito::challenge_to_state), because
    /// its JSON contains Cognito's session. Cognito's response time is not hidden.
    ///
    /// Cognito's own protection does not cover this flow: with `PreventUserExistenceErrors`, it
    /// responds to an unknown name with a random factor ([AWS guide]).
    ///
    /// [AWS guide]:
    /// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
    pub fn hide_account(self, offered: &OfferedFactors) -> Self {
        self.set(|choice| choice.offered = Some(offered.clone()))
    }
}

/// Options for sign-ins with custom challenges.
impl<T> Call<CustomChallengeRequest, T> {
    /// Verifies a password first, with SRP. The pool's trigger must support that: its first session
    /// entry is then `SRP_A`.
    pub fn password(self, password: impl TryInto<Password, Error: Into<InvalidInput>>) -> Self {
        self.try_set(password.try_into(), |custom, password| {
            custom.request.method = SignInMethod::custom(Some(password));
        })
    }

    /// Sets the API. Default: [`ChallengeApi::Public`].
    pub fn api(self, api: ChallengeApi) -> Self {
        self.sent_as(api).set(|custom| custom.request.api = api)
    }
}

impl Inner {
    /// Starts a sign-in. With `offered`, every outcome that depends on the account is replaced
    /// before the attempt guard counts it.
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

    /// Records the lifetime of new tokens, and reports a device that has just become stale.
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
