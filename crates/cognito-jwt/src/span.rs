//! The tracing spans of the verifier.
//!
//! The names and the fields of the spans follow OpenTelemetry's semantic conventions. Only this
//! module uses these names, because the conventions can change.

use std::future::Future;

use tracing::field::{Empty, Value, debug};
use tracing::instrument::Instrumented;
use tracing::{Instrument, Span};

use crate::error::VerifyError;
use crate::jwks::source::SourceError;

/// The span of the verification of a token that was not in the token cache.
///
/// Its level is DEBUG because of its cost: a verification takes about ten microseconds, and an
/// exported span adds about one microsecond.
pub(crate) struct VerificationSpan(Span);

impl VerificationSpan {
    /// Creates the span. `token_use` is the required token use: `access` or `id`.
    pub(crate) fn new(token_use: &'static str) -> Self {
        let span = tracing::debug_span!(
            "verify_token",
            otel.name = "verify token",
            otel.kind = "internal",
            otel.status_code = Empty,
            cognito.token_use = token_use,
            "error.type" = Empty,
        );
        Self(span)
    }

    /// Runs a function in the span.
    pub(crate) fn enter<T>(&self, run: impl FnOnce() -> T) -> T {
        self.0.in_scope(run)
    }

    /// Returns a future that runs in the span.
    pub(crate) fn during<F: Future>(&self, future: F) -> Instrumented<F> {
        future.instrument(self.0.clone())
    }

    /// Records the result of the verification, and returns it. A rejected token does not mark the
    /// span as failed. Only an error that does not depend on the token, such as missing keys, marks
    /// it as failed.
    pub(crate) fn end<T>(&self, result: Result<T, VerifyError>) -> Result<T, VerifyError> {
        if let Err(error) = &result
            && !self.0.is_disabled()
        {
            self.0.record("error.type", error.reason().name());
            if error.status() == 503 {
                self.0.record("otel.status_code", "ERROR");
            }
        }
        result
    }
}

/// The span of a fetch of signing keys. It has no parent, because several verifications can wait
/// for the same fetch. The span of each of these verifications has a link to this span
/// (`follows_from`).
#[derive(Clone)]
pub(crate) struct FetchSpan(Span);

impl FetchSpan {
    /// Creates the span. `uri` is the JWKS URI.
    pub(crate) fn new(uri: &str) -> Self {
        let span = tracing::info_span!(
            parent: None,
            "fetch_signing_keys",
            otel.name = "fetch signing keys",
            otel.kind = "client",
            otel.status_code = Empty,
            url.full = uri,
            "error.type" = Empty,
        );
        Self(span)
    }

    /// Adds a link from the current span to this span. Does nothing if they are the same span.
    pub(crate) fn link(&self) {
        let current = Span::current();
        // A subscriber can deadlock if a span follows from itself.
        if !self.0.is_disabled() && current.id() != self.0.id() {
            current.follows_from(&self.0);
        }
    }

    /// Returns a future that runs a fetch in the span, and records the error of the JWKS source.
    /// `error` returns this error, or `None` if the fetch succeeded. If the future is dropped before
    /// its end, for example because the fetch took too long, records that the fetch was canceled.
    pub(crate) async fn during<T>(
        &self,
        fetch: impl Future<Output = T>,
        error: impl FnOnce(&T) -> Option<&SourceError>,
    ) -> T {
        let mut open = OpenFetch {
            span: &self.0,
            has_ended: false,
        };
        let fetched = fetch.instrument(self.0.clone()).await;
        open.has_ended = true;
        if let Some(error) = error(&fetched) {
            open.failed(debug(error.kind()));
        }
        fetched
    }
}

/// A fetch that has not ended. If it is dropped, its span is marked as failed.
struct OpenFetch<'a> {
    span: &'a Span,
    has_ended: bool,
}

impl OpenFetch<'_> {
    fn failed(&self, error_type: impl Value) {
        self.span.record("error.type", error_type);
        self.span.record("otel.status_code", "ERROR");
    }
}

impl Drop for OpenFetch<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.failed("canceled");
        }
    }
}
