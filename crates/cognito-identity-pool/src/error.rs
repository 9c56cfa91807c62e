//! Converts errors of the AWS SDK to errors of `cognito-core`.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use cognito_core::error::sources;
use cognito_core::{Error, ErrorKind};

/// Converts an error of the operation with this name.
///
/// Security: the SDK's error for a response is not kept as a source, because its `Debug` output
/// contains the raw response.
pub(crate) fn from_sdk<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static,
{
    if let Some(rejected) = rejected_before_sending(&error) {
        return rejected;
    }
    let request_id = error.request_id().map(ToOwned::to_owned);
    let ours = match &error {
        SdkError::ServiceError(response) => from_service(operation, response.err()),
        SdkError::TimeoutError(_) => of(operation, ErrorKind::Timeout),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            of(operation, ErrorKind::Timeout)
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => of(operation, ErrorKind::Network),
        SdkError::ResponseError(_) => of(operation, ErrorKind::Upstream),
        _ => of(operation, ErrorKind::Configuration),
    };
    let ours = match request_id {
        Some(id) => ours.with_request_id(&id),
        None => ours,
    };
    match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => ours,
        other => match other.into_source() {
            Ok(source) => ours.with_source(source),
            Err(_) => ours,
        },
    }
}

/// Creates the error for a response without a required value. `what` names the value.
pub(crate) fn missing(operation: &'static str, what: &'static str) -> Error {
    Error::new(ErrorKind::Unknown).with_detail(format!(
        "the response of {operation} has no valid {what}: check the endpoint"
    ))
}

/// Converts an error for a client of the AWS SDK. The error of `cognito-core` is its source.
pub(crate) fn for_sdk(error: Error) -> CredentialsError {
    match error.kind() {
        ErrorKind::Configuration | ErrorKind::Misuse | ErrorKind::NotEnabled => {
            CredentialsError::invalid_configuration(error)
        }
        _ => CredentialsError::provider_error(error),
    }
}

fn of(operation: &'static str, kind: ErrorKind) -> Error {
    Error::new(kind).with_detail(operation)
}

fn from_service(operation: &'static str, error: &impl ProvideErrorMetadata) -> Error {
    let Some(code) = error.code() else {
        return of(operation, ErrorKind::Upstream);
    };
    let message = error.message().unwrap_or_default();
    let ours = Error::from_aws(code, message);
    let ours = match kind_of(code, message) {
        Some(kind) => ours.with_kind(kind),
        None => ours,
    };
    match advice(code, ours.kind()) {
        Some(advice) => ours.with_detail(format!("{operation}: {advice}")),
        None => ours.with_detail(operation),
    }
}

/// Returns the kind of an exception of identity pools or of STS. Returns `None` for an exception
/// that has the same meaning as in user pools.
fn kind_of(code: &str, message: &str) -> Option<ErrorKind> {
    Some(match code {
        "AccessDenied" | "InvalidIdentityPoolConfigurationException" => ErrorKind::Configuration,
        "ExpiredTokenException" => ErrorKind::TokenExpired,
        "ExternalServiceException" | "IDPCommunicationError" => ErrorKind::Upstream,
        "IDPRejectedClaim" => ErrorKind::NotAuthorized,
        "InvalidIdentityToken" => ErrorKind::TokenInvalid,
        "LimitExceededException" => ErrorKind::Quota,
        "NotAuthorizedException" => not_authorized(message),
        "ResourceConflictException" => ErrorKind::Conflict,
        "ResourceNotFoundException" if message.starts_with("IdentityPool") => {
            ErrorKind::Configuration
        }
        "ResourceNotFoundException" => ErrorKind::NotFound,
        _ => return None,
    })
}

/// Returns the kind of a `NotAuthorizedException`, which has several meanings. AWS may change the
/// messages. For an unknown message, the kind is [`ErrorKind::NotAuthorized`].
fn not_authorized(message: &str) -> ErrorKind {
    const MEANINGS: [(&str, ErrorKind); 4] = [
        ("Token expired", ErrorKind::TokenExpired),
        ("not from a supported provider", ErrorKind::Configuration),
        (
            "Unauthenticated access is not supported",
            ErrorKind::NotEnabled,
        ),
        ("Invalid login token", ErrorKind::TokenInvalid),
    ];
    let known = MEANINGS.iter().find(|(part, _)| message.contains(part));
    known.map_or(ErrorKind::NotAuthorized, |(_, kind)| *kind)
}

/// Returns what an operator can do about an error.
fn advice(code: &str, kind: ErrorKind) -> Option<&'static str> {
    match (code, kind) {
        ("NotAuthorizedException", ErrorKind::Configuration) => {
            Some("add the user pool and the app client to the identity pool")
        }
        ("NotAuthorizedException", ErrorKind::NotEnabled) => {
            Some("allow guests in the identity pool, or sign the user in")
        }
        ("ResourceNotFoundException", ErrorKind::Configuration) => {
            Some("the identity pool does not exist: check its id and its region")
        }
        ("InvalidIdentityPoolConfigurationException", _) => {
            Some("set the roles of the identity pool, and let their trust policies allow it")
        }
        ("AccessDenied", _) => {
            Some("allow the identity pool in the trust policy of the role of the basic flow")
        }
        _ => None,
    }
}

/// Returns the error with which [`check_endpoint`](crate::plain_http::check_endpoint) has rejected
/// the request. Returns `None` if it has not rejected the request.
fn rejected_before_sending(error: &(dyn StdError + 'static)) -> Option<Error> {
    sources(error).find_map(|error| error.downcast_ref::<Error>().cloned())
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn converted(code: &str, message: &str) -> Error {
        let error = ErrorMetadata::builder().code(code).message(message).build();
        from_service("GetId", &error)
    }

    #[test]
    fn exceptions_have_kinds() {
        let expired = "Invalid login token. Token expired: 2 >= 1";
        let provider = "Token is not from a supported provider of this identity pool.";
        let guests = "Unauthenticated access is not supported for this identity pool.";
        for (code, message, kind) in [
            ("NotAuthorizedException", expired, ErrorKind::TokenExpired),
            ("NotAuthorizedException", provider, ErrorKind::Configuration),
            ("NotAuthorizedException", guests, ErrorKind::NotEnabled),
            (
                "NotAuthorizedException",
                "Invalid login token. Not a Cognito token.",
                ErrorKind::TokenInvalid,
            ),
            (
                "NotAuthorizedException",
                "Logins don't match.",
                ErrorKind::NotAuthorized,
            ),
            (
                "ResourceNotFoundException",
                "IdentityPool 'us-east-1:1' not found.",
                ErrorKind::Configuration,
            ),
            (
                "ResourceNotFoundException",
                "Identity 'us-east-1:1' not found.",
                ErrorKind::NotFound,
            ),
            ("TooManyRequestsException", "", ErrorKind::Throttled),
            ("ResourceConflictException", "", ErrorKind::Conflict),
            ("LimitExceededException", "", ErrorKind::Quota),
            ("ExternalServiceException", "", ErrorKind::Upstream),
            ("InternalErrorException", "", ErrorKind::Upstream),
            ("InvalidParameterException", "", ErrorKind::InvalidParameter),
            ("ExpiredTokenException", "", ErrorKind::TokenExpired),
            ("AnotherException", "", ErrorKind::Unknown),
        ] {
            assert_eq!(converted(code, message).kind(), kind, "{code}: {message}");
        }
    }

    #[test]
    fn display_names_operation_and_advice() {
        let error = converted("InvalidIdentityPoolConfigurationException", "secret");
        let shown = error.to_string();
        assert!(shown.contains("GetId: set the roles"), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
        let unreadable = from_service("GetId", &ErrorMetadata::builder().build());
        assert_eq!(unreadable.kind(), ErrorKind::Upstream);
    }

    #[test]
    fn settings_are_errors_of_the_configuration() {
        let shown = |kind| format!("{:?}", for_sdk(Error::new(kind)));
        assert!(shown(ErrorKind::Configuration).starts_with("InvalidConfiguration"));
        assert!(shown(ErrorKind::Throttled).starts_with("ProviderError"));
    }
}
