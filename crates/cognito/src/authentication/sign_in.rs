//! Sign-in.

use std::sync::Arc;

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::sign_in::{ChallengeApi, SignInMethod, SignInRequest};
use cognito_core::{
    Authentication, Challenge, ClientMetadata, DeviceKey, Event, EventSink, FirstFactor,
    InvalidInput, Operation, Password, RememberedDevice, RequestContext, Result, Session, SignIn,
    SignInFlow, Username,
};

use crate::Cognito;
use crate::authentication::offered::{HiddenAccount, OfferedFactors};
use crate::cognito::Inner;
use crate::operation::{
    Call, ClientAddress, Proof, awaitable, with_client_address, with_client_metadata, with_context,
    with_device,
};

impl Cognito {
    /// Signs a user in. Returns [`SignIn::Complete`] with tokens, or [`SignIn::Challenge`], which
    /// [`respond`](Self::respond) answers.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials),
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) (if the pool reveals it),
    /// [`UserNotConfirmed`](crate::ErrorKind::UserNotConfirmed),
    /// [`UserDisabled`](crate::ErrorKind::UserDisabled),
    /// [`PasswordResetRequired`](crate::ErrorKind::PasswordResetRequired),
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after too many failures, from Cognito or
    /// from the attempt guard here.
    pub fn login(
        &self,
        username: impl Into<String>,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Login<'_> {
        Login {
            cognito: self,
            username: Username::new(username),
            password: password.try_into().map_err(Into::into),
            flow: self.inner.sign_in_flow,
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
            device: None,
        }
    }

    /// Signs a user in with a factor of their choice (`USER_AUTH`): a password, a code by e-mail or
    /// SMS, a passkey.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::{Challenge, FirstFactor, SignIn};
    ///
    /// // Whoever has an address that codes can go to is asked for the code that was sent there.
    /// let step = cognito.login_by_choice("user@example.com").prefer(FirstFactor::EmailOtp).await?;
    /// match step {
    ///     SignIn::Challenge(Challenge::EmailOtp(otp)) => {
    ///         let signed_in = cognito.respond(otp.code("12345678")).await?;
    ///         # drop(signed_in);
    ///     }
    ///     // The others are offered what they have.
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
    /// The same as [`login`](Self::login), and [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled)
    /// without `ALLOW_USER_AUTH`.
    pub fn login_by_choice(&self, username: impl Into<String>) -> LoginByChoice<'_> {
        LoginByChoice {
            cognito: self,
            username: Username::new(username),
            preferred: None,
            session: None,
            offered: None,
            api: ChallengeApi::Public,
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
            device: None,
        }
    }

    /// Signs a user in with the custom challenges of the pool's Lambda triggers (`CUSTOM_AUTH`),
    /// after the [password](LoginByCustomChallenge::password) if there is one.
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
    /// The same as [`login`](Self::login), and [`FlowNotEnabled`](crate::ErrorKind::FlowNotEnabled)
    /// without `ALLOW_CUSTOM_AUTH`, [`TriggerFailed`](crate::ErrorKind::TriggerFailed) and
    /// [`TriggerRejected`](crate::ErrorKind::TriggerRejected).
    pub fn login_by_custom_challenge(
        &self,
        username: impl Into<String>,
    ) -> LoginByCustomChallenge<'_> {
        LoginByCustomChallenge {
            cognito: self,
            username: Username::new(username),
            password: Ok(None),
            api: ChallengeApi::Public,
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
            device: None,
        }
    }

    async fn sign_in(
        &self,
        call: Call,
        request: Result<SignInRequest, InvalidInput>,
    ) -> Result<SignIn> {
        self.sign_in_hidden(call, request, None).await
    }

    /// Starts a sign-in like [`sign_in`](Self::sign_in). With `hidden`, every outcome that depends
    /// on the account is replaced before it is counted.
    async fn sign_in_hidden(
        &self,
        call: Call,
        request: Result<SignInRequest, InvalidInput>,
        hidden: Option<HiddenAccount>,
    ) -> Result<SignIn> {
        let send = async move |inner: Arc<Inner>, request: SignInRequest| {
            let wanted = match &request.method {
                SignInMethod::Choice { preferred, .. } => preferred.clone(),
                _ => None,
            };
            let operation = request.api.initiate_operation();
            let outcome = inner.authentication.sign_in(request).await;
            let outcome = outcome.map_err(|error| error.with_operation(operation));
            let signed_in = match hidden {
                Some(hidden) => hidden.begun(&inner, wanted.as_ref(), outcome)?,
                None => outcome?,
            };
            inner.notice_stale_device(operation, signed_in.stale_device());
            Ok(signed_in)
        };
        let request = request.map_err(Into::into);
        self.perform_judged(call, request, send, proof_of_first_factor)
            .await
    }
}

impl Inner {
    /// Reports to the event sinks that a device is stale.
    pub(super) fn notice_stale_device(&self, operation: Operation, device: Option<&DeviceKey>) {
        if device.is_some() {
            self.events.record(&Event::device_stale(operation));
            let operation = operation.name();
            tracing::info!(operation, "a remembered device is stale; it was left out");
        }
    }
}

/// Returns what a sign-in or a choice with a password has proven. If the user must choose first,
/// the password was not checked.
pub(super) const fn proof_of_first_factor(signed_in: &SignIn) -> Proof<'_> {
    match signed_in {
        SignIn::Complete(tokens) => Proof::SignIn(tokens),
        SignIn::Challenge(Challenge::SelectChallenge(_)) => Proof::Nothing,
        SignIn::Challenge(_) => Proof::Secret,
    }
}

/// The builder of [`Cognito::login`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct Login<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    password: Result<Password, InvalidInput>,
    flow: SignInFlow,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
    context: RequestContext,
    device: Option<RememberedDevice>,
}

impl Login<'_> {
    /// Sets another flow than the default one of this `Cognito`.
    pub const fn flow(mut self, flow: SignInFlow) -> Self {
        self.flow = flow;
        self
    }

    async fn send(self) -> Result<SignIn> {
        let call = Call::new(self.flow.api().initiate_operation())
            .user(&self.username)
            .guarded(Purpose::SignIn)
            .from(self.client_address, self.device.as_ref());
        let request = (|| {
            let username = self.username?;
            let mut request = SignInRequest::password(username, self.password?, self.flow);
            request.client_metadata = self.client_metadata;
            request.context = self.context;
            request.device = self.device;
            Ok(request)
        })();
        self.cognito.sign_in(call, request).await
    }
}

/// Returns `true` if Cognito sends a code for this factor.
pub(super) const fn is_sent(factor: &FirstFactor) -> bool {
    matches!(factor, FirstFactor::EmailOtp | FirstFactor::SmsOtp)
}

/// The builder of [`Cognito::login_by_choice`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct LoginByChoice<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    preferred: Option<FirstFactor>,
    session: Option<Session>,
    offered: Option<OfferedFactors>,
    api: ChallengeApi,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
    context: RequestContext,
    device: Option<RememberedDevice>,
}

impl LoginByChoice<'_> {
    /// Sets the preferred factor. A user who does not have it can choose among their factors.
    pub fn prefer(mut self, factor: FirstFactor) -> Self {
        self.preferred = Some(factor);
        self
    }

    /// Signs in directly after a confirmed sign-up, with its
    /// [session](crate::SignUpConfirmed::session): the code that confirmed the account counts as
    /// the first factor.
    pub fn session(mut self, session: Session) -> Self {
        self.session = Some(session);
        self
    }

    /// Sets the API. Default: the unsigned one.
    pub const fn api(mut self, api: ChallengeApi) -> Self {
        self.api = api;
        self
    }

    /// Responds in the same way for every name, so that the response does not reveal whether the
    /// account exists, its state, or the user's factors. Use it for public sign-in pages.
    ///
    /// - Without a [preferred](Self::prefer) factor the challenge is always
    ///   [`SelectChallenge`](crate::SignIn::Challenge) with the `offered` factors.
    /// - With one, the challenge of that factor follows. If the user does not have the factor, or
    ///   there is no such user, the challenge is made up: no code is sent, and every response to it
    ///   is rejected like a wrong one, after the same call to Cognito.
    /// - A password is checked. Every rejection is
    ///   [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials).
    /// - The destination of a code is the masked name from the request, and a passkey's challenge
    ///   lists no credentials.
    ///
    /// Give the challenge to a browser as [sealed state](Cognito::challenge_to_state) only: its JSON
    /// holds Cognito's session. How long Cognito takes is not hidden.
    ///
    /// Cognito's own protection does not cover this flow: with `PreventUserExistenceErrors` it
    /// responds to an unknown name with a random factor ([AWS guide]).
    ///
    /// [AWS guide]: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
    pub fn hide_account(mut self, offered: &OfferedFactors) -> Self {
        self.offered = Some(offered.clone());
        self
    }

    async fn send(self) -> Result<SignIn> {
        let mut call = Call::new(self.api.initiate_operation())
            .user(&self.username)
            .from(self.client_address, self.device.as_ref());
        if self.session.is_some() && self.preferred.is_some() {
            let refused = InvalidInput::new(
                "preferred factor",
                "must not be given with the session of a sign-up, which signs in by itself",
            );
            return self.cognito.sign_in(call, Err(refused)).await;
        }
        let has_password = |factor: &FirstFactor| factor.password().is_some();
        if self.preferred.as_ref().is_some_and(has_password) {
            call = call.guarded(Purpose::SignIn);
        }
        if self.preferred.as_ref().is_some_and(is_sent) {
            call = call.limited(Budget::SignInCodes);
        }
        let hidden = match (&self.username, self.offered) {
            (Ok(username), Some(offered)) => Some(HiddenAccount::new(username, offered)),
            _ => None,
        };
        let request = self.username.map(|username| {
            let method = match self.session {
                Some(session) => SignInMethod::after_sign_up(session),
                None => SignInMethod::choice(self.preferred),
            };
            let mut request = SignInRequest::new(username, method);
            request.api = self.api;
            request.client_metadata = self.client_metadata;
            request.context = self.context;
            request.device = self.device;
            request
        });
        self.cognito.sign_in_hidden(call, request, hidden).await
    }
}

/// The builder of [`Cognito::login_by_custom_challenge`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct LoginByCustomChallenge<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    password: Result<Option<Password>, InvalidInput>,
    api: ChallengeApi,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
    context: RequestContext,
    device: Option<RememberedDevice>,
}

impl LoginByCustomChallenge<'_> {
    /// Verifies the password first, with SRP. The pool's trigger must expect that: its first
    /// session entry is then `SRP_A`.
    pub fn password(mut self, password: impl TryInto<Password, Error: Into<InvalidInput>>) -> Self {
        self.password = password.try_into().map(Some).map_err(Into::into);
        self
    }

    /// Sets the API. Default: the unsigned one.
    pub const fn api(mut self, api: ChallengeApi) -> Self {
        self.api = api;
        self
    }

    async fn send(self) -> Result<SignIn> {
        let mut call = Call::new(self.api.initiate_operation())
            .user(&self.username)
            .from(self.client_address, self.device.as_ref());
        if matches!(self.password, Ok(None)) {
            // The triggers may send a message.
            call = call.limited(Budget::SignInCodes);
        } else {
            call = call.guarded(Purpose::SignIn);
        }
        let request = (|| {
            let method = SignInMethod::custom(self.password?);
            let mut request = SignInRequest::new(self.username?, method);
            request.api = self.api;
            request.client_metadata = self.client_metadata;
            request.context = self.context;
            request.device = self.device;
            Ok(request)
        })();
        self.cognito.sign_in(call, request).await
    }
}

awaitable!(Login => SignIn);
with_client_metadata!(Login);
with_context!(Login);
with_client_address!(Login);
with_device!(Login);
awaitable!(LoginByChoice => SignIn);
with_client_metadata!(LoginByChoice);
with_context!(LoginByChoice);
with_client_address!(LoginByChoice);
with_device!(LoginByChoice);
awaitable!(LoginByCustomChallenge => SignIn);
with_client_metadata!(LoginByCustomChallenge);
with_context!(LoginByCustomChallenge);
with_client_address!(LoginByCustomChallenge);
with_device!(LoginByCustomChallenge);
