//! The operations `CreateIdentityPool`, `DescribeIdentityPool`, `UpdateIdentityPool`,
//! `DeleteIdentityPool`, `ListIdentityPools`, `SetIdentityPoolRoles` and `GetIdentityPoolRoles`.

use serde_json::{Map, Value, json};

use super::no_pool;
use crate::model::failure::{Answer, Failure};
use crate::model::request::copy_members;
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::identity_pools::IdentityPool;

/// The maximum number of identity pools of an account (Cognito developer guide, "Quotas").
const MOST_POOLS: usize = 1000;

/// The names of an identity pool's settings in requests and descriptions.
const SETTINGS: [&str; 9] = [
    "AllowClassicFlow",
    "AllowUnauthenticatedIdentities",
    "CognitoIdentityProviders",
    "DeveloperProviderName",
    "IdentityPoolName",
    "IdentityPoolTags",
    "OpenIdConnectProviderARNs",
    "SamlProviderARNs",
    "SupportedLoginProviders",
];

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let region = call.region.unwrap_or(&call.service.settings.region);
    let id = format!("{region}:{}", call.service.random.uuid());
    let pool = IdentityPool {
        account: call.account.to_owned(),
        settings: settings(call),
        roles: Map::new(),
    };
    let mut state = call.pools.identity_pools.lock();
    let is_own = |known: &&IdentityPool| known.account == pool.account;
    if state.pools.values().filter(is_own).count() >= MOST_POOLS {
        let message = format!("An account can have at most {MOST_POOLS} identity pools.");
        return Err(Failure::new("LimitExceededException", message));
    }
    let described = description(&id, &pool);
    state.pools.insert(id, pool);
    Ok(described)
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    with_pool(call, |id, pool| Ok(description(id, pool)))
}

/// Handles `UpdateIdentityPool`. As in AWS, settings that the request omits are reset to their
/// defaults. Without tags in the request, the tags are kept.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    with_pool(call, |id, pool| {
        let tags = pool.settings.remove("IdentityPoolTags");
        pool.settings = settings(call);
        if let Some(tags) = tags {
            pool.settings.entry("IdentityPoolTags").or_insert(tags);
        }
        Ok(description(id, pool))
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    with_pool(call, |_, _| Ok(()))?;
    let mut state = call.pools.identity_pools.lock();
    state.pools.remove(call.required("IdentityPoolId")?);
    Ok(Value::Null)
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let state = call.pools.identity_pools.lock();
    let rest = state.pools.iter();
    let rest = rest.filter(|(id, pool)| pool.account == call.account && page.is_after(id));
    let described = rest.map(|(id, pool)| {
        let name = &pool.settings["IdentityPoolName"];
        let described = json!({ "IdentityPoolId": id, "IdentityPoolName": name });
        (id, described)
    });
    page.answer("IdentityPools", described)
}

pub(crate) fn set_roles(call: &Call<'_>) -> Answer {
    with_pool(call, |_, pool| {
        pool.roles = copy_members(call.fields, &["RoleMappings", "Roles"]);
        Ok(Value::Null)
    })
}

pub(crate) fn roles(call: &Call<'_>) -> Answer {
    with_pool(call, |id, pool| {
        let mut described = pool.roles.clone();
        described.insert("IdentityPoolId".to_owned(), json!(id));
        Ok(Value::Object(described))
    })
}

fn settings(call: &Call<'_>) -> Map<String, Value> {
    copy_members(call.fields, &SETTINGS)
}

fn description(id: &str, pool: &IdentityPool) -> Value {
    let mut described = pool.settings.clone();
    described.insert("IdentityPoolId".to_owned(), json!(id));
    Value::Object(described)
}

/// Runs `work` with the identity pool in `IdentityPoolId`. Fails if the account does not have it.
fn with_pool<T>(
    call: &Call<'_>,
    work: impl FnOnce(&str, &mut IdentityPool) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let id = call.required("IdentityPoolId")?;
    let mut state = call.pools.identity_pools.lock();
    let pool = state.pools.get_mut(id);
    let pool = pool.filter(|pool| pool.account == call.account);
    work(id, pool.ok_or_else(|| no_pool(id))?)
}
