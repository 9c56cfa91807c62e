//! The operations `CreateCIMDPolicy`, `DescribeCIMDPolicy`, `UpdateCIMDPolicy`, `DeleteCIMDPolicy`,
//! `ListCIMDPolicies`, `ListClientMetadataURLs` and `UpdateClientMetadataURLState`.
//!
//! A policy is for clients whose id is the URL of a client id metadata document (CIMD). The
//! emulator only stores policies. It does not accept such clients, and reads no documents.

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::request;
use crate::model::stored::{Item, check_count};
use crate::operations::common::delete_item;
use crate::operations::page::Page;
use crate::state::call::{Call, change};
use crate::state::pools::LOWER;

const ID: &str = "CIMDPolicyId";

/// The maximum number of policies for client id metadata documents in a pool. AWS documents no
/// maximum.
const MOST_POLICIES: usize = 100;

/// The default time for which a client id metadata document is cached, in seconds: one day. AWS
/// does not document the default, so this is the minimum that AWS allows.
const CACHE_SECONDS: u64 = 86_400;

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let members = members(call)?;
    let id = call.service.random.word(25, LOWER);
    let mut policy = Item::new(members, call.now);
    let cache = policy.members_mut().entry("CacheDuration");
    cache.or_insert(json!(CACHE_SECONDS));
    let answer = answer(call, &id, &policy);
    change(call, |settings| {
        let policies = &mut settings.stored.metadata_policies;
        check_count(
            policies.len(),
            MOST_POLICIES,
            "The user pool has too many CIMD policies.",
        )?;
        policies.insert(id, policy);
        Ok(())
    })?;
    Ok(answer)
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    let (id, policy) = find(call)?;
    Ok(answer(call, id, policy))
}

/// Handles `UpdateCIMDPolicy`. An optional member that the request omits does not change.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let id = call.required(ID)?;
    let members = members(call)?;
    change(call, |settings| {
        let policy = settings.stored.metadata_policies.get_mut(id);
        let policy = policy.ok_or_else(unknown)?;
        policy.update(members, call.now);
        Ok(answer(call, id, policy))
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let id = call.required(ID)?;
    delete_item(call, |settings| {
        let policies = &mut settings.stored.metadata_policies;
        policies.remove(id).ok_or_else(unknown)
    })
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let policies = &call.service.settings.stored.metadata_policies;
    Page::of_items(call, "CIMDPolicies", policies, |id, policy| {
        let mut summary = described(call, id, policy);
        summary.remove("URLPatterns");
        summary.remove("UserPoolId");
        Value::Object(summary)
    })
}

/// Handles `ListClientMetadataURLs`. The list is always empty, because the emulator reads no client
/// id metadata documents.
pub(crate) fn list_urls(call: &Call<'_>) -> Answer {
    find(call)?;
    Ok(json!({ "ClientMetadataURLs": [] }))
}

/// Handles `UpdateClientMetadataURLState`. Always fails, because the emulator caches no client id
/// metadata documents.
pub(crate) fn update_url(call: &Call<'_>) -> Answer {
    find(call)?;
    Err(Failure::new(
        "CachedCIMDURLDoesNotExistException",
        "The client metadata document URL is not cached.",
    ))
}

fn members(call: &Call<'_>) -> Result<Map<String, Value>, Failure> {
    call.client()?;
    let names = ["CacheDuration", "ClientId", "PolicyName", "URLPatterns"];
    Ok(request::copy_members(call.fields, &names))
}

fn find<'a>(call: &Call<'a>) -> Result<(&'a str, &'a Item), Failure> {
    let id = call.required(ID)?;
    let policy = call.service.settings.stored.metadata_policies.get(id);
    Ok((id, policy.ok_or_else(unknown)?))
}

/// Returns the description of a policy. As in AWS, the client id is omitted if the client was
/// deleted.
fn described(call: &Call<'_>, id: &str, policy: &Item) -> Map<String, Value> {
    let mut described = policy.describe_with((ID, id), &call.service.settings.pool_id);
    let client = policy.text("ClientId").unwrap_or_default();
    if call.service.client(client).is_err() {
        described.remove("ClientId");
    }
    described
}

fn answer(call: &Call<'_>, id: &str, policy: &Item) -> Value {
    json!({ "CIMDPolicy": described(call, id, policy) })
}

fn unknown() -> Failure {
    Failure::not_found("CIMD policy does not exist.")
}
