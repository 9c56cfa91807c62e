//! The tracing span of an operation ([`OperationSpan`]).

use cognito_core::error::Audience;
use cognito_core::mask::tagged;
use cognito_core::{Error, Operation};
use tracing::Span;
use tracing::field::Empty;

use crate::operation::Facts;

/// The span of one operation of the facade. The spans of its calls to AWS are the children of this
/// span.
///
/// The name and the fields of the span follow OpenTelemetry's semantic conventions. Only this
/// module uses these names, because the conventions can change.
pub(crate) struct OperationSpan(pub(crate) Span);

impl OperationSpan {
    /// Creates the span of an operation. For the verification of a token, creates no span, because
    /// the verifier of `cognito-jwt` creates one if the token is not in its cache.
    pub(crate) fn new(facts: &Facts, trace_users: bool) -> Self {
        if facts.operation == Operation::VerifyToken {
            return Self(Span::none());
        }
        let operation = facts.operation.name();
        let span = tracing::info_span!(
            "operation",
            otel.name = format_args!("cognito {operation}"),
            otel.kind = "internal",
            otel.status_code = Empty,
            cognito.operation = operation,
            user.hash = Empty,
            aws.request_id = Empty,
            "error.type" = Empty,
        );
        if trace_users
            && !span.is_disabled()
            && let Some(user) = &facts.user
        {
            span.record("user.hash", tagged(user.as_str()).tag());
        }
        Self(span)
    }

    /// Records the result of the operation: the type of the error, and AWS's request id. Marks the
    /// span as failed only if an operator must be informed of the error. A wrong password, for
    /// example, is the caller's error, and does not mark the span as failed.
    pub(crate) fn end(&self, error: Option<&Error>) {
        let Some(error) = error.filter(|_| !self.0.is_disabled()) else {
            return;
        };
        self.0.record("error.type", error.type_name());
        if let Some(id) = error.request_id() {
            self.0.record("aws.request_id", id);
        }
        if error.audience() != Audience::Caller {
            self.0.record("otel.status_code", "ERROR");
        }
    }
}
