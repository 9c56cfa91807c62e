//! The one wrapper round every operation: validate, guard, call, measure, log.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cognito_cache::{AttemptSubject, Purpose};
use cognito_core::{Error, ErrorKind, Event, EventSink, Operation, Result, Username, masked};

use crate::Cognito;

/// What awaiting an operation's builder runs.
pub type OperationFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Makes a builder awaitable: `.await` runs its `send`.
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

/// The setters that operations with Lambda triggers have in common.
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

/// The setter of operations at which a person can guess.
macro_rules! with_client_address {
    ($builder:ident) => {
        impl $builder<'_> {
            /// Where the person's request came from. The attempt guard then locks out the one who
            /// guesses, and not the account that they guess at. Take it from a proxy header only
            /// if the proxy is yours.
            pub const fn client_address(mut self, address: std::net::IpAddr) -> Self {
                self.client_address = Some(address);
                self
            }
        }
    };
}

pub(crate) use {awaitable, with_client_address, with_client_metadata};

/// What the wrapper needs to know of a call.
pub(crate) struct Call<'a> {
    operation: Operation,
    user: Option<&'a Username>,
    guarded: Option<(Purpose, Option<IpAddr>)>,
}

impl<'a> Call<'a> {
    pub(crate) const fn new(operation: Operation) -> Self {
        Self {
            operation,
            user: None,
            guarded: None,
        }
    }

    /// Whom the call is about, unless what was typed is no name.
    pub(crate) const fn user(mut self, user: Option<&'a Username>) -> Self {
        self.user = user;
        self
    }

    /// The call lets somebody guess a secret: it is counted by the attempt guard.
    pub(crate) const fn guarded(mut self, purpose: Purpose, address: Option<IpAddr>) -> Self {
        self.guarded = Some((purpose, address));
        self
    }
}

impl Cognito {
    /// Runs one operation: `request` is its checked input (or what is wrong with it), `send` makes
    /// the call.
    pub(crate) async fn perform<R, T, F>(
        &self,
        call: Call<'_>,
        request: Result<R>,
        send: impl FnOnce(R) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let start = self.inner.clock.monotonic();
        let result = match request {
            Ok(request) => self.admitted(&call, request, send).await,
            Err(error) => Err(error),
        };
        let result = result.map_err(|error| error.with_operation(call.operation));
        let duration = self.inner.clock.monotonic().saturating_sub(start);
        self.finished(&call, result.as_ref().err(), duration);
        result
    }

    async fn admitted<R, T, F>(
        &self,
        call: &Call<'_>,
        request: R,
        send: impl FnOnce(R) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        if self.inner.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::ShuttingDown));
        }
        let (Some((purpose, address)), Some(user)) = (call.guarded, call.user) else {
            return send(request).await;
        };
        let mut subject = AttemptSubject::new(purpose, user.as_str());
        if let Some(address) = address {
            subject = subject.with_address(address);
        }
        let attempt = match self.inner.attempts.admit(subject).await {
            Ok(attempt) => attempt,
            Err(error) => {
                let operation = call.operation;
                self.record(&Event::AttemptRefused { operation });
                return Err(error);
            }
        };
        let result = send(request).await;
        match &result {
            Ok(_) => attempt.succeeded().await,
            Err(error) if error.kind().is_wrong_secret() => attempt.failed().await,
            Err(_) => attempt.undecided().await,
        }
        result
    }

    fn finished(&self, call: &Call<'_>, error: Option<&Error>, duration: Duration) {
        let operation = call.operation;
        self.record(&Event::OperationFinished {
            operation,
            duration,
            error,
        });
        let user = call.user.map(|user| masked(user.as_str()));
        let user = user.as_ref().map(tracing::field::display);
        let elapsed_ms = duration.as_secs_f64() * 1000.0;
        let operation = operation.name();
        match error {
            None => tracing::debug!(operation, user, elapsed_ms, "done"),
            Some(error) if error.status() >= 500 => {
                let request_id = error.request_id();
                tracing::warn!(operation, user, elapsed_ms, request_id, %error, "failed");
            }
            Some(error) => {
                tracing::info!(operation, user, elapsed_ms, %error, "refused");
            }
        }
    }

    pub(crate) fn record(&self, event: &Event<'_>) {
        self.inner.events.record(event);
    }
}
