//! `AdminSetUserPassword`, `AdminResetUserPassword`.

use serde_json::json;

use crate::model::code::Proof;
use crate::model::failure::{Answer, Failure};
use crate::model::password::StoredPassword;
use crate::model::recovery::{check_self_service, recoverable};
use crate::model::user::Status;
use crate::state::call::Call;

/// `AdminSetUserPassword`.
pub(crate) fn set(call: &Call<'_>) -> Answer {
    let (username, password) = (call.required("Username")?, call.required("Password")?);
    call.check_pool()?;
    let service = call.service;
    let policy = &service.settings.policy;
    let mut state = call.state();
    let user = state.users.expect(username)?;
    policy.check(password)?;
    let (status, expires) = if call.flag("Permanent") {
        (Status::Confirmed, None)
    } else {
        let expires = call.now.checked_add(policy.temporary_validity);
        (Status::ForceChangePassword, expires)
    };
    user.set_password(StoredPassword::new(password), expires);
    user.status = status;
    user.modified = call.now;
    Ok(json!({}))
}

/// `AdminResetUserPassword`.
pub(crate) fn reset(call: &Call<'_>) -> Answer {
    let username = call.required("Username")?;
    call.check_pool()?;
    let settings = &call.service.settings;
    check_self_service(settings)?;
    let mut state = call.state();
    let user = state.users.expect(username)?;
    if user.status == Status::Unconfirmed {
        return Err(Failure::not_authorized(
            "User password cannot be reset in the current state.",
        ));
    }
    let attribute = recoverable(settings, user)?;
    call.send_code(user, attribute, Proof::PasswordReset);
    user.status = Status::ResetRequired;
    user.modified = call.now;
    Ok(json!({}))
}
