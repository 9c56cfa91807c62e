//! The operations `CreateUserPoolClient`, `DescribeUserPoolClient`, `UpdateUserPoolClient`,
//! `DeleteUserPoolClient`, `ListUserPoolClients`, `AddUserPoolClientSecret`,
//! `ListUserPoolClientSecrets` and `DeleteUserPoolClientSecret`.

pub(crate) mod describe;
pub(crate) mod settings;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::client::{Client, Secret};
use crate::model::failure::{Answer, Failure};
use crate::model::random::Random;
use crate::model::registration::REGISTER_SCOPE;
use crate::model::time::timestamp;
use crate::operations::common::invalid;
use crate::operations::page::Page;
use crate::operations::pools::clients::describe::client_type;
use crate::operations::services::secrets::managed;
use crate::state::call::Call;
use crate::state::pools::{LOWER, Pools};

/// The maximum number of secrets of a client (AWS API reference, `AddUserPoolClientSecret`).
const MOST_SECRETS: usize = 2;

/// The request member that sets whether the secret of the client is stored in Secrets Manager.
const PUBLISH: &str = "PublishSecretsInAWSSecretsManager";

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let own = call.text("ClientSecret").map(ToOwned::to_owned);
    let is_generated = call.flag("GenerateSecret");
    if is_generated && own.is_some() {
        return invalid("ClientSecret cannot be given when GenerateSecret is true.");
    }
    let service = call.service;
    let random = &service.random;
    let mut client = new_client(call);
    if let Some(secret) = own.or_else(|| is_generated.then(|| generate_secret(random))) {
        client.add_secret(secret, call.now);
    }
    settings::apply(call.fields, &service.settings, &mut client, call.now)?;
    if is_generated && call.flag(PUBLISH) {
        managed::publish(call, &mut client)?;
    }
    let answer = json!({ "UserPoolClient": describe::client(call, &client) });
    let mut clients = service.clients.write();
    clients.insert(client.id.clone(), Arc::new(client));
    Ok(answer)
}

/// Returns a client without settings, which has an unused random id and no secret.
pub(crate) fn new_client(call: &Call<'_>) -> Client {
    let id = loop {
        let id = call.service.random.word(26, LOWER);
        if !call.pools.has_client(&id) {
            break id;
        }
    };
    let mut client = Client::new(id);
    client.created = call.now;
    client
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    Ok(json!({ "UserPoolClient": describe::client(call, &*call.client()?) }))
}

/// Handles `UpdateUserPoolClient`. As in AWS, settings that the request omits are reset to their
/// defaults. An exception is `PublishSecretsInAWSSecretsManager`: if it is omitted, the secret
/// stays where it is stored.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let publish: Option<bool> = call.member(PUBLISH)?;
    let client = change(call, |client| {
        settings::apply(call.fields, &call.service.settings, client, call.now)?;
        if client.registrant.is_some() && client.oauth.scopes.contains(REGISTER_SCOPE) {
            return invalid("A dynamically registered client cannot register other clients.");
        }
        match publish {
            Some(true) => managed::publish(call, client)?,
            Some(false) => managed::withdraw(call.pools, call.service, client),
            None => {}
        }
        Ok(())
    })?;
    Ok(json!({ "UserPoolClient": describe::client(call, &client) }))
}

/// Handles `DeleteUserPoolClient`. Also removes what the pool stores for the app client, such as
/// its risk configuration and its terms documents. A policy for client id metadata documents is
/// kept, as in AWS.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let client = call.client()?;
    let service = call.service;
    service.clients.write().remove(&client.id);
    managed::withdraw(call.pools, service, &mut Client::clone(&client));
    call.pools.update(&service.settings.pool_id, |settings| {
        settings.modified = call.now;
        settings.stored.remove_client(&client.id);
        Ok(())
    })?;
    Ok(Value::Null)
}

/// Removes the dynamically registered clients of all pools, with what the pools store for them, and
/// with their secrets in Secrets Manager.
pub(crate) fn remove_registered(pools: &Pools) {
    for pool in pools.all() {
        let mut removed = Vec::new();
        pool.clients.write().retain(|client| {
            let is_registered = client.registrant.is_some();
            if is_registered {
                removed.push(Arc::clone(client));
            }
            !is_registered
        });
        for client in &removed {
            managed::withdraw(pools, &pool, &mut Client::clone(client));
        }
        let settings = &pool.settings;
        removed.retain(|client| settings.stored.has_client(&client.id));
        if removed.is_empty() {
            continue;
        }
        // Fails only if the pool was deleted since.
        let _ = pools.update(&settings.pool_id, |settings| {
            for client in &removed {
                settings.stored.remove_client(&client.id);
            }
            Ok(())
        });
    }
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let clients = call.service.clients.read();
    let wanted = call.text("ClientType");
    let is_wanted = |client: &Client| wanted.is_none_or(|kind| kind == client_type(client));
    let rest = clients.values().filter(|client| page.is_after(&client.id));
    let rest = rest.filter(|client| is_wanted(client));
    let mut rest: Vec<_> = rest.collect();
    rest.sort_by(|one, other| one.id.cmp(&other.id));
    let described = rest.into_iter();
    let described = described.map(|client| (&client.id, describe::summary(call, client)));
    page.answer("UserPoolClients", described)
}

/// Changes the client whose id is in the request, and returns the changed client. If `change`
/// fails, the client is not changed.
fn change(
    call: &Call<'_>,
    change: impl FnOnce(&mut Client) -> Result<(), Failure>,
) -> Result<Arc<Client>, Failure> {
    let id = call.client_id().unwrap_or_default();
    let mut clients = call.service.clients.write();
    let client = clients
        .get_mut(id)
        .ok_or_else(|| Failure::not_found(format!("User pool client {id} does not exist.")))?;
    let mut changed = Client::clone(client);
    changed.modified = call.now;
    change(&mut changed)?;
    *client = Arc::new(changed);
    Ok(Arc::clone(client))
}

pub(crate) fn generate_secret(random: &Random) -> String {
    random.word(51, LOWER)
}

pub(crate) fn add_secret(call: &Call<'_>) -> Answer {
    let own = call.text("ClientSecret");
    let mut described = Value::Null;
    let client = change(call, |client| {
        check_operator(client)?;
        if client.secrets.is_empty() {
            return invalid("A secret cannot be added to a client that was created without one.");
        }
        if client.secrets.len() >= MOST_SECRETS {
            let message = format!("A client has up to {MOST_SECRETS} secrets.");
            return Err(Failure::new("LimitExceededException", message));
        }
        let text = own.map_or_else(|| generate_secret(&call.service.random), ToOwned::to_owned);
        let secret = client.add_secret(text, call.now);
        described = describe_secret(secret);
        // A caller who sets a secret already has it.
        if own.is_none() {
            described["ClientSecretValue"] = json!(secret.text);
        }
        Ok(())
    })?;
    managed::renew(call.pools, call.service, &client);
    Ok(json!({ "ClientSecretDescriptor": described }))
}

/// Handles `ListUserPoolClientSecrets`. The response has the ids of the secrets, but no secret.
pub(crate) fn list_secrets(call: &Call<'_>) -> Answer {
    let client = call.client()?;
    check_operator(&client)?;
    let list: Value = client.secrets.iter().map(describe_secret).collect();
    Ok(json!({ "ClientSecrets": list }))
}

pub(crate) fn delete_secret(call: &Call<'_>) -> Answer {
    let id = call.required("ClientSecretId")?;
    let client = change(call, |client| {
        check_operator(client)?;
        let place = client.secrets.iter().position(|secret| secret.id == id);
        let place = place.ok_or_else(|| Failure::not_found("Client secret does not exist."))?;
        if client.secrets.len() == 1 {
            return invalid("The last secret of a client cannot be deleted.");
        }
        client.secrets.remove(place);
        Ok(())
    })?;
    managed::renew(call.pools, call.service, &client);
    Ok(Value::Null)
}

/// Fails if a client was registered dynamically. "These app clients don't support client secret
/// operations" (AWS API reference, `ClientType`). AWS does not document the error.
fn check_operator(client: &Client) -> Result<(), Failure> {
    if client.registrant.is_some() {
        return invalid("The secret of a dynamically registered client cannot be managed.");
    }
    Ok(())
}

fn describe_secret(secret: &Secret) -> Value {
    json!({
        "ClientSecretId": secret.id,
        "ClientSecretCreateDate": timestamp(secret.created),
    })
}
