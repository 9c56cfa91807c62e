//! Writes the new secret to AWS Systems Manager Parameter Store.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::Builder;
use aws_sdk_ssm::types::{ParameterMetadata, ParameterStringFilter, ParameterType};
use cognito::config::SdkConfig;

use super::{Rotation, Store};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

const STORE: Store = Store {
    name: "Parameter Store",
    prefix: "ssm",
    endpoint_variable: "AWS_ENDPOINT_URL_SSM",
};

/// Writes the new secret to a `SecureString`. An existing parameter keeps its KMS key. If its value
/// is neither the old nor the new secret, the call fails unless `overwrite` is `true`.
pub(super) async fn put(
    context: &Context,
    name: &str,
    rotation: &Rotation,
    overwrite: bool,
) -> Outcome<()> {
    let config = context.aws_config().await?;
    let emulator = STORE.emulator(context, &config);
    let client = client(&config, emulator.as_deref());
    let known = describe(&client, name).await?;
    if let Some(known) = &known {
        if known.r#type() != Some(&ParameterType::SecureString) {
            let text = format!("the parameter {name} is not a SecureString: delete it first");
            return Err(Failure::usage(text));
        }
        if !overwrite {
            check_value(&client, name, rotation).await?;
        }
    }
    let key = known.as_ref().and_then(|known| known.key_id());
    let sent = client
        .put_parameter()
        .name(name)
        .value(&rotation.new_secret)
        .r#type(ParameterType::SecureString)
        .set_key_id(key.map(str::to_owned))
        // If another process has created the parameter since then, the request fails.
        .overwrite(known.is_some())
        .send();
    sent.await
        .map_err(|error| STORE.failed("PutParameter", &error))?;
    Ok(())
}

fn client(config: &SdkConfig, emulator: Option<&str>) -> Client {
    let mut builder = Builder::from(config).interceptor(STORE.https_only(emulator));
    // The builder already has the endpoint of the environment or of the AWS profile.
    if let Some(url) = emulator {
        builder = builder.endpoint_url(url);
    }
    Client::from_conf(builder.build())
}

/// Returns the settings of the parameter, or `None` if it does not exist.
async fn describe(client: &Client, name: &str) -> Outcome<Option<ParameterMetadata>> {
    let filter = ParameterStringFilter::builder()
        .key("Name")
        .option("Equals")
        .values(name)
        .build()
        .map_err(|error| Failure::usage(error.to_string()))?;
    let described = client.describe_parameters().parameter_filters(filter);
    // AWS can return an empty page with a token of the next page.
    let mut pages = described.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| STORE.failed("DescribeParameters", &error))?;
        if let Some(known) = page.parameters.unwrap_or_default().into_iter().next() {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// Fails if the value of the parameter is neither the old nor the new secret.
async fn check_value(client: &Client, name: &str, rotation: &Rotation) -> Outcome<()> {
    let read = client.get_parameter().name(name).with_decryption(true);
    let read = read.send().await;
    let read = read.map_err(|error| STORE.failed("GetParameter", &error))?;
    let value = read.parameter().and_then(|parameter| parameter.value());
    if value.is_some_and(|value| rotation.has_secret(value)) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "the parameter {name} has another value than the secret of this app client: choose another \
         name, or add --overwrite"
    )))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ssm::config::{BehaviorVersion, Region};

    use super::*;
    use crate::failure::Exit;

    /// The request is stopped before it is sent.
    #[tokio::test]
    async fn endpoint_of_configuration_must_be_https() {
        for endpoint in ["http://127.0.0.1:1", "HTTP://127.0.0.1:1"] {
            let config = SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-west-1"))
                .endpoint_url(endpoint)
                .build();
            let builder = Builder::from(&config).interceptor(STORE.https_only(None));
            let client = Client::from_conf(builder.allow_no_auth().build());
            let failure = describe(&client, "/cognito/client_secret").await;
            let failure = failure.expect_err("is rejected");
            assert_eq!(failure.exit, Exit::Usage, "{endpoint}");
            let text = "the endpoint of Parameter Store must be https";
            assert!(failure.message.contains(text), "{}", failure.message);
        }
    }
}
