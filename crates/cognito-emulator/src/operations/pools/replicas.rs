//! The operations `CreateUserPoolReplica`, `UpdateUserPoolReplica`, `DeleteUserPoolReplica` and
//! `ListUserPoolReplicas`.
//!
//! The emulator only stores replicas. A replica has no separate endpoint, because all regions have
//! the same endpoint.

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::settings::Settings;
use crate::model::stored::check_count;
use crate::operations::common::invalid;
use crate::operations::page::Page;
use crate::state::call::{Call, change};

/// The maximum number of replicas of a pool. AWS documents no maximum. A pool has at most one
/// replica per region, and AWS has fewer than 50 regions.
const MOST_REPLICAS: usize = 50;

/// Handles `CreateUserPoolReplica`. The new replica is ready at once. Therefore its first status is
/// `INACTIVE`, not `CREATING`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let region = call.required("RegionName")?;
    change(call, |settings| {
        if region == settings.region || settings.stored.replicas.contains_key(region) {
            return invalid(format!("The user pool already has a replica in {region}."));
        }
        let message = "The user pool has too many replicas.";
        check_count(settings.stored.replicas.len(), MOST_REPLICAS, message)?;
        settings.stored.replicas.insert(region.to_owned(), false);
        Ok(answer(settings, region, "INACTIVE"))
    })
}

pub(crate) fn update(call: &Call<'_>) -> Answer {
    let (region, status) = (call.required("RegionName")?, call.required("Status")?);
    change(call, |settings| {
        let active = settings.stored.replicas.get_mut(region);
        *active.ok_or_else(|| unknown(region))? = status == "ACTIVE";
        Ok(answer(settings, region, status))
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let region = call.required("RegionName")?;
    change(call, |settings| {
        let replicas = &mut settings.stored.replicas;
        if *replicas.get(region).ok_or_else(|| unknown(region))? {
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
    let mut replicas = settings.stored.replicas.clone();
    replicas.insert(settings.region.clone(), true);
    let rest = replicas.iter().filter(|(region, _)| page.is_after(region));
    let described = rest.map(|(region, is_active)| {
        let status = if *is_active { "ACTIVE" } else { "INACTIVE" };
        (region, describe(settings, region, status))
    });
    page.answer("UserPoolReplicas", described)
}

fn describe(settings: &Settings, region: &str, status: &str) -> Value {
    let is_primary = region == settings.region;
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
