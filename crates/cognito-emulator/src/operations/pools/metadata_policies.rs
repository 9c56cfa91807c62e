//! The operations `CreateCIMDPolicy`, `DescribeCIMDPolicy`, `UpdateCIMDPolicy`, `DeleteCIMDPolicy`,
//! `ListCIMDPolicies`, `ListClientMetadataURLs` and `UpdateClientMetadataURLState`.
//!
//! A policy is for clients whose id is the URL of a client id metadata document (CIMD).

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::request;
use crate::model::stored::{Item, check_count};
use crate::model::time::timestamp;
use crate::operations::common::delete_item;
use crate::operations::metadata_documents;
use crate::operations::page::Page;
use crate::state::call::{Call, change};
use crate::state::pools::LOWER;

const ID: &str = "CIMDPolicyId";

/// The name of the feature in the error for the feature plan `LITE`.
const FEATURE: &str = "CIMDPolicy";

/// The maximum number of policies for client id metadata documents in a pool. AWS documents no
/// maximum.
const MOST_POLICIES: usize = 100;

/// The default time for which a client id metadata document is cached, in seconds: one day.
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
    let answer = delete_item(call, |settings| {
        let policies = &mut settings.stored.metadata_policies;
        policies.remove(id).ok_or_else(unknown)
    })?;
    // After the policy, so that a new request does not store a document again.
    call.state().documents.remove_policy(id);
    Ok(answer)
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

/// Handles `ListClientMetadataURLs`. The list has the URLs of the stored documents. It is unknown
/// whether AWS also lists URLs whose documents are not stored.
pub(crate) fn list_urls(call: &Call<'_>) -> Answer {
    let (id, _) = find(call)?;
    let documents = call.state().documents.all(id, call.now);
    Page::of_items(call, "ClientMetadataURLs", &documents, |url, document| {
        json!({
            "URL": url,
            "CachedDate": timestamp(document.cached),
            "ExpirationDate": timestamp(document.expires),
        })
    })
}

/// Handles `UpdateClientMetadataURLState`. If `Action` is `REFRESH`, requests the document at the
/// URL again. Otherwise removes the stored document. Fails if no document with the URL is stored.
///
/// If `REFRESH` cannot read the document, fails with `InvalidParameterException` and keeps the
/// stored document. AWS does not document this error.
pub(crate) fn update_url(call: &Call<'_>) -> Answer {
    call.service.settings.check_tier(FEATURE)?;
    let policy = find(call)?;
    let url = call.required("URL")?;
    let is_refresh = call.text("Action") == Some("REFRESH");
    let is_stored = {
        let documents = &mut call.state().documents;
        if is_refresh {
            matches!(documents.find(policy.0, url, call.now), Some(Ok(_)))
        } else {
            documents.remove(policy.0, url, call.now)
        }
    };
    if !is_stored {
        return Err(Failure::new(
            "CachedCIMDURLDoesNotExistException",
            "The client metadata document URL is not cached.",
        ));
    }
    if is_refresh {
        metadata_documents::refresh(call.pools, call.service, policy, url)?;
    }
    Ok(json!({}))
}

fn members(call: &Call<'_>) -> Result<Map<String, Value>, Failure> {
    call.service.settings.check_tier(FEATURE)?;
    call.client()?;
    let names = ["CacheDuration", "ClientId", "PolicyName", "URLPatterns"];
    Ok(request::copy_members(call.fields, &names))
}

fn find<'a>(call: &Call<'a>) -> Result<(&'a str, &'a Item), Failure> {
    let id = call.required(ID)?;
    let policy = call.service.settings.stored.metadata_policies.get(id);
    Ok((id, policy.ok_or_else(unknown)?))
}

/// Returns the description of a policy for client id metadata documents (`CIMDPolicy`). As in AWS,
/// the member `ClientId` is omitted if the app client was deleted.
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
