//! The operations `GetUserPoolSessionConfiguration`, `SetUserPoolSessionConfiguration`,
//! `GetUserPoolClientSessionConfiguration` and `SetUserPoolClientSessionConfiguration`.

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::settings::SessionTracking;
use crate::model::single_sign_on::DEFAULT_MINUTES;
use crate::operations::common::invalid;
use crate::state::call::{Call, change};

pub(crate) fn get(call: &Call<'_>) -> Answer {
    Ok(of_pool(call, call.service.settings.session_tracking))
}

pub(crate) fn set(call: &Call<'_>) -> Answer {
    check_tier(call)?;
    let most = call.nested("TokenSession", "MaxPerUser");
    let most = most.and_then(Value::as_u64);
    let most = most.and_then(|most| usize::try_from(most).ok());
    let tracking = SessionTracking {
        is_enabled: call.required("UserSessionTracking")? == "ENABLED",
        most: most.unwrap_or(SessionTracking::MOST),
    };
    change(call, |settings| {
        settings.session_tracking = tracking;
        Ok(of_pool(call, tracking))
    })
}

/// Handles `GetUserPoolClientSessionConfiguration`. Returns the setting of the app client, even if
/// session tracking is disabled and the setting has no effect.
pub(crate) fn get_of_client(call: &Call<'_>) -> Answer {
    let client = call.client()?;
    let minutes = call.service.settings.stored.sso_minutes.get(&client.id);
    let minutes = minutes.copied().unwrap_or(DEFAULT_MINUTES);
    Ok(of_client(call, &client.id, minutes))
}

pub(crate) fn set_of_client(call: &Call<'_>) -> Answer {
    check_tier(call)?;
    let client = call.client()?;
    let minutes = call.nested("SSOSession", "MaxValidityMinutes");
    let minutes = minutes.and_then(Value::as_u64).unwrap_or(DEFAULT_MINUTES);
    change(call, |settings| {
        if !settings.session_tracking.is_enabled {
            return invalid("Session tracking is not enabled for the user pool.");
        }
        let all = &mut settings.stored.sso_minutes;
        all.insert(client.id.clone(), minutes);
        Ok(of_client(call, &client.id, minutes))
    })
}

/// Fails if the pool has the feature plan `LITE`, which has no session tracking.
fn check_tier(call: &Call<'_>) -> Result<(), Failure> {
    call.service.settings.check_tier("Session tracking")
}

fn of_pool(call: &Call<'_>, tracking: SessionTracking) -> Value {
    let is_enabled = tracking.is_enabled;
    json!({
        "TokenSession": { "MaxPerUser": tracking.most },
        "UserPoolId": call.service.settings.pool_id,
        "UserSessionTracking": if is_enabled { "ENABLED" } else { "DISABLED" },
    })
}

fn of_client(call: &Call<'_>, client: &str, minutes: u64) -> Value {
    json!({
        "ClientId": client,
        "SSOSession": { "MaxValidityMinutes": minutes },
        "UserPoolId": call.service.settings.pool_id,
    })
}
