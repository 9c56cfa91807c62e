//! Writes the new secret to AWS Secrets Manager.
//!
//! The value has the JSON format in which Cognito itself publishes the secrets of an app client
//! (`PublishSecretsInAWSSecretsManager`). A service therefore needs only one parser for both.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use serde_json::{Value, json};

use super::{Rotation, Store};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

const STORE: Store = Store {
    name: "Secrets Manager",
    prefix: "secretsmanager",
    endpoint_variable: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
};

/// The member with the client secret.
const SECRET: &str = "clientSecretValue";

/// Writes a new version of the secret, or creates the secret. If an earlier run has written the new
/// client secret, does nothing.
pub(super) async fn put(context: &Context, name: &str, rotation: &Rotation) -> Outcome<()> {
    let config = context.aws_config().await?;
    let emulator = STORE.emulator(context, &config);
    let https_only = STORE.https_only(emulator.as_deref());
    let mut builder = Builder::from(&config).interceptor(https_only);
    // The builder already has the endpoint of the environment or of the AWS profile.
    if let Some(url) = emulator {
        builder = builder.endpoint_url(url);
    }
    let client = Client::from_conf(builder.build());
    let mut known = read(&client, name, rotation).await?;
    if known.is_none() {
        if create(&client, name, &new_document(rotation)).await? {
            return Ok(());
        }
        // Another process may have created the secret since then.
        known = read(&client, name, rotation).await?;
    }
    let document = match known {
        Some(document) if document[SECRET] == rotation.new_secret => return Ok(()),
        Some(document) => with_secret(document, rotation),
        None => new_document(rotation),
    };
    let sent = client.put_secret_value().secret_id(name);
    let sent = sent.secret_string(document.to_string()).send().await;
    sent.map_err(|error| STORE.failed("PutSecretValue", &error))?;
    Ok(())
}

/// Returns the current value of the secret, or `None` if the secret does not exist or has no value
/// yet. Fails if the value is not the JSON of this app client.
async fn read(client: &Client, name: &str, rotation: &Rotation) -> Outcome<Option<Value>> {
    let known = match client.get_secret_value().secret_id(name).send().await {
        Ok(known) => known,
        Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
        Err(error) => return Err(STORE.failed("GetSecretValue", &error)),
    };
    let current = known.secret_string().unwrap_or_default();
    let document = of_same_client(current, rotation).ok_or_else(|| {
        Failure::usage(format!(
            "the secret {name} is not the JSON of this app client: choose another name"
        ))
    })?;
    Ok(Some(document))
}

/// Creates the secret. Returns `false` if it exists.
async fn create(client: &Client, name: &str, document: &Value) -> Outcome<bool> {
    let sent = client.create_secret().name(name);
    let sent = sent.secret_string(document.to_string()).send().await;
    match sent {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("ResourceExistsException") => Ok(false),
        Err(error) => Err(STORE.failed("CreateSecret", &error)),
    }
}

fn new_document(rotation: &Rotation) -> Value {
    let document = json!({
        "userPoolId": rotation.user_pool_id,
        "userPoolClientId": rotation.client_id,
    });
    with_secret(document, rotation)
}

fn with_secret(mut document: Value, rotation: &Rotation) -> Value {
    document[SECRET] = json!(rotation.new_secret);
    document
}

/// Parses the current value of the secret. Returns `None` if it is not the JSON of this app client.
/// Other members are kept.
fn of_same_client(current: &str, rotation: &Rotation) -> Option<Value> {
    let document: Value = serde_json::from_str(current).ok()?;
    let is_same = document["userPoolId"] == rotation.user_pool_id
        && document["userPoolClientId"] == rotation.client_id;
    is_same.then_some(document)
}
