//! `AdminSetUserMFAPreference`, `AdminDeleteSoftwareToken`, `AdminGetUserAuthFactors`.

use serde_json::json;

use crate::model::factors;
use crate::model::failure::Answer;
use crate::model::options::Factor;
use crate::model::request::ForUser;
use crate::model::user::Mfa;
use crate::operations::account::mfa::Preference;
use crate::state::call::Call;

/// `AdminSetUserMFAPreference`.
pub(crate) fn set_preference(call: &Call<'_>) -> Answer {
    let ForUser { username } = call.request()?;
    let wanted: Preference = call.request()?;
    call.check_pool()?;
    let mut state = call.state();
    let user = state.users.expect(username)?;
    wanted.apply(call, user)
}

/// `AdminDeleteSoftwareToken`.
pub(crate) fn delete_totp(call: &Call<'_>) -> Answer {
    let ForUser { username } = call.request()?;
    call.check_pool()?;
    let mut state = call.state();
    let user = state.users.expect(username)?;
    user.mfa = Mfa {
        pending_totp: None,
        totp: None,
        totp_used: None,
        totp_enabled: false,
        preferred: user
            .mfa
            .preferred
            .filter(|factor| *factor != Factor::SoftwareToken),
        ..user.mfa
    };
    user.modified = call.now;
    Ok(json!({}))
}

/// `AdminGetUserAuthFactors`.
pub(crate) fn auth_factors(call: &Call<'_>) -> Answer {
    let ForUser { username } = call.request()?;
    call.check_pool()?;
    let mut state = call.state();
    let user = state.users.expect(username)?;
    let mut answer = json!({
        "Username": user.username,
        "ConfiguredUserAuthFactors": factors::configured(&call.service.settings, user),
    });
    user.describe_mfa(&mut answer);
    Ok(answer)
}
