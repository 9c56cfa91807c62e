//! Writes the new secret to the place from which services read it.

mod endpoint;
mod parameter_store;
mod secrets_manager;

use std::fmt;
use std::path::PathBuf;

use aws_sdk_ssm::config::Intercept;
use aws_sdk_ssm::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use cognito::config::SdkConfig;
use serde_json::json;

use self::endpoint::{NotHttps, https_only};
use super::state::Rotation;
use crate::context::Context;
use crate::endpoint::of_emulator;
use crate::failure::{Exit, Failure, Outcome};
use crate::output;
use crate::private_file;

/// The place to which the new secret is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    File(PathBuf),
    SecretsManager(String),
    Ssm(String),
    Stdout,
}

/// Writes the target as the value of `--publish`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::SecretsManager(name) => write!(f, "secretsmanager:{name}"),
            Self::Ssm(name) => write!(f, "ssm:{name}"),
            Self::Stdout => f.write_str("stdout"),
        }
    }
}

/// Parses the value of `--publish`.
pub(super) fn parse(text: &str) -> Result<Target, String> {
    match text.split_once(':') {
        None if text == "stdout" => Ok(Target::Stdout),
        Some(("file", path)) if !path.is_empty() => Ok(Target::File(path.into())),
        Some(("secretsmanager", name)) if !name.is_empty() => {
            Ok(Target::SecretsManager(name.to_owned()))
        }
        Some(("ssm", name)) if !name.is_empty() => Ok(Target::Ssm(name.to_owned())),
        _ => Err("must be stdout, file:PATH, ssm:NAME or secretsmanager:NAME".to_owned()),
    }
}

/// Writes the new secret to `target`. The operation is idempotent. If a parameter in Parameter
/// Store has an unknown value, it is replaced only if `overwrite` is `true`.
pub(super) async fn publish(
    context: &Context,
    target: &Target,
    rotation: &Rotation,
    overwrite: bool,
) -> Outcome<()> {
    let secret = &rotation.new_secret;
    match target {
        Target::Stdout => {
            let object = json!({ "client_id": rotation.client_id, "client_secret": secret });
            let fields = [
                ("client_id".to_owned(), rotation.client_id.clone()),
                ("client_secret".to_owned(), secret.clone()),
            ];
            output::record(context.global.output, &object, &fields)
        }
        Target::File(path) => {
            let shown = path.display();
            private_file::replace(path, secret.as_bytes()).map_err(|error| {
                Failure::new(Exit::Failed, format!("cannot write {shown}: {error}"))
            })?;
            context.message(&format!("{shown} has the new secret"));
            Ok(())
        }
        Target::SecretsManager(name) => {
            secrets_manager::put(context, name, rotation).await?;
            context.message(&format!("the secret {name} has the new client secret"));
            Ok(())
        }
        Target::Ssm(name) => {
            parameter_store::put(context, name, rotation, overwrite).await?;
            context.message(&format!("the parameter {name} has the new secret"));
            Ok(())
        }
    }
}

/// A service of AWS that stores the new secret.
struct Store {
    name: &'static str,
    /// The prefix of the store's IAM actions.
    prefix: &'static str,
    /// The environment variable that sets the endpoint of the store.
    endpoint_variable: &'static str,
}

impl Store {
    /// Returns the endpoint of Cognito, if it is not an endpoint of AWS. It is then the URL of an
    /// emulator, which also emulates this store. `config` has the endpoint of the AWS profile.
    fn emulator(&self, context: &Context, config: &SdkConfig) -> Option<String> {
        let cognito = context.endpoint(config);
        let url = of_emulator(cognito.as_deref())?.to_owned();
        context.message(&format!("{} has the same endpoint as Cognito", self.name));
        Some(url)
    }

    fn https_only(&self, emulator: Option<&str>) -> impl Intercept + use<> {
        https_only(self.name, self.endpoint_variable, emulator.is_some())
    }

    fn failed<E>(&self, operation: &str, error: &SdkError<E>) -> Failure
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        if let Some(message) = NotHttps::message_in(error) {
            return Failure::usage(message);
        }
        let code = error.code().map(str::to_owned);
        let exit = match code.as_deref() {
            Some("AccessDeniedException") => Exit::Permission,
            Some("ThrottlingException" | "TooManyUpdates") => Exit::Throttled,
            _ => Exit::Failed,
        };
        let hint = match code.as_deref() {
            Some("AccessDeniedException") if error.message().is_some_and(names_kms) => {
                "; the command needs the IAM actions kms:Decrypt and kms:GenerateDataKey on the key"
                    .to_owned()
            }
            Some("AccessDeniedException") => {
                let prefix = self.prefix;
                format!("; the command needs the IAM action {prefix}:{operation}")
            }
            Some("ParameterAlreadyExists") => {
                "; another process has created the parameter: run the command again".to_owned()
            }
            Some("InvalidRequestException") => {
                "; the secret is scheduled for deletion, or an AWS service manages it".to_owned()
            }
            _ => String::new(),
        };
        let reason = code.unwrap_or_else(|| reason(error));
        let name = self.name;
        Failure::new(exit, format!("{operation} of {name}: {reason}{hint}"))
    }
}

/// Returns the reason of an error that has no AWS error code, for the message of the command.
///
/// Security: if an error has a response, its text contains the response, which can contain the
/// current secret. This function returns a fixed text for such an error. The text of any other
/// error contains neither a request nor a response.
fn reason<E: std::error::Error + 'static>(error: &SdkError<E>) -> String {
    match error {
        SdkError::ResponseError(_) | SdkError::ServiceError(_) => {
            "the response is not from AWS: check the endpoint and its proxies".to_owned()
        }
        error => DisplayErrorContext(error).to_string(),
    }
}

/// Returns `true` if the message of an `AccessDeniedException` is about the KMS key that encrypts
/// the secret.
fn names_kms(message: &str) -> bool {
    message.contains("KMS") || message.contains("kms:")
}

#[cfg(test)]
mod tests {
    use aws_sdk_ssm::config::http::HttpResponse;
    use aws_sdk_ssm::operation::get_parameter::GetParameterError;

    use super::*;

    /// A proxy can cut the response that contains the current secret.
    #[test]
    fn failure_hides_unreadable_response() {
        let store = Store {
            name: "Parameter Store",
            prefix: "ssm",
            endpoint_variable: "AWS_ENDPOINT_URL_SSM",
        };
        let body = "{\"Parameter\": {\"Value\": \"the-old-secret";
        let response = || HttpResponse::new(200_u16.try_into().expect("a status"), body.into());
        let unhandled = GetParameterError::unhandled("the-old-secret");
        for error in [
            SdkError::response_error("the-old-secret", response()),
            SdkError::service_error(unhandled, response()),
        ] {
            let failure = store.failed("GetParameter", &error);
            assert!(failure.message.contains("GetParameter of Parameter Store"));
            assert!(!failure.message.contains("the-old-secret"), "{failure:?}");
        }
    }

    #[test]
    fn targets_are_parsed() {
        assert_eq!(parse("stdout"), Ok(Target::Stdout));
        assert_eq!(parse("file:a:b"), Ok(Target::File("a:b".into())));
        assert_eq!(parse("ssm:/a/b"), Ok(Target::Ssm("/a/b".to_owned())));
        let arn = "arn:aws:secretsmanager:eu-west-1:1:secret:a-bcdefg";
        let target = Target::SecretsManager(arn.to_owned());
        assert_eq!(parse(&format!("secretsmanager:{arn}")), Ok(target));
        for text in ["stdout", "file:a:b", "ssm:/a/b", "secretsmanager:a"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for wrong in ["", "file:", "ssm", "secretsmanager:", "vault:a"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
