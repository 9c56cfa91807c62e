//! `CreateUserPoolDomain`, `DescribeUserPoolDomain`, `UpdateUserPoolDomain`,
//! `DeleteUserPoolDomain`.
//!
//! All pools are served at the same endpoint, whatever their domains are.

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::request;
use crate::state::call::Call;
use crate::state::call::change;
use crate::state::pools::LOWER;

/// The settings of a domain that `DescribeUserPoolDomain` returns as they were set.
const TOLD: [&str; 2] = ["CustomDomainConfig", "ManagedLoginVersion"];

/// The member of the description that names the distribution of a domain.
const DISTRIBUTION: &str = "CloudFrontDistribution";

/// The words that a prefix domain must not contain.
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];

/// The pattern of prefix domains.
const PREFIX: &str = r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$";

/// `CreateUserPoolDomain`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let (domain, mut told) = read(call)?;
    let is_custom = told.contains_key("CustomDomainConfig");
    if !is_custom {
        check_prefix(&domain)?;
    }
    if call.pools.of_domain(&domain).is_some() {
        return Err(Failure::invalid_parameter(
            "Domain already associated with another user pool.",
        ));
    }
    let id = call.service.random.word(13, LOWER);
    let distribution = json!(format!("d{id}.cloudfront.net"));
    let mut answer = Map::new();
    if let Some(version) = told.get("ManagedLoginVersion") {
        answer.insert("ManagedLoginVersion".to_owned(), version.clone());
    }
    if is_custom {
        answer.insert("CloudFrontDomain".to_owned(), distribution.clone());
    }
    told.insert(DISTRIBUTION.to_owned(), distribution);
    change(call, |settings| {
        // A pool has one domain of AWS's and one custom domain.
        let mut others = settings.domains.values();
        if others.any(|other| other.contains_key("CustomDomainConfig") == is_custom) {
            return Err(Failure::invalid_parameter(
                "The user pool already has a domain configured.",
            ));
        }
        settings.domains.insert(domain, told);
        Ok(())
    })?;
    Ok(Value::Object(answer))
}

/// Rejects names that a prefix domain cannot have (github.com/aws-amplify/amplify-cli/issues/3854,
/// github.com/mineiros-io/terraform-aws-cognito-user-pool/issues/69).
fn check_prefix(domain: &str) -> Result<(), Failure> {
    if domain.contains('.') {
        return Err(Failure::invalid_parameter(format!(
            "The domain name contains an invalid character. Domain names can only contain \
             lower-case letters, numbers, and hyphens. Please enter a different name that follows \
             this format: {PREFIX}"
        )));
    }
    match RESERVED.into_iter().find(|word| domain.contains(word)) {
        Some(word) => Err(Failure::invalid_parameter(format!(
            "Domain cannot contain reserved word: {word}"
        ))),
        None => Ok(()),
    }
}

/// `DescribeUserPoolDomain`. If no pool has the domain, the description is empty.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    let domain = call.required("Domain")?;
    let Some(pool) = call.pools.of_domain(domain) else {
        return Ok(json!({ "DomainDescription": {} }));
    };
    let settings = &pool.settings;
    let mut described = json!({
        "UserPoolId": settings.pool_id,
        "AWSAccountId": "123456789012",
        "Domain": domain,
        "S3Bucket": "aws-cognito-prod-emulated-assets",
        "Version": "1",
        "Status": "ACTIVE",
        "CustomDomainConfig": {},
        "ManagedLoginVersion": 1,
    });
    for (name, value) in settings.domains.get(domain).into_iter().flatten() {
        described[name] = value.clone();
    }
    Ok(json!({ "DomainDescription": described }))
}

/// `UpdateUserPoolDomain`.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let (domain, mut told) = read(call)?;
    let version = told.get("ManagedLoginVersion").cloned();
    let mut answer = json!({ "ManagedLoginVersion": version.unwrap_or_else(|| json!(1)) });
    change(call, |settings| {
        let known = settings.domains.get_mut(&domain).ok_or_else(unknown)?;
        if let Some(distribution) = known.get(DISTRIBUTION) {
            if told.contains_key("CustomDomainConfig") {
                answer["CloudFrontDomain"] = distribution.clone();
            }
            told.insert(DISTRIBUTION.to_owned(), distribution.clone());
        }
        *known = told;
        Ok(())
    })?;
    Ok(answer)
}

/// `DeleteUserPoolDomain`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let domain = call.required("Domain")?;
    call.check_pool()?;
    change(call, |settings| {
        let known = settings.domains.remove(domain);
        known.map(drop).ok_or_else(unknown)
    })?;
    Ok(json!({}))
}

fn read(call: &Call<'_>) -> Result<(String, Map<String, Value>), Failure> {
    let domain = call.required("Domain")?;
    let told = request::kept(call.fields, &TOLD);
    call.check_pool()?;
    Ok((domain.to_owned(), told))
}

fn unknown() -> Failure {
    Failure::invalid_parameter("No such domain or user pool exists.")
}
