//! The errors of calls to Parameter Store.

use std::error::Error as StdError;

use aws_config::Region;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::operation::RequestId;
use aws_sdk_ssm::operation::get_parameters::GetParametersError;
use cognito_core::{Error, ErrorKind};

/// Converts an error of the AWS SDK to an [`Error`]. If an IAM permission is missing, the error's
/// detail text contains the name of the permission.
pub(super) fn explain(
    error: SdkError<GetParametersError>,
    region: Option<&Region>,
    prefix: &str,
) -> Error {
    if let Some(rejected) = rejected_before_sending(&error) {
        return rejected;
    }
    let ours = match &error {
        SdkError::ServiceError(answer) => from_answer(answer.err(), region, prefix),
        SdkError::TimeoutError(_) => Error::new(ErrorKind::Timeout),
        _ if has_no_credentials(&error) => Error::new(ErrorKind::Credentials).with_detail(
            "Parameter Store needs AWS credentials, and there are none: give the process a role",
        ),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            Error::new(ErrorKind::Timeout)
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => Error::new(ErrorKind::Network),
        SdkError::ResponseError(_) => Error::new(ErrorKind::Upstream),
        _ => Error::new(ErrorKind::Configuration),
    };
    let ours = match error.request_id() {
        Some(id) => ours.with_request_id(id),
        None => ours,
    };
    match error {
        // Security: the `Debug` of a response shows its body, which contains the parameters, and a
        // parse error may show a part of it.
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => ours,
        other => match other.into_source() {
            Ok(source) => ours.with_source(source),
            Err(_) => ours,
        },
    }
}

fn from_answer(answer: &GetParametersError, region: Option<&Region>, prefix: &str) -> Error {
    let code = answer.code().unwrap_or_default();
    let message = answer.message().unwrap_or_default();
    if answer.is_internal_server_error() {
        return Error::new(ErrorKind::Upstream);
    }
    if answer.is_invalid_key_id() {
        return Error::new(ErrorKind::Configuration)
            .with_detail("the KMS key of an encrypted parameter cannot be used: enable the key");
    }
    if code != "AccessDeniedException" {
        return Error::from_aws(code, message);
    }
    let region = region.map_or("*", AsRef::as_ref);
    let missing = if message.contains("kms:") || message.contains("KMS") {
        format!("missing IAM permission kms:Decrypt on the key of the parameters {prefix}/*")
    } else {
        format!(
            "missing IAM permission ssm:GetParameters on arn:aws:ssm:{region}:*:parameter{prefix}/*"
        )
    };
    Error::from_aws(code, message).with_detail(missing)
}

/// Returns the error of [`PlainHttp`](super::plain_http::PlainHttp) if this interceptor stopped the
/// request, otherwise `None`.
fn rejected_before_sending(error: &(dyn StdError + 'static)) -> Option<Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(ours) = error.downcast_ref::<Error>() {
            return Some(ours.clone());
        }
        next = error.source();
    }
    None
}

/// Returns `true` if the request could not be signed: a provider found no credentials, or there is
/// no provider. The SDK's type for the second case is not public, so the `Debug` output is searched
/// for its name.
fn has_no_credentials(error: &(dyn StdError + 'static)) -> bool {
    let mut next = error.source();
    while let Some(error) = next {
        if error.is::<CredentialsError>()
            || format!("{error:?}").starts_with("NoMatchingAuthSchemeError")
        {
            return true;
        }
        next = error.source();
    }
    false
}
