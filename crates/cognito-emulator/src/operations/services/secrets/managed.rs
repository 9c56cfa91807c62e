//! The secrets that Cognito stores in Secrets Manager for app clients
//! (`PublishSecretsInAWSSecretsManager`).

use serde_json::json;

use super::{new_arn, with_secrets};
use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::state::call::Call;
use crate::state::pools::Pools;
use crate::state::secrets::{CURRENT, Secret, SecretValue};
use crate::state::service::Service;

/// The AWS service that manages the secrets of app clients.
const OWNER: &str = "cognito-idp";

/// Stores the newest secret of an app client in Secrets Manager, and the ARN of the stored secret in
/// `client`. Does nothing if the client has no secret, or if its secret is already stored there.
/// Fails if another secret has the same name.
pub(crate) fn publish(call: &Call<'_>, client: &mut Client) -> Result<(), Failure> {
    if client.secrets.is_empty() || client.secret_arn.is_some() {
        return Ok(());
    }
    let name = name(call.service, client);
    let arn = new_arn(call, &name);
    let mut secret = Secret::new(name.clone(), arn.clone(), call.now);
    secret.owner = Some(OWNER);
    with_secrets(call, |secrets| {
        if secrets.contains_key(&name) {
            let message = format!("The secret {name} already exists in Secrets Manager.");
            return Err(Failure::invalid_parameter(message));
        }
        secrets.insert(name, secret);
        Ok(())
    })?;
    client.secret_arn = Some(arn);
    renew(call.pools, call.service, client);
    Ok(())
}

/// Stores the newest secret of an app client as the current version in Secrets Manager. Does nothing
/// if the secret of the client is not stored there.
pub(crate) fn renew(pools: &Pools, service: &Service, client: &Client) {
    let newest = client
        .secrets
        .last()
        .filter(|_| client.secret_arn.is_some());
    let Some(newest) = newest else {
        return;
    };
    let value = json!({
        "userPoolId": service.settings.pool_id,
        "userPoolClientId": client.id,
        "clientSecretValue": newest.text,
    });
    let value = SecretValue::Text(value.to_string());
    let mut accounts = pools.secrets.lock();
    let secrets = accounts.of(&service.settings.account);
    let secret = secrets.get_mut(&name(service, client));
    if let Some(secret) = secret {
        let is_same = secret
            .staged(CURRENT)
            .is_some_and(|current| current.value == value);
        if !is_same {
            let id = service.random.uuid();
            secret.add(id.clone(), value, service.clock.now());
            secret.stage(&id, CURRENT);
        }
    }
}

/// Deletes the secret of an app client from Secrets Manager, without a recovery window. Does
/// nothing if Secrets Manager does not contain the secret.
pub(crate) fn withdraw(pools: &Pools, service: &Service, client: &mut Client) {
    if client.secret_arn.take().is_some() {
        let mut accounts = pools.secrets.lock();
        let secrets = accounts.of(&service.settings.account);
        secrets.remove(&name(service, client));
    }
}

/// Returns the name of the secret of an app client.
fn name(service: &Service, client: &Client) -> String {
    format!("cognito/{}/{}", service.settings.pool_id, client.id)
}
