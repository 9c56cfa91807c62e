//! The steps of every operation: validate, admit, send, measure, log.

use std::sync::atomic::Ordering;
use std::time::Duration;

use cognito_cache::{Budget, Purpose};
use cognito_core::error::{Attempts, Audience, Substitute};
use cognito_core::id::DeviceKey;
use cognito_core::mask::tagged;
use cognito_core::{Error, ErrorKind, Event, EventSink, Operation, Result, Username};
use tracing::Instrument;

use crate::attempt_guard::{ClientAddress, CredentialCheck};
use crate::cognito::Inner;
use crate::span::OperationSpan;

/// The properties of a call, such as its operation and its user, that [`Inner::run`] needs.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) operation: Operation,
    /// The user that the call concerns. `None` if the call concerns no user, or if the name is
    /// invalid.
    pub(crate) user: Option<Username>,
    /// The purpose for which the attempt guard counts the call. `None` if the call contains no
    /// secret that can be guessed.
    pub(crate) guarded: Option<Purpose>,
    /// The budget against which the call counts. A budget limits the calls from one client address.
    /// `None` if no budget applies.
    pub(crate) budget: Option<Budget>,
    pub(crate) address: ClientAddress,
    pub(crate) device: Option<DeviceKey>,
    /// `true` if several callers may share one request. The function that sends the request must
    /// then wait for the rate limiter, so that a shared request counts once.
    pub(crate) shared: bool,
    /// `true` if the call only reads data. If the caller drops the future of such a call, the call
    /// is canceled. A call that changes data is not canceled and continues to its end.
    pub(crate) reads: bool,
    /// `true` if the result must not reveal whether an account exists, even if the call succeeds.
    pub(crate) hides_account: bool,
}

impl Facts {
    pub(crate) const fn new(operation: Operation) -> Self {
        Self {
            operation,
            user: None,
            guarded: None,
            budget: None,
            address: ClientAddress::UNKNOWN,
            device: None,
            shared: false,
            reads: false,
            hides_account: false,
        }
    }
}

impl Inner {
    /// Runs one operation in its own tracing span. `call` sends the request, or is the error of an
    /// invalid request. `check` returns what a successful response proves about the user, for
    /// example that the password was right. The attempt guard needs this result.
    pub(crate) async fn run<T>(
        &self,
        facts: &Facts,
        call: Result<impl Future<Output = Result<T>>>,
        check: fn(&T) -> CredentialCheck<'_>,
    ) -> Result<T> {
        let start = self.clock.monotonic();
        let span = OperationSpan::new(facts, self.trace_users);
        let run = self.run_in(&span, facts, call, check);
        let result = run.instrument(span.0.clone()).await;
        // Security: the span is exported before the duration is rounded up, because the export of a
        // failed operation can take longer.
        drop(span);
        if facts.hides_account || result.as_ref().is_err_and(Error::reveals_account) {
            self.response_step.round_up(&*self.clock, start).await;
        }
        result
    }

    async fn run_in<T>(
        &self,
        span: &OperationSpan,
        facts: &Facts,
        call: Result<impl Future<Output = Result<T>>>,
        check: fn(&T) -> CredentialCheck<'_>,
    ) -> Result<T> {
        let start = self.clock.monotonic();
        let result = match call {
            Err(error) => Err(error),
            Ok(_) if self.closed.load(Ordering::Acquire) => {
                Err(Error::new(ErrorKind::ShuttingDown))
            }
            Ok(call) => {
                let call = async {
                    if !facts.shared {
                        self.turn(facts.operation).await?;
                    }
                    call.await
                };
                self.guarded(facts, call, check).await
            }
        };
        let result = result.map_err(|error| error.with_operation(facts.operation));
        let duration = self.clock.monotonic().saturating_sub(start);
        span.end(result.as_ref().err());
        self.finished(facts, result.as_ref().err(), duration);
        result
    }

    /// Waits until the rate limiter admits a call of this operation. Without a rate limiter,
    /// returns immediately. Fails with [`ErrorKind::Throttled`] if the wait would be too long.
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

    /// Records the result of an operation: as an event, in the list of faults for health reports,
    /// and in the log.
    fn finished(&self, facts: &Facts, error: Option<&Error>, duration: Duration) {
        let event = Event::operation_finished(facts.operation, duration, error);
        self.events.record(&event);
        self.faults.finished(facts.operation, error, &*self.clock);
        let user = facts.user.as_ref().map(|user| tagged(user.as_str()));
        let user = user.as_ref().map(tracing::field::display);
        let elapsed_ms = duration.as_secs_f64() * 1000.0;
        let operation = facts.operation.name();
        let Some(error) = error else {
            tracing::debug!(operation, user, elapsed_ms, "done");
            return;
        };
        let exception = error.type_name();
        let request_id = error.request_id();
        let attempts = error.attempts().len();
        let attempt_times = (attempts > 0).then(|| Attempts::new(error.attempts()));
        let attempt_times = attempt_times.as_ref().map(tracing::field::display);
        // The fields of all three lines are the same, except for AWS's message.
        macro_rules! log {
            ($level:ident, $message:literal $(, $field:ident)*) => {
                tracing::$level!(
                    operation, user, elapsed_ms, exception, $($field,)* request_id, attempts,
                    attempt_times, %error, $message
                )
            };
        }
        if error.audience() != Audience::Caller {
            let aws_message = error.operator_message();
            log!(warn, "failed", aws_message);
        } else if is_shown_as_sent(error) {
            // Security: logged at the same level as a code that was sent. A line only for unknown
            // users would take time that an attacker can measure.
            log!(debug, "rejected");
        } else {
            log!(info, "rejected");
        }
    }

    /// Logs an error that the response hides, and records it for health reports. The caller
    /// receives a success instead, or the error of a wrong secret.
    pub(crate) fn note_hidden(&self, error: &Error) {
        let Some(operation) = error.operation() else {
            return;
        };
        self.faults.hidden(operation, error, &*self.clock);
        if error.audience() != Audience::Caller {
            let exception = error.type_name();
            let aws_message = error.operator_message();
            let request_id = error.request_id();
            let attempts = error.attempts().len();
            let operation = operation.name();
            tracing::warn!(
                operation, exception, aws_message, request_id, attempts, %error,
                "failed, and the response does not say so"
            );
        }
    }
}

/// Returns `true` if the public response to this error must be the success response (a code was
/// sent). Another response would reveal whether an account exists.
fn is_shown_as_sent(error: &Error) -> bool {
    error.substitute() == Some(Substitute::CodeSent)
}
