//! `AdminSetUserMFAPreference`, `AdminGetUserAuthFactors`.

use serde_json::json;

use crate::model::form::USERNAME;
use crate::model::wire::Answer;
use crate::operations::account::mfa::Preference;
use crate::state::service::Call;

/// `AdminSetUserMFAPreference`.
pub(crate) fn set_preference(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let username = form.required("Username", &USERNAME);
    let wanted = Preference::read(&mut form);
    call.pool(form)?;
    let mut state = call.state();
    let user = state.users.expect(username)?;
    wanted.apply(call, user)
}

/// `AdminGetUserAuthFactors`.
pub(crate) fn auth_factors(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let username = form.required("Username", &USERNAME);
    call.pool(form)?;
    let mut state = call.state();
    let user = state.users.expect(username)?;
    let mut answer = json!({
        "Username": user.username,
        "ConfiguredUserAuthFactors": user.auth_factors(&call.service.settings),
    });
    user.describe_mfa(&mut answer);
    Ok(answer)
}
