//! The operations `GetProvisionedLimit` and `UpdateProvisionedLimit`.

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::operations::common::invalid;
use crate::operations::quotas::{self, Category};
use crate::state::call::Call;

pub(crate) fn get(call: &Call<'_>) -> Answer {
    let category = category(call)?;
    let owner = quotas::owner(call, category.name);
    let provisioned = call.pools.quotas.lock().provisioned(&owner);
    Ok(answer(
        category,
        provisioned.unwrap_or(category.default_rate),
    ))
}

/// Handles `UpdateProvisionedLimit`. There is no maximum, because AWS's maximum depends on the
/// account. AWS does not support higher limits of `UserAuthentication` and `UserFederation` for
/// pools with managed login. The emulator accepts them, and never enforces `UserFederation`.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let category = category(call)?;
    if !category.is_adjustable {
        return invalid(format!(
            "The category {} cannot be adjusted.",
            category.name
        ));
    }
    let free = category.default_rate;
    let value = call.fields.get("RequestedLimitValue");
    let value = value.and_then(Value::as_u64);
    let Some(value) = value.filter(|value| *value >= free) else {
        return invalid(format!("RequestedLimitValue must be at least {free}."));
    };
    let owner = quotas::owner(call, category.name);
    call.pools.quotas.lock().provision(owner, value);
    Ok(answer(category, value))
}

/// Returns the category of operations in the request. Fails if the category is unknown.
fn category(call: &Call<'_>) -> Result<Category, Failure> {
    let wanted = call.nested("LimitDefinition", "Attributes");
    let wanted = wanted.and_then(|attributes| attributes.get("Category")?.as_str());
    let found = wanted.and_then(quotas::named);
    found.ok_or_else(|| Failure::not_found("The limit does not exist."))
}

fn answer(category: Category, provisioned: u64) -> Value {
    json!({
        "Limit": {
            "FreeLimitValue": category.default_rate,
            "LimitDefinition": {
                "Attributes": { "Category": category.name },
                "LimitClass": "API_CATEGORY",
            },
            "ProvisionedLimitValue": provisioned,
        },
    })
}
