//! The operations `CreateUserPoolReplica`, `UpdateUserPoolReplica`, `DeleteUserPoolReplica` and
//! `ListUserPoolReplicas`.
//!
//! The emulator creates or deletes a replica before it responds. As in AWS, the response has the
//! status `CREATING` or `DELETING`, but no later response has it. The module
//! [`secondary`](crate::operations::secondary) decides which operations a replica accepts.

use cognito_core::Region;
use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::replica::Replica;
use crate::model::request::Texts;
use crate::model::settings::Settings;
use crate::model::stored::check_count;
use crate::operations::common::invalid;
use crate::operations::page::Page;
use crate::operations::pools::pool::check_tags;
use crate::state::call::{Call, change};

/// The maximum number of replicas of a pool (developer guide, "Multi-Region replication for user
/// pools").
const MOST_REPLICAS: usize = 1;

/// Handles `CreateUserPoolReplica`. The new replica is inactive.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let region = call.required("RegionName")?;
    let tags: Option<Texts<'_>> = call.member("UserPoolTags")?;
    let tags = tags.map(|tags| tags.to_map()).unwrap_or_default();
    check_tags(&tags)?;
    change(call, |settings| {
        settings.check_tier("Multi-Region replication")?;
        if region == settings.region || Region::new(region).is_err() {
            return invalid("RegionName must be an AWS region other than the primary region.");
        }
        let message = "The user pool already has a replica. A user pool has at most one.";
        check_count(settings.stored.replicas.len(), MOST_REPLICAS, message)?;
        check_key(settings)?;
        let replica = Replica::new(settings, tags)?;
        settings.stored.replicas.insert(region.to_owned(), replica);
        Ok(answer(settings, region, "CREATING"))
    })
}

/// Fails if the pool has no multi-Region KMS key. The id of such a key begins with `mrk-` (AWS KMS
/// developer guide, "Multi-Region keys in AWS KMS"). AWS does not document the error.
fn check_key(settings: &Settings) -> Result<(), Failure> {
    let key = settings.members.get("KeyConfiguration");
    let arn = key.and_then(|key| key["KmsKeyArn"].as_str());
    let is_of_customer = key.is_some_and(|key| key["KeyType"] == "CUSTOMER_MANAGED_KEY");
    if is_of_customer && arn.is_some_and(|arn| arn.contains(":key/mrk-")) {
        return Ok(());
    }
    Err(Failure::new(
        "OperationNotEnabledException",
        "Replication needs a multi-Region customer managed key: set KeyConfiguration of the user \
         pool to the ARN of a key whose id begins with mrk-.",
    ))
}

/// Handles `UpdateUserPoolReplica`, in the primary region and in the region of the replica.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let (region, status) = (call.required("RegionName")?, call.required("Status")?);
    let id = &call.service.settings.pool_id;
    call.pools.update(id, |settings| {
        if region == settings.region {
            return invalid("The status of the primary replica cannot be changed.");
        }
        let replica = settings.stored.replicas.get_mut(region);
        replica.ok_or_else(|| unknown(region))?.is_active = status == "ACTIVE";
        Ok(answer(settings, region, status))
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let region = call.required("RegionName")?;
    change(call, |settings| {
        let replicas = &mut settings.stored.replicas;
        let replica = replicas.get(region).ok_or_else(|| unknown(region))?;
        if replica.is_active {
            return invalid("Only an inactive replica can be deleted.");
        }
        replicas.remove(region);
        Ok(answer(settings, region, "DELETING"))
    })
}

/// Handles `ListUserPoolReplicas`. The list contains the pool itself as the primary replica.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let settings = &call.service.settings;
    let secondary = settings.stored.replicas.iter();
    let secondary = secondary.map(|(region, replica)| (region.as_str(), replica.status()));
    let mut all = vec![(settings.primary_region(), "ACTIVE")];
    all.extend(secondary);
    all.sort_unstable();
    all.retain(|(region, _)| page.is_after(region));
    let described = all.into_iter();
    let described = described.map(|(region, status)| (region, describe(settings, region, status)));
    page.answer("UserPoolReplicas", described)
}

fn describe(settings: &Settings, region: &str, status: &str) -> Value {
    let is_primary = region == settings.primary_region();
    json!({
        "RegionName": region,
        "Role": if is_primary { "PRIMARY" } else { "SECONDARY" },
        "Status": status,
        "UserPoolArn": settings.arn_in(region),
    })
}

fn answer(settings: &Settings, region: &str, status: &str) -> Value {
    json!({ "UserPoolReplica": describe(settings, region, status) })
}

fn unknown(region: &str) -> Failure {
    Failure::not_found(format!("The user pool has no replica in {region}."))
}
