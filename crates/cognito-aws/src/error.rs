//! Converts errors of the SDK and of its connector to errors of `cognito-core`.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use cognito_core::error::sources;
use cognito_core::{Error, ErrorKind, InvalidInput, Operation};

use cognito_srp6a::SrpError;

use crate::client::is_connect_failure;
use crate::server_date::date_of;

/// Converts an error of an SDK call.
///
/// Security: the SDK's error is not kept as a source, because its `Debug` output contains the raw
/// response with tokens.
pub(crate) fn from_sdk<E>(error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + RequestId + StdError + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let (status, replied_at) = (service.raw().status(), date_of(service.raw().headers()));
            from_service(service.err(), status.as_u16()).with_replied_at(replied_at)
        }
        SdkError::TimeoutError(_) => {
            let timeout = Error::new(ErrorKind::Timeout);
            match StdError::source(&error) {
                Some(limit) => with_cause(timeout, limit),
                None => timeout,
            }
        }
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(connector) => from_connector(connector),
            None => Error::new(ErrorKind::ReplyLost),
        },
        SdkError::ResponseError(response) => unreadable(response.raw().status().as_u16()),
        SdkError::ConstructionFailure(_) => Error::new(ErrorKind::Misuse)
            .with_detail("the request could not be built: report it as an issue"),
        _ => Error::new(ErrorKind::Unknown),
    }
}

/// Creates the error for a response that is not from AWS, but from a proxy or a broken server.
///
/// For a success status, 502 and 504, the kind is [`ErrorKind::ReplyLost`]: the request may have
/// taken effect, because a proxy can lose the response of AWS. For any other status, the request is
/// assumed to have had no effect.
pub(crate) fn unreadable(status: u16) -> Error {
    let kind = match status {
        200..=299 | 502 | 504 => ErrorKind::ReplyLost,
        500..=599 => ErrorKind::Upstream,
        _ => ErrorKind::Unknown,
    };
    Error::new(kind).with_detail(format!(
        "HTTP {status} with a response that is not from AWS: check the endpoint and its proxies"
    ))
}

/// Converts the error of an invalid value in a response. The server sent the value, not the caller.
/// Therefore the kind is [`ErrorKind::Unknown`] instead of [`ErrorKind::InvalidParameter`].
pub(crate) fn from_response<T>(part: Result<T, InvalidInput>) -> Result<T, Error> {
    part.map_err(|invalid| not_valid(invalid.field()))
}

/// Creates the error for an invalid value in a response. `what` names the value.
pub(crate) fn not_valid(what: &'static str) -> Error {
    Error::new(ErrorKind::Unknown).with_detail(format!(
        "the {what} in the response is not valid: check the endpoint"
    ))
}

/// Converts an error of an SRP computation.
pub(crate) fn from_srp(error: SrpError) -> Error {
    Error::new(ErrorKind::Unknown).with_source(error)
}

/// Creates the error for a response without a required value. `what` names the value.
pub(crate) fn missing(what: &'static str) -> Error {
    Error::new(ErrorKind::Unknown)
        .with_detail(format!("the response has no {what}: check the endpoint"))
}

/// Adds the operation to the error if the operation can exceed a quota of resources, such as the
/// number of groups. `LimitExceededException` of such an operation then has the kind
/// [`ErrorKind::Quota`].
///
/// The error of any other operation is returned unchanged: its `LimitExceededException` means that
/// a user has made too many attempts, and the kind is already correct. The crate `cognito` adds the
/// operation to such an error later.
pub(crate) fn of_operation(error: Error, operation: Operation) -> Error {
    if operation.limits_resources() {
        error.with_operation(operation)
    } else {
        error
    }
}

fn from_service<E: ProvideErrorMetadata + RequestId>(error: &E, status: u16) -> Error {
    let mut ours = match error.code() {
        Some(code) => from_code(code, error.message().unwrap_or_default()),
        None => unreadable(status),
    };
    if let Some(id) = error.request_id() {
        ours = ours.with_request_id(id);
    }
    ours
}

fn from_code(code: &str, message: &str) -> Error {
    let error = Error::from_aws(code, message);
    match (code, denied_action(message)) {
        ("AccessDeniedException" | "AccessDenied", Some(action)) => {
            let is_cognito = action.starts_with(COGNITO);
            error.with_detail(if is_cognito {
                format!("missing IAM permission {action} on the user pool: add it to the policy of the role")
            } else {
                format!("missing IAM permission {action}: add it to the policy of the role")
            })
        }
        _ => error,
    }
}

/// The prefix of the IAM actions of Cognito.
const COGNITO: &str = "cognito-idp:";

/// Returns the denied action in an error message of IAM, such as `cognito-idp:ListUsers` in `User:
/// … is not authorized to perform: cognito-idp:ListUsers on resource: …`. Returns `None` if the
/// message does not contain an action of Cognito or CloudWatch.
///
/// Security: only the action is returned, because the rest of the message contains the names of
/// users.
fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("perform: ")?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let action = &rest[..end];
    let mut prefixes = [COGNITO, "cloudwatch:"].iter();
    let operation = prefixes.find_map(|prefix| action.strip_prefix(prefix))?;
    let is_name =
        (1..=64).contains(&operation.len()) && operation.bytes().all(|b| b.is_ascii_alphanumeric());
    is_name.then_some(action)
}

/// Converts a `ConnectorError` of the SDK. It means that the connector received no response, or
/// that the request could not be sent, for example because credentials are missing.
pub(crate) fn from_connector(connector: &ConnectorError) -> Error {
    if sources(connector).any(is_missing_credentials) {
        return Error::new(ErrorKind::Credentials).with_detail(
            "this operation is signed and needs AWS credentials: set AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, a profile, or a role",
        );
    }
    let error = if is_connect_failure(connector) {
        with_cause(Error::new(ErrorKind::Network), connector)
    } else if connector.is_timeout() {
        with_cause(Error::new(ErrorKind::Timeout), connector)
    } else if sources(connector).any(is_transport) {
        with_cause(Error::new(ErrorKind::ReplyLost), connector)
    } else {
        Error::new(ErrorKind::Configuration)
            .with_detail("the request could not be sent: check the URL of the endpoint")
    };
    error.with_source(Transport::new(connector))
}

/// Adds the cause of a transport error as the detail, if the cause is known.
///
/// Security: the detail is logged. It is one of the strings in [`CAUSES`], because the error of a
/// custom connector can contain anything, such as the URL of a proxy with its password.
fn with_cause(error: Error, transport: &(dyn StdError + 'static)) -> Error {
    let text = Transport::new(transport).0;
    let known = CAUSES.iter().find(|(part, _)| text.contains(part));
    match known {
        Some((_, cause)) => error.with_detail(*cause),
        None => error,
    }
}

/// Parts of the messages of `hyper`, `rustls`, the operating system and the SDK, and the causes
/// that they stand for. The first part that occurs counts.
const CAUSES: &[(&str, &str)] = &[
    (
        "dns error",
        "the host name could not be resolved: check DNS and the region",
    ),
    (
        "Connection refused",
        "the connection was refused: check the endpoint",
    ),
    (
        "invalid peer certificate",
        "the certificate of the server is not trusted: check the root certificates and the proxies",
    ),
    (
        "Network is unreachable",
        "the network is unreachable: check the routes",
    ),
    (
        "No route to host",
        "the network is unreachable: check the routes",
    ),
    (
        "HTTP connect timeout",
        "the connect timeout was exceeded: check the network, or raise it in Timeouts",
    ),
    (
        "HTTP read timeout",
        "the read timeout was exceeded: check the network, or raise it in Timeouts",
    ),
    (
        "operation attempt timeout",
        "the attempt timeout was exceeded: check the network, or raise it in Timeouts",
    ),
    (
        "operation timeout",
        "the operation timeout was exceeded: check the network, or raise it in Timeouts",
    ),
    (
        "Connection reset",
        "the connection was reset before the response was complete",
    ),
    (
        "connection closed before",
        "the connection was closed before the response was complete",
    ),
    (
        "end of file before",
        "the connection was closed before the response was complete",
    ),
];

/// Creates the error for a limit of [`Timeouts`](crate::Timeouts) that was exceeded. `limited` is
/// what the limit applies to.
pub(crate) fn timed_out(limited: &'static str, limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout).with_detail(format!(
        "{limited} took longer than {limit:?}: check the network, or raise the limit in Timeouts"
    ))
}

/// Returns `true` if the error reports missing credentials: the credentials provider found none, or
/// there is no provider. For a missing provider, the SDK returns an error of a private type. This
/// type is recognized by its `Debug` output.
fn is_missing_credentials(error: &(dyn StdError + 'static)) -> bool {
    error.is::<CredentialsError>() || format!("{error:?}").starts_with("NoMatchingAuthSchemeError")
}

/// Returns `true` if the error comes from the HTTP client or from I/O.
fn is_transport(error: &(dyn StdError + 'static)) -> bool {
    error.is::<hyper_util::client::legacy::Error>() || error.is::<std::io::Error>()
}

/// The message of a connector error, with the messages of its sources. It may contain network
/// addresses, but no part of the request.
#[derive(Debug)]
struct Transport(String);

impl Transport {
    fn new(error: &(dyn StdError + 'static)) -> Self {
        let mut text = error.to_string();
        for source in sources(error).skip(1) {
            // Many errors repeat the message of their source.
            let cause = source.to_string();
            if !text.ends_with(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
        }
        Self(text)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Transport {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denial_error_names_only_the_action() {
        let message = "User: arn:aws:iam::1:user/ann is not authorized to perform: \
                       cognito-idp:AdminGetUser on resource: arn:aws:cognito-idp:…";
        let error = from_code("AccessDeniedException", message);
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let shown = error.to_string();
        assert!(shown.contains("cognito-idp:AdminGetUser"), "{shown}");
        assert!(!shown.contains("ann"), "{shown}");
        let message = message.replace("cognito-idp:AdminGetUser", "cloudwatch:GetMetricData");
        let shown = from_code("AccessDenied", &message).to_string();
        assert!(shown.contains("cloudwatch:GetMetricData: add"), "{shown}");
        for message in [
            "",
            "perform: ",
            "perform: ssm:GetParameters",
            "perform: cognito-idp:",
            "perform: cognito-idp:ann@example.com on",
        ] {
            assert_eq!(denied_action(message), None, "{message}");
        }
        assert_eq!(
            denied_action("perform: cognito-idp:ListUsers"),
            Some("cognito-idp:ListUsers")
        );
    }
}
