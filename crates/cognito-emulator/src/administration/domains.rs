//! `CreateUserPoolDomain`, `DescribeUserPoolDomain`, `UpdateUserPoolDomain`,
//! `DeleteUserPoolDomain`.
//!
//! All pools are served at the one endpoint whatever their domains are.

use serde_json::{Map, Value, json};

use crate::administration::pool::change;
use crate::form::RESOURCE;
use crate::form::oauth::DOMAIN;
use crate::service::Call;
use crate::wire::{Answer, Failure};

/// What is described again.
const TOLD: [&str; 2] = ["CustomDomainConfig", "ManagedLoginVersion"];

/// `CreateUserPoolDomain`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let (domain, told) = read(call)?;
    let is_custom = told.contains_key("CustomDomainConfig");
    if call.pools.of_domain(&domain).is_some() {
        return Err(Failure::invalid_parameter(
            "Domain already associated with another user pool.",
        ));
    }
    let cloud_front = is_custom.then(|| json!({ "CloudFrontDomain": domain }));
    change(call, |settings| {
        // A pool has one domain of AWS's and one of its own.
        let mut others = settings.domains.values();
        if others.any(|other| other.contains_key("CustomDomainConfig") == is_custom) {
            return Err(Failure::invalid_parameter(
                "The user pool already has a domain configured.",
            ));
        }
        settings.domains.insert(domain, told);
        Ok(())
    })?;
    Ok(cloud_front.unwrap_or_else(|| json!({})))
}

/// `DescribeUserPoolDomain`. A domain of nobody is no error.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let domain = form.required("Domain", &DOMAIN).to_owned();
    form.finish()?;
    let Some(pool) = call.pools.of_domain(&domain) else {
        return Ok(json!({ "DomainDescription": {} }));
    };
    let settings = &pool.settings;
    let mut described = json!({
        "UserPoolId": settings.pool_id,
        "AWSAccountId": "123456789012",
        "Domain": domain,
        "S3Bucket": "aws-cognito-prod-emulated-assets",
        "CloudFrontDistribution": "emulated.cloudfront.net",
        "Version": "1",
        "Status": "ACTIVE",
        "CustomDomainConfig": {},
        "ManagedLoginVersion": 1,
    });
    for (name, value) in settings.domains.get(&domain).into_iter().flatten() {
        described[name] = value.clone();
    }
    Ok(json!({ "DomainDescription": described }))
}

/// `UpdateUserPoolDomain`.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let (domain, told) = read(call)?;
    change(call, |settings| {
        let known = settings.domains.get_mut(&domain);
        *known.ok_or_else(unknown)? = told;
        Ok(())
    })?;
    Ok(json!({}))
}

/// `DeleteUserPoolDomain`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let domain = form.required("Domain", &DOMAIN).to_owned();
    call.pool(form)?;
    change(call, |settings| {
        let known = settings.domains.remove(&domain);
        known.map(drop).ok_or_else(unknown)
    })?;
    Ok(json!({}))
}

fn read(call: &Call<'_>) -> Result<(String, Map<String, Value>), Failure> {
    let mut form = call.form();
    let domain = form.required("Domain", &DOMAIN).to_owned();
    form.integer("ManagedLoginVersion", 1, 2);
    form.within("CustomDomainConfig", |inner| {
        inner.required("CertificateArn", &RESOURCE).to_owned()
    });
    let told = form.keep(&TOLD);
    call.pool(form)?;
    Ok((domain, told))
}

fn unknown() -> Failure {
    Failure::invalid_parameter("No such domain or user pool exists.")
}
