//! Writes the new secret to AWS Systems Manager Parameter Store.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::Builder;
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterType};

use super::Store;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

const STORE: Store = Store {
    name: "Parameter Store",
    prefix: "ssm",
    endpoint_variable: "AWS_ENDPOINT_URL_SSM",
};

/// Writes a `SecureString`. An existing parameter keeps its KMS key.
pub(super) async fn put(context: &Context, name: &str, secret: &str) -> Outcome<()> {
    let config = context.aws_config().await?;
    let mut builder = Builder::from(&config);
    builder.set_endpoint_url(STORE.endpoint(context, &config)?);
    let client = Client::from_conf(builder.build());
    let filter = ParameterStringFilter::builder()
        .key("Name")
        .option("Equals")
        .values(name)
        .build()
        .map_err(|error| Failure::usage(error.to_string()))?;
    let known = client.describe_parameters().parameter_filters(filter);
    let known = known.send().await;
    let known = known.map_err(|error| STORE.failed("DescribeParameters", &error))?;
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
    sent.await
        .map_err(|error| STORE.failed("PutParameter", &error))?;
    Ok(())
}
