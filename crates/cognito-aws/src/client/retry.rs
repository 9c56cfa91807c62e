//! Decides which failed requests to Cognito are retried.
//!
//! The rules of the SDK do not fit Cognito, for two reasons:
//!
//! - They retry `LimitExceededException`. Cognito returns it if a user has made too many attempts,
//!   and each retry counts as another attempt.
//! - They retry a request whose response was lost. Such a request may have used up a code or
//!   created an account. The retry then returns another error, such as `UsernameExistsException`.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use cognito_core::error::sources;

/// A retry classifier, which forbids some of the retries of the SDK.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Retries {
    /// Allows all retries of the SDK, except after errors that report a limit on the attempts of a
    /// user.
    Allowed,
    /// Allows retries only if the request certainly had no effect: no connection was made, or AWS
    /// throttled the request.
    UnlessApplied,
}

impl ClassifyRetry for Retries {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let code = context.response().and_then(error_code);
        let permitted = match (self, code.as_deref()) {
            (_, Some("LimitExceededException" | "TooManyFailedAttemptsException")) => false,
            (Self::Allowed, _) | (Self::UnlessApplied, Some("TooManyRequestsException")) => true,
            (Self::UnlessApplied, Some(code)) => code.starts_with("Throttl"),
            (Self::UnlessApplied, None) => never_sent(error),
        };
        if permitted {
            RetryAction::NoActionIndicated
        } else {
            RetryAction::RetryForbidden
        }
    }

    fn name(&self) -> &'static str {
        "Cognito retry classifier"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Returns the error code in a response of AWS. AWS writes the code into a header. Some emulators
/// do not send this header, and write the code into the body. Returns `None` if there is no code.
pub(crate) fn error_code(response: &HttpResponse) -> Option<String> {
    let code = match response.headers().get("x-amzn-errortype") {
        Some(header) => header.to_owned(),
        None => serde_json::from_slice::<serde_json::Value>(response.body().bytes()?)
            .ok()?
            .get("__type")?
            .as_str()?
            .to_owned(),
    };
    // `NotAuthorizedException:`, `com.amazonaws…#NotAuthorizedException`
    let code = code.split(':').next()?;
    Some(code.rsplit('#').next()?.to_owned())
}

/// Returns `true` if the request was certainly not sent, because no connection was made.
fn never_sent<E: StdError>(error: &OrchestratorError<E>) -> bool {
    error
        .as_connector_error()
        .is_some_and(|error| is_connect_failure(error))
}

/// Returns `true` if the error means that no connection was made. The request then had no effect.
pub(crate) fn is_connect_failure(error: &(dyn StdError + 'static)) -> bool {
    sources(error)
        .find_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>())
        .is_some_and(hyper_util::client::legacy::Error::is_connect)
}
