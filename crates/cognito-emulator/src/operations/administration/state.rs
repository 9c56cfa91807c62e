//! `AdminConfirmSignUp`, `AdminEnableUser`, `AdminDisableUser`, `AdminUserGlobalSignOut`.

use serde_json::json;

use crate::model::code::Proof;
use crate::model::failure::{Answer, Failure};
use crate::model::user::{Status, User};
use crate::operations::authentication::sign_up::check_unconfirmed;
use crate::state::call::Call;
use crate::triggers;

/// `AdminConfirmSignUp`. Confirms the user, but does not verify the address.
pub(crate) fn confirm(call: &Call<'_>) -> Answer {
    let mut name = String::new();
    let answer = with_user(call, |user| {
        check_unconfirmed(user)?;
        user.codes.remove(&Proof::SignUp);
        user.status = Status::Confirmed;
        user.modified = call.now;
        name.clone_from(&user.username);
        Ok(())
    })?;
    triggers::post_confirmation(call, &name, "ConfirmSignUp")?;
    Ok(answer)
}

/// `AdminEnableUser`.
pub(crate) fn enable(call: &Call<'_>) -> Answer {
    with_user(call, |user| {
        user.enabled = true;
        user.modified = call.now;
        Ok(())
    })
}

/// `AdminDisableUser`. Also revokes all tokens of the user.
pub(crate) fn disable(call: &Call<'_>) -> Answer {
    with_user(call, |user| {
        user.enabled = false;
        user.sign_out(call.now);
        user.modified = call.now;
        Ok(())
    })
}

/// `AdminUserGlobalSignOut`.
pub(crate) fn sign_out(call: &Call<'_>) -> Answer {
    with_user(call, |user| {
        user.sign_out(call.now);
        Ok(())
    })
}

fn with_user(call: &Call<'_>, change: impl FnOnce(&mut User) -> Result<(), Failure>) -> Answer {
    let whom = call.whom()?;
    change(call.user(&mut call.state(), &whom)?)?;
    Ok(json!({}))
}
