//! `AdminSetUserMFAPreference`, `AdminGetUserAuthFactors`.

use serde_json::json;

use crate::model::factors;
use crate::model::failure::Answer;
use crate::model::form::USERNAME;
use crate::operations::account::mfa::Preference;
use crate::state::call::Call;

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
        "ConfiguredUserAuthFactors": factors::configured(&call.service.settings, user),
    });
    user.describe_mfa(&mut answer);
    Ok(answer)
}
