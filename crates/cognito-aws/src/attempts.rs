//! Records the attempts of each call to AWS in a tracing span and in the error of the call.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::config::Region;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use cognito_core::error::{Attempt, Attempts};
use cognito_core::{Clock, Error, ErrorKind, Event, EventSink, Operation, Result};
use parking_lot::Mutex;
use tracing::Span;
use tracing::field::{self, Empty};

use crate::client::{error_code, is_connect_failure};

tokio::task_local! {
    /// The recorder of the call to AWS that the current task makes.
    static CURRENT: Arc<Recorder>;
}

/// Runs a call of the AWS SDK in a new span. If the call fails, adds its attempts to the error.
pub(crate) async fn recorded<T>(
    operation: Operation,
    call: impl Future<Output = Result<T>>,
) -> Result<T> {
    let recorder = Arc::new(Recorder {
        operation,
        span: span(operation),
        state: Mutex::default(),
    });
    let result = CURRENT.scope(Arc::clone(&recorder), call).await;
    let attempts = recorder.finish(result.as_ref().err().map(Error::type_name));
    match attempts.is_empty() {
        true => result,
        false => result.map_err(|error| error.with_attempts(attempts)),
    }
}

/// Creates the span of a call to Cognito. The name and the fields of the span follow
/// OpenTelemetry's semantic conventions for AWS SDKs. Only this module uses these names, because
/// the conventions can change.
fn span(operation: Operation) -> Span {
    let method = operation.name();
    tracing::info_span!(
        "aws_sdk_call",
        otel.name = format_args!("CognitoIdentityProvider.{method}"),
        otel.kind = "client",
        otel.status_code = Empty,
        rpc.system = "aws-api",
        rpc.service = "CognitoIdentityProvider",
        rpc.method = method,
        cloud.region = Empty,
        aws.request_id = Empty,
        http.response.status_code = Empty,
        http.request.resend_count = Empty,
        "error.type" = Empty,
        cognito.attempts = Empty,
    )
}

/// The clock and the event sink of the AWS adapter.
#[derive(Debug)]
pub(crate) struct Observer {
    clock: Arc<dyn Clock>,
    events: Arc<dyn EventSink>,
}

impl Observer {
    pub(crate) fn new(clock: Arc<dyn Clock>, events: Arc<dyn EventSink>) -> Self {
        Self { clock, events }
    }
}

/// The span of one HTTP request to an OAuth 2.0 endpoint. The name and the fields of the span
/// follow OpenTelemetry's semantic conventions for HTTP clients.
pub(crate) struct HttpSpan<'a> {
    span: Span,
    operation: Operation,
    events: &'a dyn EventSink,
    has_ended: bool,
}

impl<'a> HttpSpan<'a> {
    /// Creates the span of a request. `url` must contain no secret. `resent` is the number of
    /// earlier attempts to send the request.
    pub(crate) fn new(
        operation: Operation,
        method: &'static str,
        url: &str,
        resent: u32,
        events: &'a dyn EventSink,
    ) -> Self {
        let span = tracing::info_span!(
            "http_request",
            otel.name = method,
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = method,
            http.request.resend_count = (resent > 0).then_some(resent),
            http.response.status_code = Empty,
            url.full = url,
            "error.type" = Empty,
        );
        Self {
            span,
            operation,
            events,
            has_ended: false,
        }
    }

    /// Records the status of the response.
    pub(crate) fn status(&self, status: u16) {
        self.span.record("http.response.status_code", status);
    }

    /// Records the result of the request: its error, if it failed.
    pub(crate) fn end<T>(mut self, result: &Result<T>) {
        self.finish(
            result
                .as_ref()
                .err()
                .map(|error| (error.kind(), error.type_name())),
        );
    }

    fn finish(&mut self, error: Option<(ErrorKind, &'static str)>) {
        self.has_ended = true;
        let kind = error.map(|(kind, _)| kind);
        // If no connection was made, nothing was sent.
        if kind != Some(ErrorKind::Network) {
            let throttled = u32::from(kind == Some(ErrorKind::Throttled));
            let event = Event::requests_sent(self.operation, 1, throttled);
            self.events.record(&event);
        }
        if let Some((_, error)) = error {
            describe(&self.span, error);
        }
    }
}

/// Records a request whose caller was dropped before the response, for example by a timeout.
impl Drop for HttpSpan<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.finish(Some((ErrorKind::Timeout, CANCELED)));
        }
    }
}

/// Records an error on a span, and marks the span as failed.
fn describe(span: &Span, error: &'static str) {
    span.record("error.type", error);
    span.record("otel.status_code", "ERROR");
}

/// The recorder of one call to AWS. It has the span and the attempts of the call.
struct Recorder {
    operation: Operation,
    span: Span,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    attempts: Vec<Attempt>,
    /// The clock and the event sink. `None` before the first attempt.
    observer: Option<Arc<Observer>>,
    /// The number of requests that were sent. An attempt whose connection failed sends none.
    sent: u32,
    /// AWS's request id in the last response, for the span. `None` if there was no response, or if
    /// the span is disabled.
    request_id: Option<String>,
    /// The AWS region, for the span. `None` before the first attempt, or if the span is disabled.
    region: Option<Region>,
    /// The start of the attempt in progress, by the monotonic clock. `None` if no attempt is in
    /// progress.
    started_at: Option<Duration>,
    /// The end of the last attempt, by the monotonic clock.
    ended_at: Option<Duration>,
}

impl State {
    fn start(&mut self, observer: &Arc<Observer>) {
        self.started_at = Some(observer.clock.monotonic());
        self.observer.get_or_insert_with(|| Arc::clone(observer));
    }

    /// Ends the attempt in progress. Does nothing if no attempt is in progress.
    fn end(&mut self, status: Option<u16>, is_throttled: bool) {
        let (Some(started_at), Some(observer)) = (self.started_at.take(), &self.observer) else {
            return;
        };
        self.sent = self.sent.saturating_add(1);
        let now = observer.clock.monotonic();
        let delay = self
            .ended_at
            .map_or(Duration::ZERO, |ended| started_at.saturating_sub(ended));
        let attempt = Attempt::new(delay, now.saturating_sub(started_at), status);
        self.attempts.push(attempt.throttled(is_throttled));
        self.ended_at = Some(now);
    }
}

impl Recorder {
    /// Records the result of the call, and returns its attempts. `error` is the type of the error.
    /// An attempt that is still open was canceled by a timeout. Later calls do nothing.
    fn finish(&self, error: Option<&'static str>) -> Vec<Attempt> {
        let mut state = std::mem::take(&mut *self.state.lock());
        state.end(None, false);
        if let Some(observer) = &state.observer {
            let throttled = state.attempts.iter().filter(|it| it.is_throttled).count();
            let throttled = u32::try_from(throttled).unwrap_or(u32::MAX);
            let event = Event::requests_sent(self.operation, state.sent, throttled);
            observer.events.record(&event);
        }
        if !self.span.is_disabled() {
            self.describe(&state);
            if let Some(error) = error {
                describe(&self.span, error);
            }
        }
        state.attempts
    }

    /// Records the attempts on the span. All fields are recorded in one call, because each call
    /// costs a layer of the subscriber several memory allocations.
    fn describe(&self, state: &State) {
        let attempts = &state.attempts;
        let last = attempts.last();
        let resent = attempts.len().saturating_sub(1);
        tracing::record_all!(
            self.span,
            cloud.region = state.region.as_ref().map(AsRef::<str>::as_ref),
            aws.request_id = state.request_id.as_deref(),
            http.response.status_code = last.and_then(|last| last.status),
            cognito.attempts = last.map(|_| field::display(Attempts::new(attempts))),
            http.request.resend_count = (resent > 0).then_some(resent),
        );
    }
}

/// Records a call whose caller was dropped before the response.
impl Drop for Recorder {
    fn drop(&mut self) {
        if self.state.get_mut().observer.is_some() {
            self.finish(Some(CANCELED));
        }
    }
}

/// The type of the error of a call whose caller was dropped before the response.
const CANCELED: &str = "canceled";

/// The maximum length of a request id in a span, in bytes.
const LONGEST_ID: usize = 128;

/// An interceptor that records the start and the end of each attempt in the call's [`Recorder`].
#[derive(Clone, Debug)]
pub(crate) struct RecordAttempts(pub(crate) Arc<Observer>);

impl Intercept for RecordAttempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    // Not `read_before_attempt`: no request is sent if credentials are missing.
    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        // Fails if the task has no recorder. Then nothing is recorded.
        let _ = CURRENT.try_with(|recorder| {
            let mut state = recorder.state.lock();
            state.start(&self.0);
            if state.region.is_none() && !recorder.span.is_disabled() {
                state.region = config.load::<Region>().cloned();
            }
        });
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let _ = CURRENT.try_with(|recorder| {
            let response = context.response();
            let status = response.map(|response| response.status().as_u16());
            let is_throttled = response.is_some_and(is_throttled);
            let id = response.and_then(|it| it.headers().get("x-amzn-requestid"));
            let id = id.filter(|_| !recorder.span.is_disabled());
            let mut state = recorder.state.lock();
            state.request_id =
                id.map(|id| id.split_at(id.floor_char_boundary(LONGEST_ID)).0.to_owned());
            state.end(status, is_throttled);
            if is_never_sent(context) {
                state.sent = state.sent.saturating_sub(1);
            }
        });
        Ok(())
    }
}

/// Returns `true` if no connection was made.
fn is_never_sent(context: &FinalizerInterceptorContextRef<'_>) -> bool {
    let Some(Err(error)) = context.output_or_error() else {
        return false;
    };
    let connector = error.as_connector_error();
    connector.is_some_and(|error| is_connect_failure(error))
}

fn is_throttled(response: &HttpResponse) -> bool {
    if response.status().is_success() {
        return false;
    }
    let code = error_code(response).unwrap_or_default();
    Error::from_aws(&code, "").kind() == ErrorKind::Throttled
}
