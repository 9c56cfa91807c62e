//! `CreateUserPoolClient`, `DescribeUserPoolClient`, `UpdateUserPoolClient`,
//! `DeleteUserPoolClient`, `ListUserPoolClients`.

mod describe;
mod settings;

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::model::client::Client;
use crate::model::failure::{Answer, Failure};
use crate::model::random::Random;
use crate::model::settings::Settings;
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::pools::LOWER;

/// `CreateUserPoolClient`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let generated = call.flag("GenerateSecret");
    let brought = call.text("ClientSecret");
    call.check_pool()?;
    if generated && brought.is_some() {
        return Err(Failure::invalid_parameter(
            "ClientSecret cannot be given when GenerateSecret is true.",
        ));
    }
    let service = call.service;
    let random = &service.random;
    let id = loop {
        let id = random.word(26, LOWER);
        if !call.pools.has_client(&id) {
            break id;
        }
    };
    let mut client = Client::new(id);
    client.created = call.now;
    let secret = generated.then(|| generate(random));
    if let Some(secret) = secret.or_else(|| brought.map(ToOwned::to_owned)) {
        client.add_secret(secret, call.now);
    }
    let client = read(call.fields, &service.settings, client, call.now)?;
    let answer = json!({ "UserPoolClient": describe::client(call, &client) });
    let mut clients = service.clients.write();
    clients.insert(client.id.clone(), Arc::new(client));
    Ok(answer)
}

/// Returns a new client with the settings of a request.
pub(crate) fn read(
    fields: &Map<String, Value>,
    pool: &Settings,
    mut client: Client,
    now: SystemTime,
) -> Result<Client, Failure> {
    let name = fields.get("ClientName").and_then(Value::as_str);
    name.unwrap_or_default().clone_into(&mut client.name);
    settings::apply(fields, pool, &mut client, now)?;
    Ok(client)
}

/// `DescribeUserPoolClient`.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let client = call.client()?;
    Ok(json!({ "UserPoolClient": describe::client(call, &client) }))
}

/// `UpdateUserPoolClient`. Missing settings are reset to their defaults, as in AWS.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let client = change(call, |client| {
        if let Some(name) = call.text("ClientName") {
            name.clone_into(&mut client.name);
        }
        settings::apply(call.fields, &call.service.settings, client, call.now)
    })?;
    Ok(json!({ "UserPoolClient": describe::client(call, &client) }))
}

/// `DeleteUserPoolClient`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let client = call.client()?;
    call.service.clients.write().remove(&client.id);
    Ok(Value::Null)
}

/// `ListUserPoolClients`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let clients = call.service.clients.read();
    let rest = clients.values().filter(|client| page.is_after(&client.id));
    let mut rest: Vec<_> = rest.collect();
    rest.sort_by(|one, other| one.id.cmp(&other.id));
    let key = |client: &&Arc<Client>| client.id.clone();
    page.answer("UserPoolClients", rest, key, |client| {
        describe::summary(call, client)
    })
}

/// Changes the client in the request. The change is applied completely or not at all.
pub(super) fn change(
    call: &Call<'_>,
    change: impl FnOnce(&mut Client) -> Result<(), Failure>,
) -> Result<Arc<Client>, Failure> {
    let id = call.client()?.id.clone();
    let mut clients = call.service.clients.write();
    let client = clients
        .get_mut(&id)
        .ok_or_else(|| Failure::not_found(format!("User pool client {id} does not exist.")))?;
    let mut changed = Client::clone(client);
    changed.modified = call.now;
    change(&mut changed)?;
    *client = Arc::new(changed);
    Ok(Arc::clone(client))
}

/// Returns a random secret in Cognito's format.
pub(super) fn generate(random: &Random) -> String {
    random.word(51, LOWER)
}
