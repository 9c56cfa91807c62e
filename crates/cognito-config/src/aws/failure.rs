//! The errors of calls to AWS services that contain settings.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use cognito_core::error::sources;
use cognito_core::{Error, ErrorKind};

/// The description of a failed call to an AWS service, for error messages.
pub(crate) struct Failed {
    /// The name of the service, such as `Parameter Store`.
    pub(crate) service: &'static str,
    /// The missing IAM action and its resource, such as `ssm:GetParameters on arn:…`.
    pub(crate) action: String,
    /// The settings that the KMS key encrypts, such as `the parameters /cognito/*`.
    pub(crate) encrypted: String,
}

impl Failed {
    /// Converts an error of the AWS SDK to an [`Error`]. If an IAM permission is missing, the
    /// error's detail contains the name of the permission.
    pub(crate) fn explain<E>(&self, error: SdkError<E, HttpResponse>) -> Error
    where
        E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static,
    {
        if let Some(rejected) = rejected_before_sending(&error) {
            return rejected;
        }
        let ours = match &error {
            SdkError::ServiceError(answer) => self.answered(answer.err()),
            SdkError::TimeoutError(_) => Error::new(ErrorKind::Timeout),
            _ if has_no_credentials(&error) => {
                let service = self.service;
                Error::new(ErrorKind::Credentials).with_detail(format!(
                    "{service} needs AWS credentials, and there are none: give the process a role"
                ))
            }
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
            // Security: the `Debug` of a response shows its body, which contains the settings, and
            // a parse error may show a part of it.
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => ours,
            other => match other.into_source() {
                Ok(source) => ours.with_source(source),
                Err(_) => ours,
            },
        }
    }

    fn answered(&self, answer: &impl ProvideErrorMetadata) -> Error {
        let code = answer.code().unwrap_or_default();
        let message = answer.message().unwrap_or_default();
        let unusable_key = || {
            let encrypted = &self.encrypted;
            Error::new(ErrorKind::Configuration).with_detail(format!(
                "the KMS key of {encrypted} cannot be used: enable the key"
            ))
        };
        match code {
            "InternalServerError" | "InternalServiceError" => Error::new(ErrorKind::Upstream),
            "InvalidKeyId" | "DecryptionFailure" => unusable_key(),
            "InvalidRequestException" => {
                let encrypted = &self.encrypted;
                Error::new(ErrorKind::Configuration).with_detail(format!(
                    "{encrypted} cannot be read: restore it if its deletion is scheduled"
                ))
            }
            "AccessDeniedException" => {
                let missing = if message.contains("kms:") || message.contains("KMS") {
                    format!("kms:Decrypt on the key of {}", self.encrypted)
                } else {
                    self.action.clone()
                };
                let missing = format!("missing IAM permission {missing}");
                Error::from_aws(code, message).with_detail(missing)
            }
            _ => Error::from_aws(code, message),
        }
    }
}

/// Returns the error of [`PlainHttp`](super::plain_http::PlainHttp) if this interceptor stopped the
/// request, otherwise `None`.
fn rejected_before_sending(error: &(dyn StdError + 'static)) -> Option<Error> {
    sources(error).find_map(|error| error.downcast_ref::<Error>().cloned())
}

/// Returns `true` if the request could not be signed: a provider found no credentials, or there is
/// no provider. The SDK's type for the second case is not public, so the `Debug` output is searched
/// for its name.
fn has_no_credentials(error: &(dyn StdError + 'static)) -> bool {
    sources(error).skip(1).any(|error| {
        error.is::<CredentialsError>()
            || format!("{error:?}").starts_with("NoMatchingAuthSchemeError")
    })
}
