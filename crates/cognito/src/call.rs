//! [`Call`]: one operation of [`Cognito`], with its request and options.

mod options;
mod pages;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use cognito_cache::{Budget, Purpose};
use cognito_core::{Done, Error, InvalidInput, Operation, Result, Username};

use crate::Cognito;
use crate::attempt_guard::{ClientAddress, CredentialCheck};
use crate::cognito::Inner;
use crate::operation::Facts;
use crate::run_to_completion::RunToCompletion;

pub use pages::PageStream;

/// The future that a [`Call`] becomes with `.await`.
pub type OperationFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// One operation that is ready to run: a request `R`, its options, and the [`Cognito`] that sends
/// it. `.await` sends the request and returns the response `T`.
///
/// Methods such as [`Cognito::sign_up`] create a call. The methods below set its options. The
/// heading of each group of methods names the requests that have these options. The request types
/// are in [`requests`](crate::requests).
///
/// `.await` validates the request, waits for the attempt guard and the rate limiter, and sends the
/// request. Then it measures, logs and reports the result. If a value is invalid, no request is
/// sent, and the result is [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for the first
/// invalid value.
///
/// A call that changes data runs to completion even if its future is dropped, for example because a
/// browser disconnects. The attempt is counted, a sign-out is added to the revocation list, and the
/// result is measured. The [timeouts](crate::CognitoBuilder::timeouts) limit the duration. A call
/// that only reads ends when its future is dropped.
///
/// A call owns a clone of `Cognito`, so it can be moved to another task:
///
/// ```no_run
/// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
/// let login = cognito.login("user@example.com", "SecurePass123!").client_metadata("page", "shop");
/// let task = tokio::spawn(login.into_future());
/// # drop(task); Ok(()) }
/// ```
#[must_use = "an operation does nothing until it is awaited"]
pub struct Call<R, T> {
    cognito: Cognito,
    facts: Facts,
    request: Result<R>,
    prepare: Prepare<R>,
    check: fn(&T) -> CredentialCheck<'_>,
    send: Sender<R, T>,
}

/// A function that completes a call after all options are set. It validates the request, and sets
/// the properties of the call ([`Facts`]) that depend on the options, such as the device.
type Prepare<R> = fn(&mut R, &mut Facts) -> Result<(), InvalidInput>;

/// A function that sends the request and returns the response.
type Sender<R, T> = Arc<dyn Fn(Arc<Inner>, R) -> OperationFuture<T> + Send + Sync>;

/// Creates a call that passes its request to one method of a [port](crate::ports).
///
/// `port_call!(caller, GetDevice => account.device(_), request)` expands to
/// `caller.call(Operation::GetDevice, request, send)`. The function `send` passes the request to
/// the method `device` of the port `account`. The macro has two other forms:
///
/// - `account.device(&_)` instead of `account.device(_)`: the method borrows the request.
/// - `new ListDevicesRequest` instead of `request`: the macro creates the request with
///   `ListDevicesRequest::new`. The argument is the access token or the user name of `caller`.
macro_rules! port_call {
    ($caller:expr, $operation:ident => $port:ident.$method:ident(_), new $request:ident) => {
        $crate::call::port_call!($caller, $operation => $port.$method(_), |subject| {
            Ok($request::new(subject))
        })
    };
    ($caller:expr, $operation:ident => $port:ident.$method:ident(_), $request:expr) => {
        $caller.call(
            cognito_core::Operation::$operation,
            $request,
            async |inner, request| (*inner.$port).$method(request).await,
        )
    };
    ($caller:expr, $operation:ident => $port:ident.$method:ident(&_), $request:expr) => {
        $caller.call(
            cognito_core::Operation::$operation,
            $request,
            async |inner, request| (*inner.$port).$method(&request).await,
        )
    };
}

pub(crate) use port_call;

impl Cognito {
    /// Creates a call that changes data. `send` sends the request. It is called once for each
    /// `.await`.
    pub(crate) fn call<R, T, F: Future<Output = Result<T>> + Send + 'static>(
        &self,
        operation: Operation,
        request: Result<R, impl Into<Error>>,
        send: impl Fn(Arc<Inner>, R) -> F + Send + Sync + 'static,
    ) -> Call<R, T> {
        Call {
            cognito: self.clone(),
            facts: Facts::new(operation),
            request: request.map_err(Into::into),
            prepare: |_, _| Ok(()),
            check: CredentialCheck::passed,
            send: Arc::new(move |inner, request| Box::pin(send(inner, request))),
        }
    }

    /// Returns a builder for a call that concerns the user with the name `username`.
    pub(crate) fn about(&self, username: impl Into<String>) -> AboutUser<'_> {
        AboutUser {
            cognito: self,
            username: Username::new(username),
        }
    }
}

/// A builder for a call that concerns one user, such as a sign-in. The call contains the user's
/// name for the log and the attempt guard.
pub(crate) struct AboutUser<'a> {
    pub(crate) cognito: &'a Cognito,
    pub(crate) username: Result<Username, InvalidInput>,
}

impl AboutUser<'_> {
    /// Creates a call with [`Cognito::call`]. `request` creates the request from `self.username`.
    /// If the user name is invalid, `request` is not called, and the call returns the error of the
    /// user name.
    pub(crate) fn call<R, T, F: Future<Output = Result<T>> + Send + 'static>(
        self,
        operation: Operation,
        request: impl FnOnce(Username) -> Result<R, InvalidInput>,
        send: impl Fn(Arc<Inner>, R) -> F + Send + Sync + 'static,
    ) -> Call<R, T> {
        let user = self.username.as_ref().ok().cloned();
        let request = self.username.and_then(request);
        self.cognito.call(operation, request, send).user(user)
    }
}

impl<R, T> Call<R, T> {
    /// Sets the user that the call concerns, for the log and the attempt guard.
    pub(crate) fn user(mut self, user: Option<Username>) -> Self {
        self.facts.user = user;
        self
    }

    /// Marks the call as one that a caller could use to guess a secret of a user. The attempt guard
    /// then counts it.
    pub(crate) const fn guarded(mut self, purpose: Purpose) -> Self {
        self.facts.guarded = Some(purpose);
        self
    }

    /// Counts the call against `budget`, a limit on the calls from one client address. If the
    /// client's address is unknown, the call is not counted.
    pub(crate) const fn limited(mut self, budget: Budget) -> Self {
        self.facts.budget = Some(budget);
        self
    }

    /// Sets the client's address, for the attempt guard.
    pub(crate) const fn from(mut self, address: ClientAddress) -> Self {
        self.facts.address = address;
        self
    }

    /// Marks the call as shared: several callers may share one request. The call itself then does
    /// not wait for the rate limiter. Instead, `send` must wait for it ([`Inner::turn`]), so that a
    /// shared request counts once.
    pub(crate) const fn shared(mut self) -> Self {
        self.facts.shared = true;
        self
    }

    /// Marks the call as one whose result must not reveal whether the account exists. The duration
    /// of the call is then rounded up to a multiple of the configured step (default: 10
    /// milliseconds).
    pub(crate) const fn hiding_account(mut self) -> Self {
        self.facts.hides_account = true;
        self
    }

    /// Marks the call as one that only reads data. If the caller drops the future of the call, the
    /// request is canceled. The call does not count against a budget, the limit on the calls from
    /// one client address.
    pub(crate) const fn reads(mut self) -> Self {
        self.facts.reads = true;
        self.facts.budget = None;
        self
    }

    /// Converts the response with `convert`. Discards the function that was set with
    /// [`checked_by`](Self::checked_by), so call `checked_by` after this method.
    pub(crate) fn map<U>(
        self,
        convert: impl Fn(T) -> U + Clone + Send + Sync + 'static,
    ) -> Call<R, U>
    where
        R: 'static,
        T: 'static,
    {
        let send = self.send;
        Call {
            cognito: self.cognito,
            facts: self.facts,
            request: self.request,
            prepare: self.prepare,
            check: CredentialCheck::passed,
            send: Arc::new(move |inner, request| {
                let (sent, convert) = (send(inner, request), convert.clone());
                Box::pin(async move { sent.await.map(convert) })
            }),
        }
    }

    /// Sets the function that validates the request after the options are set.
    pub(crate) const fn prepared_by(mut self, prepare: Prepare<R>) -> Self {
        self.prepare = prepare;
        self
    }

    /// Sets the function that returns what a response proves about the user. Default: a response
    /// proves that the secret in the request was right ([`CredentialCheck::Passed`]).
    pub(crate) const fn checked_by(mut self, check: fn(&T) -> CredentialCheck<'_>) -> Self {
        self.check = check;
        self
    }

    /// Changes the properties of the call that are not part of the request ([`Facts`]), such as its
    /// budget.
    pub(crate) fn with_facts(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(&mut self.facts);
        self
    }

    /// Changes the request. If the request is already invalid, `change` is not called.
    pub(crate) fn set(mut self, change: impl FnOnce(&mut R)) -> Self {
        if let Ok(request) = &mut self.request {
            change(request);
        }
        self
    }

    /// Changes the request with a function that may fail. If several such changes fail, `.await`
    /// returns the error of the first one.
    pub(crate) fn try_change(
        mut self,
        change: impl FnOnce(&mut R) -> Result<(), InvalidInput>,
    ) -> Self {
        if let Ok(request) = &mut self.request
            && let Err(invalid) = change(request)
        {
            self.request = Err(invalid.into());
        }
        self
    }

    /// Changes the request with `value`. If `value` is an error, the request is never sent, and the
    /// call fails with the first such error.
    pub(crate) fn try_set<V>(
        self,
        value: Result<V, impl Into<InvalidInput>>,
        change: impl FnOnce(&mut R, V),
    ) -> Self {
        self.try_change(|request| {
            change(request, value.map_err(Into::into)?);
            Ok(())
        })
    }
}

impl<R: 'static> Call<R, ()> {
    /// Converts an empty response to a [`Done`] with this message.
    pub(crate) fn done(self, message: &'static str) -> Call<R, Done> {
        self.map(move |()| Done::new(message))
    }
}

/// Converts a value to a type of `cognito-core`, and converts the error to an [`InvalidInput`].
pub(crate) fn valid<V>(
    value: impl TryInto<V, Error: Into<InvalidInput>>,
) -> Result<V, InvalidInput> {
    value.try_into().map_err(Into::into)
}

impl<R, T> IntoFuture for Call<R, T>
where
    R: Send + 'static,
    T: Send + 'static,
{
    type Output = Result<T>;
    type IntoFuture = OperationFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            cognito,
            mut facts,
            request,
            prepare,
            check,
            send,
        } = self;
        let inner = cognito.inner;
        // Nothing is sent before the future is polled.
        let sent = request.and_then(|mut request| {
            prepare(&mut request, &mut facts)?;
            Ok(send(Arc::clone(&inner), request))
        });
        let reads = facts.reads;
        let run = async move { inner.run(&facts, sent, check).await };
        if reads {
            Box::pin(run)
        } else {
            Box::pin(RunToCompletion::new(run))
        }
    }
}

impl<R: Clone, T> Clone for Call<R, T> {
    fn clone(&self) -> Self {
        Self {
            cognito: self.cognito.clone(),
            facts: self.facts.clone(),
            request: self.request.clone(),
            prepare: self.prepare,
            check: self.check,
            send: Arc::clone(&self.send),
        }
    }
}

impl<R: fmt::Debug, T> fmt::Debug for Call<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.facts.operation)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
