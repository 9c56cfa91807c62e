//! `AdminSetUserMFAPreference`, `AdminGetUserAuthFactors`.

use serde_json::json;

use crate::account::mfa::Preference;
use crate::form::USERNAME;
use crate::service::Call;
use crate::user::Factor;
use crate::wire::Answer;

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
    let totp = user.factors().contains(&Factor::SoftwareToken);
    let factors = [
        user.password.as_ref().map(|_| "PASSWORD"),
        totp.then_some("SOFTWARE_TOKEN"),
    ];
    let factors: Vec<_> = factors.into_iter().flatten().collect();
    let mut answer = json!({
        "Username": user.username,
        "ConfiguredUserAuthFactors": factors,
    });
    user.describe_mfa(&mut answer);
    Ok(answer)
}
