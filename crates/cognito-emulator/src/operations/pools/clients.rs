//! `CreateUserPoolClient`, `DescribeUserPoolClient`, `UpdateUserPoolClient`,
//! `DeleteUserPoolClient`, `ListUserPoolClients`.

mod describe;
mod settings;

use std::sync::Arc;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::client::Client;
use crate::model::failure::{Answer, Failure};
use crate::model::random::Random;
use crate::model::request;
use crate::model::settings::Settings;
use crate::operations::administration::list::{page, page_size, page_token};
use crate::state::call::Call;
use crate::state::pools::LOWER;

use settings::Wanted;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateUserPoolClient<'a> {
    #[serde(default, deserialize_with = "request::or_default")]
    generate_secret: bool,
    client_secret: Option<&'a str>,
}

/// `CreateUserPoolClient`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let CreateUserPoolClient {
        generate_secret: generated,
        client_secret: brought,
    } = call.request()?;
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named<'a> {
    client_name: &'a str,
}

/// Returns a new client with the settings of a request.
pub(crate) fn read(
    fields: &Map<String, Value>,
    pool: &Settings,
    mut client: Client,
    now: SystemTime,
) -> Result<Client, Failure> {
    let Named { client_name } = request::read(fields)?;
    client_name.clone_into(&mut client.name);
    let wanted = Wanted::read(fields)?;
    wanted.apply(pool, &mut client, now)?;
    Ok(client)
}

/// `DescribeUserPoolClient`.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let client = call.client()?;
    Ok(json!({ "UserPoolClient": describe::client(call, &client) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateUserPoolClient<'a> {
    client_name: Option<&'a str>,
}

/// `UpdateUserPoolClient`. Missing settings are reset to their defaults, as in AWS.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let UpdateUserPoolClient { client_name: name } = call.request()?;
    let wanted = Wanted::read(call.fields)?;
    call.check_pool()?;
    let client = change(call, |client| {
        if let Some(name) = name {
            name.clone_into(&mut client.name);
        }
        wanted.apply(&call.service.settings, client, call.now)
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListUserPoolClients<'a> {
    max_results: Option<usize>,
    next_token: Option<&'a str>,
}

/// `ListUserPoolClients`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let ListUserPoolClients {
        max_results: limit,
        next_token: token,
    } = call.request()?;
    let limit = page_size(limit);
    call.check_pool()?;
    let after = page(call, token)?;
    let clients = call.service.clients.read();
    let mut all: Vec<_> = clients.values().collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    let mut rest = all
        .into_iter()
        .filter(|client| after.as_ref().is_none_or(|after| client.id > *after))
        .peekable();
    let shown: Vec<_> = rest.by_ref().take(limit).collect();
    let list: Value = shown
        .iter()
        .map(|client| describe::summary(call, client))
        .collect();
    let mut answer = json!({ "UserPoolClients": list });
    if let (Some(last), true) = (shown.last(), rest.peek().is_some()) {
        answer["NextToken"] = page_token(call, &last.id);
    }
    Ok(answer)
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
