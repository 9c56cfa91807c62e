//! The operations `CreateUserPool`, `DescribeUserPool`, `UpdateUserPool`, `DeleteUserPool`,
//! `ListUserPools`, `AddCustomAttributes`, `TagResource`, `UntagResource` and
//! `ListTagsForResource`.

pub(crate) mod describe;
pub(crate) mod mfa;
pub(crate) mod settings;
mod templates;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::attributes::schema::{Attribute, RequestedAttribute};
use crate::model::client::Client;
use crate::model::failure::{Answer, Failure};
use crate::model::replica::REGIONAL;
use crate::model::request::{self, Texts};
use crate::model::settings::Settings;
use crate::model::time::timestamp;
use crate::operations::common::invalid;
use crate::operations::imports::check_idle;
use crate::operations::page::Page;
use crate::operations::services::secrets::managed;
use crate::state::call::{Call, change};

/// The maximum number of tags of a resource (AWS General Reference, "Tag naming limits").
const MOST_TAGS: usize = 50;

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let blank = call
        .pools
        .blank(call.region, &call.service.random, call.now);
    let mut settings = read(call.fields, blank)?;
    call.account.clone_into(&mut settings.account);
    let pool = call.pools.add(settings, Vec::new());
    Ok(json!({ "UserPool": describe::pool(&pool) }))
}

/// Applies the members of a `CreateUserPool` request to `settings` and returns the result.
pub(crate) fn read(
    fields: &Map<String, Value>,
    mut settings: Settings,
) -> Result<Settings, Failure> {
    let request = Value::Object(fields.clone());
    settings::apply_names(&request, &mut settings)?;
    let attributes: Option<Vec<Attribute<'_>>> = request::read(&request["Schema"])?;
    let attributes = attributes.iter().flatten();
    let attributes = attributes.map(|attribute| RequestedAttribute::new(attribute, false));
    let required = settings.schema.extend(attributes.collect())?;
    settings.required_attributes = required.into_iter().collect();
    settings::apply(fields, &mut settings)?;
    Ok(settings)
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    Ok(json!({ "UserPool": describe::pool(call.service) }))
}

/// Handles `UpdateUserPool`. As in AWS, settings that the request omits are reset to their
/// defaults.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    check_idle(call)?;
    change(call, |settings| {
        let before = settings.clone();
        settings::apply(call.fields, settings)?;
        if settings.replica().is_some() {
            check_global(&before, settings)?;
        }
        Ok(())
    })?;
    Ok(json!({}))
}

/// Fails if a request to a replica changes a setting that the replica shares with the pool ("global
/// settings required to match existing values", API reference of `UpdateUserPool`). AWS does not
/// document the error.
fn check_global(before: &Settings, after: &Settings) -> Result<(), Failure> {
    let global = |settings: &Settings| {
        let mut described = describe::settings(settings);
        for name in REGIONAL.iter().chain(&["UserPoolTags"]) {
            described[*name] = Value::Null;
        }
        described
    };
    let (before, after) = (global(before), global(after));
    let mut members = before.as_object().into_iter().flatten();
    let is_new = |name: &str| before.get(name).is_none();
    let added = after.as_object().into_iter().flatten();
    let mut added = added
        .map(|(name, _)| name.as_str())
        .filter(|name| is_new(name));
    let changed = members.find(|(name, value)| after.get(name) != Some(value));
    let changed = changed
        .map(|(name, _)| name.as_str())
        .or_else(|| added.next());
    changed.map_or(Ok(()), |name| {
        invalid(format!("{name} must have the value of the primary region."))
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    check_idle(call)?;
    call.pools.remove(&call.service.settings.pool_id)?;
    for client in call.service.clients.read().values() {
        managed::withdraw(call.pools, call.service, &mut Client::clone(client));
    }
    Ok(Value::Null)
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let pools = call.pools.all();
    let rest = pools.iter().map(|pool| &pool.settings);
    let rest = rest.filter(|settings| settings.account == call.account);
    let rest = rest.filter(|settings| page.is_after(&settings.pool_id));
    let no_triggers = json!({});
    let described = rest.map(|settings| {
        let triggers = settings.members.get("LambdaConfig");
        let mut described = json!({
            "Id": settings.pool_id,
            "Name": settings.name,
            "LambdaConfig": triggers.unwrap_or(&no_triggers),
            "CreationDate": timestamp(settings.created),
            "LastModifiedDate": timestamp(settings.modified),
        });
        let replicas = &settings.stored.replicas;
        if !replicas.is_empty() {
            described["ReplicaRegions"] = replicas.keys().cloned().collect();
        }
        (&settings.pool_id, described)
    });
    page.answer("UserPools", described)
}

pub(crate) fn add_attributes(call: &Call<'_>) -> Answer {
    check_idle(call)?;
    let attributes: Vec<Attribute<'_>> = call.member("CustomAttributes")?;
    let attributes = attributes.iter();
    let attributes = attributes.map(|attribute| RequestedAttribute::new(attribute, true));
    let attributes = attributes.collect();
    change(call, |settings| settings.schema.extend(attributes))?;
    Ok(json!({}))
}

pub(crate) fn tag(call: &Call<'_>) -> Answer {
    let tags: Texts<'_> = call.member("Tags")?;
    check_resource(call)?;
    change(call, |settings| {
        settings.tags.extend(tags.to_map());
        check_tags(&settings.tags)
    })?;
    Ok(json!({}))
}

/// Fails if a resource would have too many tags.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Failure> {
    if tags.len() > MOST_TAGS {
        return invalid(format!("A resource has up to {MOST_TAGS} tags."));
    }
    Ok(())
}

pub(crate) fn untag(call: &Call<'_>) -> Answer {
    let keys: Vec<&str> = call.member("TagKeys")?;
    check_resource(call)?;
    change(call, |settings| {
        settings.tags.retain(|key, _| !keys.contains(&key.as_str()));
        Ok(())
    })?;
    Ok(json!({}))
}

pub(crate) fn list_tags(call: &Call<'_>) -> Answer {
    check_resource(call)?;
    Ok(json!({ "Tags": call.service.settings.tags }))
}

/// Fails if `ResourceArn` in the request is not the ARN of this pool.
fn check_resource(call: &Call<'_>) -> Result<(), Failure> {
    let arn = call.required("ResourceArn")?;
    if arn == call.service.settings.arn() {
        return Ok(());
    }
    let message = format!("Resource {arn} does not exist.");
    Err(Failure::not_found(message))
}
