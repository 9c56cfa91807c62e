//! The operations `CreateUserPoolDomain`, `DescribeUserPoolDomain`, `UpdateUserPoolDomain` and
//! `DeleteUserPoolDomain`.
//!
//! A domain is only stored. The emulator serves the pages of all pools at its own endpoint.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::random::Random;
use crate::model::request;
use crate::model::settings::Settings;
use crate::operations::common::{add_members, invalid};
use crate::state::call::{Call, change};
use crate::state::pools::{LOWER, Pools};
use crate::state::service::Service;

/// The settings of a domain that `DescribeUserPoolDomain` returns unchanged.
const STORED: [&str; 3] = ["CustomDomainConfig", "ManagedLoginVersion", "Routing"];

/// The member that contains the CloudFront distribution of a domain.
const DISTRIBUTION: &str = "CloudFrontDistribution";

/// The words that a prefix domain must not contain.
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let domain = call.required("Domain")?;
    check_new(call.pools, call.fields)?;
    let random = &call.service.random;
    change(call, |settings| add(settings, random, call.fields))?;
    let mut answer = request::copy_members(call.fields, &["ManagedLoginVersion"]);
    let pool = call.pools.get(&call.service.settings.pool_id)?;
    let stored = pool.settings.domains.get(domain);
    if let Some(stored) = stored.filter(|stored| stored.contains_key("CustomDomainConfig")) {
        let distribution = stored.get(DISTRIBUTION).cloned();
        answer.insert("CloudFrontDomain".to_owned(), json!(distribution));
    }
    Ok(Value::Object(answer))
}

/// Checks the new domain in a validated request. Fails if AWS would reject the domain, or if a pool
/// already has it.
pub(crate) fn check_new(pools: &Pools, fields: &Map<String, Value>) -> Result<(), Failure> {
    let domain = fields.get("Domain").and_then(Value::as_str);
    let domain = domain.unwrap_or_default();
    if !fields.contains_key("CustomDomainConfig") {
        check_prefix(domain)?;
        check_routing(fields)?;
    }
    if pools.of_domain(domain).is_some() {
        return invalid("Domain already associated with another user pool.");
    }
    Ok(())
}

/// Adds the domain that a validated request describes. Fails if the pool already has a domain of
/// this kind.
pub(crate) fn add(
    settings: &mut Settings,
    random: &Random,
    fields: &Map<String, Value>,
) -> Result<(), Failure> {
    let mut stored = request::copy_members(fields, &STORED);
    let is_custom = stored.contains_key("CustomDomainConfig");
    // A pool has one domain of AWS's and one custom domain.
    let mut others = settings.domains.values();
    if others.any(|other| other.contains_key("CustomDomainConfig") == is_custom) {
        return invalid("The user pool already has a domain configured.");
    }
    let id = random.word(13, LOWER);
    stored.insert(
        DISTRIBUTION.to_owned(),
        json!(format!("d{id}.cloudfront.net")),
    );
    let domain = fields.get("Domain").and_then(Value::as_str);
    let domain = domain.unwrap_or_default();
    settings.domains.insert(domain.to_owned(), stored);
    Ok(())
}

/// Fails if AWS would reject the name of a prefix domain
/// (github.com/aws-amplify/amplify-cli/issues/3854,
/// github.com/mineiros-io/terraform-aws-cognito-user-pool/issues/69).
fn check_prefix(domain: &str) -> Result<(), Failure> {
    if domain.contains('.') {
        return invalid(
            "The domain name contains an invalid character. Domain names can only contain \
             lower-case letters, numbers, and hyphens. Please enter a different name that follows \
             this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
        );
    }
    match RESERVED.into_iter().find(|word| domain.contains(word)) {
        Some(word) => invalid(format!("Domain cannot contain reserved word: {word}")),
        None => Ok(()),
    }
}

/// Fails if the request sets `Routing` for a prefix domain.
///
/// `Routing` configures the failover between the replicas of a pool. It is "currently only
/// supported for custom domains" (API reference of `CreateUserPoolDomain`). AWS does not document
/// the error.
fn check_routing(stored: &Map<String, Value>) -> Result<(), Failure> {
    if stored.contains_key("Routing") {
        return invalid("Routing is only supported for custom domains.");
    }
    Ok(())
}

/// Handles `DescribeUserPoolDomain`. If no pool of the account has the domain, the description is
/// empty. It is also empty for a prefix domain in the region of a replica ("this operation doesn't
/// return results when you query a prefix domain in a secondary Region", API reference).
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    let domain = call.required("Domain")?;
    let pool = call.pools.of_domain(domain);
    let pool = pool.filter(|pool| pool.settings.account == call.account);
    let pool = pool.and_then(|pool| pool.in_region(call.region));
    let is_here = |pool: &Arc<Service>| {
        let is_custom = |members: &Map<String, Value>| members.contains_key("CustomDomainConfig");
        pool.settings.replica().is_none()
            || pool.settings.domains.get(domain).is_some_and(is_custom)
    };
    let Some(pool) = pool.filter(is_here) else {
        return Ok(json!({ "DomainDescription": {} }));
    };
    let settings = &pool.settings;
    let mut described = json!({
        "UserPoolId": settings.pool_id,
        "AWSAccountId": settings.account,
        "Domain": domain,
        "S3Bucket": "aws-cognito-prod-emulated-assets",
        "Version": "1",
        "Status": "ACTIVE",
        "CustomDomainConfig": {},
        "ManagedLoginVersion": 1,
    });
    if let Some(members) = settings.domains.get(domain) {
        add_members(&mut described, members);
    }
    Ok(json!({ "DomainDescription": described }))
}

pub(crate) fn update(call: &Call<'_>) -> Answer {
    let domain = call.required("Domain")?;
    let mut stored = request::copy_members(call.fields, &STORED);
    let version = stored.get("ManagedLoginVersion").cloned();
    let mut answer = json!({ "ManagedLoginVersion": version.unwrap_or_else(|| json!(1)) });
    change(call, |settings| {
        let known = settings.domains.get_mut(domain).ok_or_else(unknown)?;
        if !stored.contains_key("CustomDomainConfig") {
            check_routing(&stored)?;
        }
        if let Some(distribution) = known.get(DISTRIBUTION) {
            if stored.contains_key("CustomDomainConfig") {
                answer["CloudFrontDomain"] = distribution.clone();
            }
            stored.insert(DISTRIBUTION.to_owned(), distribution.clone());
        }
        *known = stored;
        Ok(())
    })?;
    Ok(answer)
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let domain = call.required("Domain")?;
    change(call, |settings| {
        let known = settings.domains.remove(domain);
        known.ok_or_else(unknown)
    })?;
    Ok(json!({}))
}

fn unknown() -> Failure {
    Failure::invalid_parameter("No such domain or user pool exists.")
}

/// Returns the members of a `CreateUserPoolDomain` request that creates this domain, without
/// `UserPoolId`.
pub(crate) fn request(domain: &str, stored: &Map<String, Value>) -> Map<String, Value> {
    let mut request = request::copy_members(stored, &STORED);
    request.insert("Domain".to_owned(), json!(domain));
    request
}
