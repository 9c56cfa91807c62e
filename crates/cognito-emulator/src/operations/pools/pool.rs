//! `CreateUserPool`, `DescribeUserPool`, `UpdateUserPool`, `DeleteUserPool`, `ListUserPools`,
//! `AddCustomAttributes`.

mod describe;
pub(crate) mod mfa;
mod request;
mod templates;

use serde_json::{Value, json};

use crate::model::attributes::schema;
use crate::model::failure::{Answer, Failure};
use crate::model::form::{Form, PAGE};
use crate::model::settings::Settings;
use crate::model::time::timestamp;
use crate::operations::administration::list::{page, page_token};
use crate::state::call::{Call, change};

use request::Wanted;

/// `CreateUserPool`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let settings = read(call.form(), call.pools.blank(call.region, call.now))?;
    let id = settings.pool_id.clone();
    call.pools.add(settings, Vec::new())?;
    let pool = call.pools.get(&id)?;
    Ok(json!({ "UserPool": describe::pool(&pool) }))
}

/// Returns the settings of a new pool in `CreateUserPool`.
pub(crate) fn read(mut form: Form<'_>, mut settings: Settings) -> Result<Settings, Failure> {
    let name = request::name(&mut form);
    form.must_have("PoolName");
    let naming = request::Naming::read(&mut form);
    let tags = request::tags(&mut form, "UserPoolTags");
    let attributes = schema::read(&mut form, "Schema", false);
    let wanted = Wanted::read(&mut form);
    form.finish()?;
    name.unwrap_or_default().clone_into(&mut settings.name);
    naming.apply(&mut settings)?;
    settings.tags = tags.unwrap_or_default();
    settings.required_attributes = settings.schema.extend(attributes)?.into_iter().collect();
    wanted.apply(&mut settings)?;
    Ok(settings)
}

/// `DescribeUserPool`.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    call.pool(call.form())?;
    Ok(json!({ "UserPool": describe::pool(call.service) }))
}

/// `UpdateUserPool`. Missing settings are reset to their defaults, as at AWS.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let name = request::name(&mut form);
    let tags = request::tags(&mut form, "UserPoolTags");
    let wanted = Wanted::read(&mut form);
    call.pool(form)?;
    change(call, |settings| {
        if let Some(name) = name {
            name.clone_into(&mut settings.name);
        }
        if let Some(tags) = tags {
            settings.tags = tags;
        }
        wanted.apply(settings)
    })?;
    Ok(json!({}))
}

/// `DeleteUserPool`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    call.pool(call.form())?;
    call.pools.remove(&call.service.settings.pool_id)?;
    Ok(Value::Null)
}

/// `ListUserPools`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    form.must_have("MaxResults");
    let limit = page_size(&mut form);
    let token = form.optional("NextToken", &PAGE);
    form.finish()?;
    let after = page(call, token)?;
    let pools = call.pools.all();
    let mut rest = pools
        .iter()
        .map(|pool| &pool.settings)
        .filter(|settings| after.as_ref().is_none_or(|after| settings.pool_id > *after))
        .peekable();
    let shown: Vec<&Settings> = rest.by_ref().take(limit).collect();
    let list: Value = shown
        .iter()
        .map(|settings| {
            json!({
                "Id": settings.pool_id,
                "Name": settings.name,
                "LambdaConfig": describe::kept(settings, "LambdaConfig"),
                "CreationDate": timestamp(settings.created),
                "LastModifiedDate": timestamp(settings.modified),
            })
        })
        .collect();
    let mut answer = json!({ "UserPools": list });
    if let (Some(last), true) = (shown.last(), rest.peek().is_some()) {
        answer["NextToken"] = page_token(call, &last.pool_id);
    }
    Ok(answer)
}

/// `AddCustomAttributes`.
pub(crate) fn add_attributes(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    form.must_have("CustomAttributes");
    let attributes = schema::read(&mut form, "CustomAttributes", true);
    call.pool(form)?;
    change(call, |settings| settings.schema.extend(attributes))?;
    Ok(json!({}))
}

/// Reads the page size of pools or clients: up to 60, which is also the default.
pub(crate) fn page_size(form: &mut Form<'_>) -> usize {
    let limit = form.integer("MaxResults", 1, 60);
    limit.map_or(60, |limit| usize::try_from(limit).unwrap_or(60))
}
