//! `ChangePassword`.

use serde_json::json;

use crate::model::code::Attempt;
use crate::model::failure::{Answer, Failure};
use crate::model::password::StoredPassword;
use crate::state::call::Call;

/// `ChangePassword`.
pub(crate) fn change(call: &Call<'_>) -> Answer {
    let proposed = call.required("ProposedPassword")?;
    let token = call.access_token()?;
    let service = call.service;
    let mut state = call.state();
    let user = call.bearer(&mut state, &token)?;
    let previous = call
        .text("PreviousPassword")
        .ok_or_else(|| Failure::invalid_parameter("Missing required parameter OldPassword"))?;
    service.spend(user, Attempt::ChangePassword, call.now)?;
    // The old password is checked before the policy is applied to the new one.
    let matches = user
        .password
        .as_ref()
        .is_some_and(|digest| digest.matches(previous));
    if !matches {
        return Err(Failure::incorrect());
    }
    service.settings.policy.check(proposed)?;
    user.set_password(StoredPassword::new(proposed), None);
    user.modified = call.now;
    Ok(json!({}))
}
