//! Writes the new secret to the place from which services read it.

use std::env;
use std::path::PathBuf;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::Builder;
use aws_sdk_ssm::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterType};
use serde_json::json;

use super::state::Rotation;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::output;
use crate::private_file;

/// Where the new secret is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    File(PathBuf),
    Ssm(String),
    Stdout,
}

/// Parses the value of `--publish`.
pub(super) fn parse(text: &str) -> Result<Target, String> {
    match text.split_once(':') {
        None if text == "stdout" => Ok(Target::Stdout),
        Some(("file", path)) if !path.is_empty() => Ok(Target::File(path.into())),
        Some(("ssm", name)) if !name.is_empty() => Ok(Target::Ssm(name.to_owned())),
        _ => Err("must be stdout, file:PATH or ssm:NAME".to_owned()),
    }
}

/// Writes the new secret. A repetition has the same effect.
pub(super) async fn publish(
    context: &Context,
    target: &Target,
    rotation: &Rotation,
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
        Target::Ssm(name) => {
            put(context, name, secret).await?;
            context.message(&format!("the parameter {name} has the new secret"));
            Ok(())
        }
    }
}

/// Writes a `SecureString`. An existing parameter keeps its KMS key.
async fn put(context: &Context, name: &str, secret: &str) -> Outcome<()> {
    let client = client(context).await?;
    let filter = ParameterStringFilter::builder()
        .key("Name")
        .option("Equals")
        .values(name)
        .build()
        .map_err(|error| Failure::usage(error.to_string()))?;
    let known = client.describe_parameters().parameter_filters(filter);
    let known = known.send().await;
    let known = known.map_err(|error| failed("DescribeParameters", &error))?;
    let known = known.parameters().first();
    if known.is_some_and(|known| known.r#type() != Some(&ParameterType::SecureString)) {
        let text = format!("the parameter {name} is not a SecureString: delete it first");
        return Err(Failure::usage(text));
    }
    let key = known.and_then(|known| known.key_id()).map(str::to_owned);
    let sent = client
        .put_parameter()
        .name(name)
        .value(secret)
        .r#type(ParameterType::SecureString)
        .set_key_id(key)
        .overwrite(true)
        .send();
    sent.await.map_err(|error| failed("PutParameter", &error))?;
    Ok(())
}

/// Returns a client for Parameter Store in the region of the pool. It uses the endpoint of an
/// emulator (plain `http`), because the emulator also has a Parameter Store.
async fn client(context: &Context) -> Outcome<Client> {
    let config = context.aws_config().await?;
    let emulator = context.global.endpoint_url.as_deref();
    let emulator = emulator.filter(|url| url.starts_with("http://"));
    let other = env::var("AWS_ENDPOINT_URL_SSM").ok();
    let other = other.as_deref().or_else(|| config.endpoint_url());
    // Security: the secret would be sent without encryption.
    if emulator.is_none() && other.is_some_and(|url| url.starts_with("http://")) {
        return Err(Failure::usage(
            "the endpoint of Parameter Store must be https: unset AWS_ENDPOINT_URL_SSM",
        ));
    }
    let mut builder = Builder::from(&config);
    builder.set_endpoint_url(
        emulator
            .map(str::to_owned)
            .or_else(|| other.map(str::to_owned)),
    );
    Ok(Client::from_conf(builder.build()))
}

fn failed<E>(operation: &str, error: &SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.code().map(str::to_owned);
    let exit = match code.as_deref() {
        Some("AccessDeniedException") => Exit::Permission,
        Some("ThrottlingException" | "TooManyUpdates") => Exit::Throttled,
        _ => Exit::Failed,
    };
    let needs = if exit == Exit::Permission {
        format!("; the command needs the IAM action ssm:{operation}")
    } else {
        String::new()
    };
    // Security: the display of the error contains no request, so it contains no secret.
    let reason = code.unwrap_or_else(|| DisplayErrorContext(error).to_string());
    Failure::new(
        exit,
        format!("{operation} of Parameter Store: {reason}{needs}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_parsed() {
        assert_eq!(parse("stdout"), Ok(Target::Stdout));
        assert_eq!(parse("file:a:b"), Ok(Target::File("a:b".into())));
        assert_eq!(parse("ssm:/a/b"), Ok(Target::Ssm("/a/b".to_owned())));
        for wrong in ["", "file:", "ssm", "secretsmanager:a"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
