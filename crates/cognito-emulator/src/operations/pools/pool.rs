//! `CreateUserPool`, `DescribeUserPool`, `UpdateUserPool`, `DeleteUserPool`, `ListUserPools`,
//! `AddCustomAttributes`.

mod describe;
pub(crate) mod mfa;
mod settings;
mod templates;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::attributes::schema::{Asked, Attribute};
use crate::model::failure::{Answer, Failure};
use crate::model::request::{self, Texts};
use crate::model::settings::Settings;
use crate::model::time::timestamp;
use crate::operations::page::Page;
use crate::state::call::{Call, change};

use settings::{Naming, apply};

/// `CreateUserPool`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let settings = read(call.fields, call.pools.blank(call.region, call.now))?;
    let id = settings.pool_id.clone();
    call.pools.add(settings, Vec::new())?;
    let pool = call.pools.get(&id)?;
    Ok(json!({ "UserPool": describe::pool(&pool) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateUserPool<'a> {
    pool_name: &'a str,
    #[serde(borrow)]
    user_pool_tags: Option<Texts<'a>>,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    schema: Vec<Attribute<'a>>,
}

/// Returns the settings of a new pool with the settings of a request.
pub(crate) fn read(
    fields: &Map<String, Value>,
    mut settings: Settings,
) -> Result<Settings, Failure> {
    let told: CreateUserPool<'_> = request::read(fields)?;
    let naming: Naming<'_> = request::read(fields)?;
    told.pool_name.clone_into(&mut settings.name);
    naming.apply(&mut settings)?;
    settings.tags = told.user_pool_tags.unwrap_or_default().to_map();
    let attributes = told.schema.iter();
    let attributes = attributes.map(|attribute| Asked::new(attribute, false));
    let required = settings.schema.extend(attributes.collect())?;
    settings.required_attributes = required.into_iter().collect();
    apply(fields, &mut settings)?;
    Ok(settings)
}

/// `DescribeUserPool`.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    Ok(json!({ "UserPool": describe::pool(call.service) }))
}

/// `UpdateUserPool`. Missing settings are reset to their defaults, as in AWS.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let tags: Option<Texts<'_>> = call.member("UserPoolTags")?;
    call.check_pool()?;
    change(call, |settings| {
        if let Some(name) = call.text("PoolName") {
            name.clone_into(&mut settings.name);
        }
        if let Some(tags) = tags {
            settings.tags = tags.to_map();
        }
        apply(call.fields, settings)
    })?;
    Ok(json!({}))
}

/// `DeleteUserPool`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    call.pools.remove(&call.service.settings.pool_id)?;
    Ok(Value::Null)
}

/// `ListUserPools`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let pools = call.pools.all();
    let rest = pools.iter().map(|pool| &pool.settings);
    let rest = rest.filter(|settings| page.is_after(&settings.pool_id));
    let key = |settings: &&Settings| settings.pool_id.clone();
    page.answer("UserPools", rest, key, |settings| {
        json!({
            "Id": settings.pool_id,
            "Name": settings.name,
            "LambdaConfig": describe::kept(settings, "LambdaConfig"),
            "CreationDate": timestamp(settings.created),
            "LastModifiedDate": timestamp(settings.modified),
        })
    })
}

/// `AddCustomAttributes`.
pub(crate) fn add_attributes(call: &Call<'_>) -> Answer {
    let attributes: Vec<Attribute<'_>> = call.member("CustomAttributes")?;
    call.check_pool()?;
    let attributes = attributes.iter();
    let attributes = attributes.map(|attribute| Asked::new(attribute, true));
    let attributes = attributes.collect();
    change(call, |settings| settings.schema.extend(attributes))?;
    Ok(json!({}))
}
