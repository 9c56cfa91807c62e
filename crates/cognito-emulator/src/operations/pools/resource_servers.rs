//! The operations `CreateResourceServer`, `DescribeResourceServer`, `UpdateResourceServer`,
//! `DeleteResourceServer` and `ListResourceServers`.

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::request::present;
use crate::model::settings::{ResourceServer, Settings};
use crate::operations::common::{delete_item, invalid};
use crate::operations::page::Page;
use crate::state::call::{Call, change};

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let (id, server) = read(call.fields);
    let answer = describe(call, &id, &server);
    change(call, |settings| add(settings, id, server))?;
    Ok(json!({ "ResourceServer": answer }))
}

pub(crate) fn get(call: &Call<'_>) -> Answer {
    let id = call.required("Identifier")?;
    let server = call.service.settings.resource_servers.get(id);
    let server = server.ok_or_else(unknown)?;
    Ok(json!({ "ResourceServer": describe(call, id, server) }))
}

/// Handles `UpdateResourceServer`. Scopes that the request omits are deleted.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let (id, server) = read(call.fields);
    let described = describe(call, &id, &server);
    change(call, |settings| {
        let known = settings.resource_servers.get_mut(&id);
        *known.ok_or_else(unknown)? = server;
        Ok(())
    })?;
    Ok(json!({ "ResourceServer": described }))
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let id = call.required("Identifier")?;
    delete_item(call, |settings| {
        let server = settings.resource_servers.remove(id);
        server.ok_or_else(unknown)
    })
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let servers = &call.service.settings.resource_servers;
    Page::of_items(call, "ResourceServers", servers, |id, server| {
        describe(call, id, server)
    })
}

/// Reads a resource server from the fields of a request. Returns the server and its identifier.
pub(crate) fn read(fields: &Map<String, Value>) -> (String, ResourceServer) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let request = Value::Object(fields.clone());
    let scopes = request["Scopes"].as_array().into_iter().flatten();
    let server = ResourceServer {
        name: text(&request["Name"]),
        scopes: scopes
            .map(|scope| (text(&scope["ScopeName"]), text(&scope["ScopeDescription"])))
            .collect(),
    };
    (text(&request["Identifier"]), server)
}

pub(crate) fn add(
    settings: &mut Settings,
    id: String,
    server: ResourceServer,
) -> Result<(), Failure> {
    if settings.resource_servers.contains_key(&id) {
        let pool = &settings.pool_id;
        return invalid(format!("{id} already exists in user pool {pool}."));
    }
    settings.resource_servers.insert(id, server);
    Ok(())
}

fn describe(call: &Call<'_>, id: &str, server: &ResourceServer) -> Value {
    let mut described = request(id, server);
    let pool = &call.service.settings.pool_id;
    described.insert("UserPoolId".to_owned(), json!(pool));
    Value::Object(described)
}

/// Returns the members of a `CreateResourceServer` request that creates this resource server,
/// without `UserPoolId`.
pub(crate) fn request(id: &str, server: &ResourceServer) -> Map<String, Value> {
    let scopes = server.scopes.iter();
    let scopes = scopes
        .map(|(name, description)| json!({ "ScopeName": name, "ScopeDescription": description }));
    present([
        ("Identifier", json!(id)),
        ("Name", json!(server.name)),
        ("Scopes", scopes.collect()),
    ])
}

fn unknown() -> Failure {
    Failure::not_found("Resource server does not exist.")
}
