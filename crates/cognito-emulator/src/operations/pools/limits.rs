//! The operations `GetProvisionedLimit` and `UpdateProvisionedLimit`.
//!
//! The emulator only stores the limits. It does not limit the rate of requests.

use cognito_core::operations::QuotaCategory;
use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::operations::common::invalid;
use crate::state::call::Call;

pub(crate) fn get(call: &Call<'_>) -> Answer {
    let (category, free) = category(call)?;
    let provisioned = call.pools.limits.lock().get(category).copied();
    Ok(answer(category, provisioned.unwrap_or(free), free))
}

pub(crate) fn update(call: &Call<'_>) -> Answer {
    let (category, free) = category(call)?;
    let value = call.fields.get("RequestedLimitValue");
    let value = value.and_then(Value::as_u64);
    let Some(value) = value.filter(|value| *value >= free) else {
        return invalid(format!("RequestedLimitValue must be at least {free}."));
    };
    let mut limits = call.pools.limits.lock();
    limits.insert(category.to_owned(), value);
    Ok(answer(category, value, free))
}

/// The categories of operations that `cognito-core` does not define. Each pair has the name and the
/// default rate in requests per second (AWS developer guide, "Quotas").
const OTHERS: [(&str, u64); 6] = [
    ("UserFederation", 25),
    ("UserPoolClientRead", 15),
    ("UserPoolClientUpdate", 15),
    ("UserPoolRead", 15),
    ("UserPoolUpdate", 15),
    ("UserResourceUpdate", 25),
];

/// Returns the category of operations in the request, and its default rate in requests per second.
/// Fails if the category is unknown.
fn category(call: &Call<'_>) -> Result<(&'static str, u64), Failure> {
    let wanted = call.nested("LimitDefinition", "Attributes");
    let wanted = wanted.and_then(|attributes| attributes.get("Category")?.as_str());
    let known = QuotaCategory::ALL.iter();
    let known = known.map(|category| (category.name(), u64::from(category.default_rate())));
    let found = known.chain(OTHERS).find(|(name, _)| Some(*name) == wanted);
    found.ok_or_else(|| Failure::not_found("The limit does not exist."))
}

fn answer(category: &str, provisioned: u64, free: u64) -> Value {
    json!({
        "Limit": {
            "FreeLimitValue": free,
            "LimitDefinition": {
                "Attributes": { "Category": category },
                "LimitClass": "API_CATEGORY",
            },
            "ProvisionedLimitValue": provisioned,
        },
    })
}
