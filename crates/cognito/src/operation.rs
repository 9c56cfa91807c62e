//! The common wrapper of every operation: validate, check limits, call, measure, log.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cognito_cache::{Attempt, AttemptSubject, Budget, Purpose};
use cognito_core::{
    Audience, DeviceKey, EnumerationPolicy, Error, ErrorKind, Event, EventSink, InvalidInput,
    Operation, PublicOutcome, RememberedDevice, Result, Tokens, Username, masked,
};

use crate::Cognito;
use crate::cognito::Inner;
use crate::to_the_end::ToTheEnd;

/// The future of an operation's builder.
pub type OperationFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Makes a builder awaitable: `.await` calls its `send`.
macro_rules! awaitable {
    ($builder:ident => $output:ty) => {
        impl<'a> IntoFuture for $builder<'a> {
            type Output = cognito_core::Result<$output>;
            type IntoFuture = crate::OperationFuture<'a, $output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

/// Defines the common setters of operations with Lambda triggers.
macro_rules! with_client_metadata {
    ($builder:ident) => {
        impl $builder<'_> {
            /// Adds a pair for the pool's Lambda triggers (`ClientMetadata`).
            pub fn client_metadata(
                mut self,
                key: impl Into<String>,
                value: impl Into<String>,
            ) -> Self {
                self.client_metadata.insert(key, value);
                self
            }
        }
    };
}

/// Defines the setter of operations that the attempt guard counts by address.
macro_rules! with_client_address {
    ($builder:ident) => {
        impl $builder<'_> {
            /// Sets the address that the user's request came from.
            ///
            /// The attempt guard counts by it: it locks the guessing address and not the account,
            /// remembers where a user has signed in, and limits how many messages and rejected
            /// tokens one address can cause ([`Budget`](crate::Budget)). Without an address there
            /// are no such limits. Read it from a proxy header only if you control the proxy.
            pub const fn client_address(mut self, address: std::net::IpAddr) -> Self {
                self.client_address = crate::operation::ClientAddress(Some(address));
                self
            }
        }
    };
}

/// Defines the setter of operations that threat protection evaluates.
macro_rules! with_context {
    ($builder:ident) => {
        impl $builder<'_> {
            /// Sets the client data for the pool's threat protection. Without it Cognito sees the
            /// address of this server.
            pub fn context(mut self, context: cognito_core::RequestContext) -> Self {
                self.context = context;
                self
            }
        }
    };
}

/// Defines the setter of sign-ins.
macro_rules! with_device {
    ($builder:ident) => {
        impl $builder<'_> {
            /// Sets the remembered device that the user signs in on. If the pool accepts it instead
            /// of the second factor, no second factor is required.
            ///
            /// If Cognito no longer knows the device, the sign-in continues without it and reports
            /// it ([`SignIn::stale_device`](crate::SignIn::stale_device)).
            pub fn device(mut self, device: &cognito_core::RememberedDevice) -> Self {
                self.device = Some(device.clone());
                self
            }
        }
    };
}

pub(crate) use {awaitable, with_client_address, with_client_metadata, with_context, with_device};

/// The client's address, if it was given. It is personal data: `Debug` shows only whether it is
/// set.
#[derive(Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

impl ClientAddress {
    pub(crate) const UNKNOWN: Self = Self(None);
}

impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "known" } else { "unknown" })
    }
}

/// The description of a call for the wrapper.
pub(crate) struct Call {
    operation: Operation,
    user: Option<Username>,
    guarded: Option<Purpose>,
    budget: Option<Budget>,
    address: ClientAddress,
    device: Option<DeviceKey>,
    shared: bool,
}

/// What the success of a call proves about the user.
pub(crate) enum Proof<'t> {
    /// Nothing yet: there is a further challenge.
    Nothing,
    /// The user knew the secret that could have been guessed.
    Secret,
    /// The user is signed in with these tokens, without a further challenge.
    SignIn(&'t Tokens),
}

/// Decides what the success of a call proves.
pub(crate) type Judge<T> = for<'t> fn(&'t T) -> Proof<'t>;

impl Call {
    pub(crate) const fn new(operation: Operation) -> Self {
        Self {
            operation,
            user: None,
            guarded: None,
            budget: None,
            address: ClientAddress::UNKNOWN,
            device: None,
            shared: false,
        }
    }

    /// Marks the call as shared by several callers. The code that sends it takes its
    /// [turn](Inner::turn).
    pub(crate) const fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// Sets the user of the call, if the name is valid.
    pub(crate) fn user(mut self, user: &Result<Username, InvalidInput>) -> Self {
        self.user = user.as_ref().ok().cloned();
        self
    }

    /// Marks the call as a possible guess of a secret: the attempt guard counts it.
    pub(crate) const fn guarded(mut self, purpose: Purpose) -> Self {
        self.guarded = Some(purpose);
        self
    }

    /// Counts the call against a budget of its address, if that is known.
    pub(crate) const fn limited(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Sets the address of the call, if it is known.
    pub(crate) const fn at(mut self, address: ClientAddress) -> Self {
        self.address = address;
        self
    }

    /// Sets the client's address and device, as far as they are known.
    pub(crate) fn from(
        mut self,
        address: ClientAddress,
        device: Option<&RememberedDevice>,
    ) -> Self {
        self.address = address;
        self.device = device.map(|device| device.key.clone());
        self
    }

    /// Returns the subject for the attempt guard with this name.
    fn subject<'a>(&'a self, purpose: Purpose, name: &'a str) -> AttemptSubject<'a> {
        let mut subject = AttemptSubject::new(purpose, name);
        if let ClientAddress(Some(address)) = self.address {
            subject = subject.with_address(address);
        }
        if let Some(device) = &self.device {
            subject = subject.with_device(device.as_str());
        }
        subject
    }
}

impl Cognito {
    /// Runs one operation. `request` is its validated input (or the validation error), and `send`
    /// makes the call.
    ///
    /// It runs to its end even if the caller is dropped (a disconnected browser, a timeout of the
    /// caller): the attempt gets its result, a sign-out is added to the revocation list, and the
    /// metrics are updated. The timeouts of the call itself bound it.
    pub(crate) async fn perform<R, T, F>(
        &self,
        call: Call,
        request: Result<R>,
        send: impl FnOnce(Arc<Inner>, R) -> F + Send + 'static,
    ) -> Result<T>
    where
        R: Send + 'static,
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.perform_judged(call, request, send, |_| Proof::Secret)
            .await
    }

    /// Runs an operation like [`perform`](Self::perform), for a call that only reads. It changes
    /// nothing, so it ends with its caller and needs no separate task.
    pub(crate) async fn read<R, T, F>(
        &self,
        call: Call,
        request: Result<R>,
        send: impl FnOnce(R) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        self.inner
            .run(&call, request, send, |_| Proof::Secret)
            .await
    }

    /// Runs an operation like [`perform`](Self::perform), for a call whose success does not always
    /// prove that the user knew the secret, or proves more. `judge` decides that.
    pub(crate) async fn perform_judged<R, T, F>(
        &self,
        call: Call,
        request: Result<R>,
        send: impl FnOnce(Arc<Inner>, R) -> F + Send + 'static,
        judge: Judge<T>,
    ) -> Result<T>
    where
        R: Send + 'static,
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let work = async move {
            let ours = Arc::clone(&inner);
            inner
                .run(&call, request, |request| send(ours, request), judge)
                .await
        };
        ToTheEnd::new(work).await
    }
}

impl Inner {
    /// Runs the wrapper.
    pub(crate) async fn run<R, T, F>(
        &self,
        call: &Call,
        request: Result<R>,
        send: impl FnOnce(R) -> F,
        judge: Judge<T>,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let start = self.clock.monotonic();
        let result = match request {
            Ok(request) => self.admitted(call, request, send, judge).await,
            Err(error) => Err(error),
        };
        let result = result.map_err(|error| error.with_operation(call.operation));
        let duration = self.clock.monotonic().saturating_sub(start);
        self.finished(call, result.as_ref().err(), duration);
        result
    }

    async fn admitted<R, T, F>(
        &self,
        call: &Call,
        request: R,
        send: impl FnOnce(R) -> F,
        judge: Judge<T>,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::ShuttingDown));
        }
        let Some((budget, attempt)) = self.admit_by_address(call).await? else {
            return self.counted(call, request, send, judge).await;
        };
        let result = self.counted(call, request, send, judge).await;
        if is_spent(budget, result.as_ref().err()) {
            attempt.failed().await;
        } else {
            attempt.undecided().await;
        }
        result
    }

    /// Makes a call, and counts it as an attempt if a secret can be guessed with it.
    async fn counted<R, T, F>(
        &self,
        call: &Call,
        request: R,
        send: impl FnOnce(R) -> F,
        judge: Judge<T>,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let Some(user) = &call.user else {
            return self.in_turn(call, request, send).await;
        };
        let attempt = match call.guarded {
            Some(purpose) => Some(self.admit(call, purpose, user).await?),
            None => None,
        };
        let result = self.in_turn(call, request, send).await;
        // What is counted depends on the operation.
        let result = result.map_err(|error| error.with_operation(call.operation));
        let proof = result.as_ref().map_or(Proof::Nothing, judge);
        if let Some(attempt) = attempt {
            let counts = Error::counts_as_attempt;
            if let Proof::SignIn(tokens) = proof {
                self.note_issued(tokens);
                let names = names_of(tokens);
                attempt
                    .signed_in_as(&places(call, user, &names, tokens))
                    .await;
            } else if !matches!(proof, Proof::Nothing) {
                attempt.succeeded().await;
            } else if result.as_ref().is_err_and(counts) {
                attempt.failed().await;
            } else {
                attempt.undecided().await;
            }
        } else if let Proof::SignIn(tokens) = proof {
            self.note_issued(tokens);
            self.remember(call, user, tokens).await;
        }
        result
    }

    async fn admit(&self, call: &Call, purpose: Purpose, user: &Username) -> Result<Attempt> {
        let subject = call.subject(purpose, user.as_str());
        let admitted = self.attempts.admit_within(subject, patience());
        admitted.await.inspect_err(|_| {
            self.events.record(&Event::attempt_refused(call.operation));
        })
    }

    /// Takes a place in the budget of the address, if the call has a budget and the address is
    /// known.
    async fn admit_by_address(&self, call: &Call) -> Result<Option<(Budget, Attempt)>> {
        let (Some(budget), ClientAddress(Some(address))) = (call.budget, call.address) else {
            return Ok(None);
        };
        let admitted = self.attempts.admit_from(budget, address, patience());
        let attempt = admitted.await.inspect_err(|_| {
            self.events.record(&Event::attempt_refused(call.operation));
        })?;
        Ok(Some((budget, attempt)))
    }

    /// Tells the attempt guard where a user signed in, for a step that is not counted.
    async fn remember(&self, call: &Call, user: &Username, tokens: &Tokens) {
        let names = names_of(tokens);
        let places = places(call, user, &names, tokens);
        if let Err(error) = self.attempts.remember(&places).await {
            tracing::warn!(%error, "a sign-in could not be remembered by the attempt guard");
        }
    }

    async fn in_turn<R, T, F>(
        &self,
        call: &Call,
        request: R,
        send: impl FnOnce(R) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        if !call.shared {
            self.turn(call.operation).await?;
        }
        send(request).await
    }

    /// Waits until the rate limiter, if there is one, allows a call.
    pub(crate) async fn turn(&self, operation: Operation) -> Result<()> {
        let (Some(limiter), Some(category)) = (&self.rate_limiter, operation.category()) else {
            return Ok(());
        };
        let wait = limiter.turn(category)?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    fn finished(&self, call: &Call, error: Option<&Error>, duration: Duration) {
        let event = Event::operation_finished(call.operation, duration, error);
        self.events.record(&event);
        self.faults.finished(call.operation, error, &*self.clock);
        let user = call.user.as_ref().map(|user| masked(user.as_str()));
        let user = user.as_ref().map(tracing::field::display);
        let elapsed_ms = duration.as_secs_f64() * 1000.0;
        let operation = call.operation.name();
        match error {
            None => tracing::debug!(operation, user, elapsed_ms, "done"),
            Some(error) if error.audience() != Audience::Caller => {
                let exception = error.type_name();
                let aws_message = error.operator_message();
                let request_id = error.request_id();
                tracing::warn!(
                    operation, user, elapsed_ms, exception, aws_message, request_id, %error, "failed"
                );
            }
            // Security: at the level of a code that was sent. A line about users who do not exist only
            // takes time that can be measured from outside.
            Some(error) if is_shown_as_sent(error) => {
                tracing::debug!(operation, user, elapsed_ms, %error, "refused");
            }
            Some(error) => {
                tracing::info!(operation, user, elapsed_ms, %error, "refused");
            }
        }
    }
}

impl Inner {
    /// Logs an error that the response does not show, and records it for health. The response looks
    /// like that of an operation that worked, or like a wrong secret.
    pub(crate) fn note_hidden(&self, error: &Error) {
        let Some(operation) = error.operation() else {
            return;
        };
        self.faults.hidden(operation, error, &*self.clock);
        if error.audience() != Audience::Caller {
            let exception = error.type_name();
            let aws_message = error.operator_message();
            let request_id = error.request_id();
            let operation = operation.name();
            tracing::warn!(
                operation, exception, aws_message, request_id, %error,
                "failed, and the response does not say so"
            );
        }
    }
}

fn is_shown_as_sent(error: &Error) -> bool {
    error.public_outcome(EnumerationPolicy::Hide) == PublicOutcome::ShownAsSent
}

/// How long an attempt waits for attempts in flight at the same limit, before it is rejected.
const PATIENCE: Duration = Duration::from_secs(5);

async fn patience() {
    tokio::time::sleep(PATIENCE).await;
}

/// Returns `true` if a call with this result counts against its budget.
fn is_spent(budget: Budget, error: Option<&Error>) -> bool {
    let Some(error) = error else {
        return budget != Budget::Tokens;
    };
    match error.kind() {
        // Nothing was sent, or it is an outage.
        ErrorKind::Credentials
        | ErrorKind::KeysUnavailable
        | ErrorKind::Network
        | ErrorKind::ShuttingDown
        | ErrorKind::StoreUnavailable
        | ErrorKind::Upstream => false,
        ErrorKind::AccessRevoked
        | ErrorKind::ChallengeExpired
        | ErrorKind::InsufficientScope
        | ErrorKind::InvalidParameter
        | ErrorKind::NotAuthorized
        | ErrorKind::RefreshInvalid
        | ErrorKind::RefreshReuse
        | ErrorKind::RefreshRevoked
        | ErrorKind::TokenExpired
        | ErrorKind::TokenInvalid
        | ErrorKind::TokenRevoked
        | ErrorKind::UserDisabled
        | ErrorKind::UserNotFound => true,
        _ => budget != Budget::Tokens,
    }
}

/// Returns the subjects with each of the user's names. A challenge is answered with Cognito's name
/// of the user, and a sign-in starts with the name that the user enters.
fn places<'a>(
    call: &'a Call,
    user: &'a Username,
    names: &'a [Username],
    tokens: &Tokens,
) -> Vec<AttemptSubject<'a>> {
    names
        .iter()
        .chain([user])
        .map(|name| {
            let mut subject = call.subject(Purpose::SignIn, name.as_str());
            // Cognito does not know it any more: it was no part of this sign-in.
            subject.device = subject.device.filter(|_| tokens.stale_device.is_none());
            subject
        })
        .collect()
}

/// Returns the names that a user who has just signed in may use at the next sign-in, according to
/// the ID token: Cognito's name of the user, and the verified e-mail address and phone number.
///
/// Security: an unverified address or a preferred name may belong to another user, whose secrets
/// could then be guessed from here without that user's limit.
fn names_of(tokens: &Tokens) -> Vec<Username> {
    let Ok(token) = cognito_jwt::decode_unverified(tokens.id_token.expose()) else {
        return Vec::new();
    };
    let text = |claim: &str| token.claim(claim)?.as_str().map(str::to_owned);
    let is_true = |claim: &str| {
        let claim = token.claim(claim);
        claim.is_some_and(|claim| claim.as_bool() == Some(true) || claim.as_str() == Some("true"))
    };
    let email = text("email").filter(|_| is_true("email_verified"));
    let phone = text("phone_number").filter(|_| is_true("phone_number_verified"));
    [text("cognito:username"), email, phone]
        .into_iter()
        .flatten()
        .filter_map(|name| Username::new(name).ok())
        .collect()
}
