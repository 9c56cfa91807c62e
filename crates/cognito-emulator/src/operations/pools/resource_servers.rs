//! `CreateResourceServer`, `DescribeResourceServer`, `UpdateResourceServer`,
//! `DeleteResourceServer`, `ListResourceServers`.

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::form::oauth::{RESOURCE_SERVER, SCOPE_DESCRIPTION, SCOPE_NAME, SERVER_NAME};
use crate::model::form::{Form, PAGE};
use crate::model::settings::{ResourceServer, Settings};
use crate::operations::administration::list::{page, page_token};
use crate::operations::pools::pool::page_size;
use crate::state::call::Call;
use crate::state::call::change;

/// The largest number of scopes of a resource server (`CreateResourceServer`, "Scopes").
const MOST_SCOPES: usize = 100;

/// `CreateResourceServer`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let (id, server) = read(&mut form);
    call.pool(form)?;
    let described = describe(call, &id, &server);
    change(call, |settings| add(settings, id, server))?;
    Ok(json!({ "ResourceServer": described }))
}

/// `DescribeResourceServer`.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let id = named(call)?;
    let server = call.service.settings.resource_servers.get(&id);
    let server = server.ok_or_else(unknown)?;
    Ok(json!({ "ResourceServer": describe(call, &id, server) }))
}

/// `UpdateResourceServer`. Scopes that it does not name are removed.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let (id, server) = read(&mut form);
    call.pool(form)?;
    let described = describe(call, &id, &server);
    change(call, |settings| {
        let known = settings.resource_servers.get_mut(&id);
        *known.ok_or_else(unknown)? = server;
        Ok(())
    })?;
    Ok(json!({ "ResourceServer": described }))
}

/// `DeleteResourceServer`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let id = named(call)?;
    change(call, |settings| {
        let known = settings.resource_servers.remove(&id);
        known.map(drop).ok_or_else(unknown)
    })?;
    Ok(Value::Null)
}

/// `ListResourceServers`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let limit = page_size(&mut form);
    let token = form.optional("NextToken", &PAGE);
    call.pool(form)?;
    let after = page(call, token)?;
    let mut rest = call
        .service
        .settings
        .resource_servers
        .iter()
        .filter(|(id, _)| after.as_ref().is_none_or(|after| *id > after))
        .peekable();
    let shown: Vec<_> = rest.by_ref().take(limit).collect();
    let list: Value = shown
        .iter()
        .map(|(id, server)| describe(call, id, server))
        .collect();
    let mut answer = json!({ "ResourceServers": list });
    if let (Some((last, _)), true) = (shown.last(), rest.peek().is_some()) {
        answer["NextToken"] = page_token(call, last);
    }
    Ok(answer)
}

/// Reads the fields of `CreateResourceServer`, without the pool.
pub(crate) fn read(form: &mut Form<'_>) -> (String, ResourceServer) {
    let id = form.required("Identifier", &RESOURCE_SERVER).to_owned();
    let name = form.required("Name", &SERVER_NAME).to_owned();
    let scopes = form.each("Scopes", |scope| {
        let name = scope.required("ScopeName", &SCOPE_NAME).to_owned();
        let description = scope.required("ScopeDescription", &SCOPE_DESCRIPTION);
        (name, description.to_owned())
    });
    if scopes.len() > MOST_SCOPES {
        form.refuse(
            "Scopes",
            &format!("Member must have length less than or equal to {MOST_SCOPES}"),
        );
    }
    (id, ResourceServer { name, scopes })
}

/// Adds a new resource server.
pub(crate) fn add(
    settings: &mut Settings,
    id: String,
    server: ResourceServer,
) -> Result<(), Failure> {
    if settings.resource_servers.contains_key(&id) {
        let pool = &settings.pool_id;
        return Err(Failure::invalid_parameter(format!(
            "{id} already exists in user pool {pool}."
        )));
    }
    settings.resource_servers.insert(id, server);
    Ok(())
}

fn named(call: &Call<'_>) -> Result<String, Failure> {
    let mut form = call.form();
    let id = form.required("Identifier", &RESOURCE_SERVER).to_owned();
    call.pool(form)?;
    Ok(id)
}

fn describe(call: &Call<'_>, id: &str, server: &ResourceServer) -> Value {
    let scopes: Value = server
        .scopes
        .iter()
        .map(|(name, description)| json!({ "ScopeName": name, "ScopeDescription": description }))
        .collect();
    json!({
        "Identifier": id,
        "Name": server.name,
        "Scopes": scopes,
        "UserPoolId": call.service.settings.pool_id,
    })
}

fn unknown() -> Failure {
    Failure::not_found("Resource server does not exist.")
}
