//! `CreateResourceServer`, `DescribeResourceServer`, `UpdateResourceServer`,
//! `DeleteResourceServer`, `ListResourceServers`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::request;
use crate::model::settings::{ResourceServer, Settings};
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::call::change;

/// `CreateResourceServer`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let (id, server) = read(call.fields)?;
    call.check_pool()?;
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

/// `UpdateResourceServer`. Scopes that the request omits are removed.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let (id, server) = read(call.fields)?;
    call.check_pool()?;
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
    call.check_pool()?;
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let servers = call.service.settings.resource_servers.iter();
    let rest = servers.filter(|(id, _)| page.is_after(id));
    let key = |(id, _): &(&String, _)| (*id).clone();
    page.answer("ResourceServers", rest, key, |(id, server)| {
        describe(call, id, server)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateResourceServer {
    identifier: String,
    name: String,
    #[serde(default, deserialize_with = "request::or_default")]
    scopes: Vec<Scope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scope {
    scope_name: String,
    scope_description: String,
}

/// Parses the members of `CreateResourceServer` other than the pool.
pub(crate) fn read(fields: &Map<String, Value>) -> Result<(String, ResourceServer), Failure> {
    let told: CreateResourceServer = request::read(fields)?;
    let scopes = told.scopes.into_iter();
    let server = ResourceServer {
        name: told.name,
        scopes: scopes
            .map(|scope| (scope.scope_name, scope.scope_description))
            .collect(),
    };
    Ok((told.identifier, server))
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

/// Checks the pool and returns the identifier of the resource server.
fn named(call: &Call<'_>) -> Result<String, Failure> {
    let id = call.required("Identifier")?;
    call.check_pool()?;
    Ok(id.to_owned())
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
