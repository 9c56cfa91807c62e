//! `CreateUserPoolClient`, `DescribeUserPoolClient`, `UpdateUserPoolClient`,
//! `DeleteUserPoolClient`, `ListUserPoolClients`.

mod describe;
mod request;

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::model::client::Client;
use crate::model::failure::{Answer, Failure};
use crate::model::form::{CLIENT_NAME, CLIENT_SECRET, Form, PAGE};
use crate::model::settings::Settings;
use crate::operations::administration::list::{page, page_token};
use crate::operations::pools::pool::page_size;
use crate::operations::pools::secrets::generate;
use crate::state::call::Call;
use crate::state::pools::LOWER;

use request::Wanted;

/// `CreateUserPoolClient`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let generated = form.flag("GenerateSecret").unwrap_or(false);
    let brought = form.optional("ClientSecret", &CLIENT_SECRET);
    call.pool(form)?;
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
    let client = read(call.form(), &service.settings, client, call.now)?;
    let answer = json!({ "UserPoolClient": describe::client(call, &client) });
    let mut clients = service.clients.write();
    clients.insert(client.id.clone(), Arc::new(client));
    Ok(answer)
}

/// Returns a new client with the settings in `CreateUserPoolClient`.
pub(crate) fn read(
    mut form: Form<'_>,
    pool: &Settings,
    mut client: Client,
    now: SystemTime,
) -> Result<Client, Failure> {
    form.required("ClientName", &CLIENT_NAME)
        .clone_into(&mut client.name);
    let wanted = Wanted::read(&mut form);
    form.finish()?;
    wanted.apply(pool, &mut client, now)?;
    Ok(client)
}

/// `DescribeUserPoolClient`.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    call.pool(call.form())?;
    let client = call.client(call.form())?;
    Ok(json!({ "UserPoolClient": describe::client(call, &client) }))
}

/// `UpdateUserPoolClient`. Missing settings are reset to their defaults, as at AWS.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let name = form.optional("ClientName", &CLIENT_NAME);
    let wanted = Wanted::read(&mut form);
    call.pool(form)?;
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
    call.pool(call.form())?;
    let client = call.client(call.form())?;
    call.service.clients.write().remove(&client.id);
    Ok(Value::Null)
}

/// `ListUserPoolClients`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let limit = page_size(&mut form);
    let token = form.optional("NextToken", &PAGE);
    call.pool(form)?;
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

/// Changes the client in the request, completely or not at all.
pub(super) fn change(
    call: &Call<'_>,
    change: impl FnOnce(&mut Client) -> Result<(), Failure>,
) -> Result<Arc<Client>, Failure> {
    let id = call.client(call.form())?.id.clone();
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
