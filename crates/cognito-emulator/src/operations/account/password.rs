//! The operation `ChangePassword`.

use crate::model::code::Attempt;
use crate::model::failure::{Answer, Failure};
use crate::model::password::StoredPassword;
use crate::model::risk::PasswordEvent;
use crate::operations::authentication::risk::check_new_password;
use crate::state::call::Call;
use crate::state::tokens::claims::AccessToken;

pub(crate) fn change(call: &Call<'_>) -> Answer {
    let proposed = call.required("ProposedPassword")?;
    let previous = call.text("PreviousPassword");
    let AccessToken {
        username,
        client_id,
        ..
    } = call.access_token()?;
    let adopt = |previous| call.adopt_password(&username, previous);
    let _adoption = previous.map(adopt).transpose()?;
    call.change_user(|user| {
        let previous = previous
            .ok_or_else(|| Failure::invalid_parameter("Missing required parameter OldPassword"))?;
        call.service
            .spend(user, Attempt::ChangePassword, call.now)?;
        // The old password is checked before the policy is applied to the new one.
        let current = user.password.as_ref();
        if !current.is_some_and(|current| current.matches(previous)) {
            return Err(Failure::incorrect());
        }
        call.service.settings.policy.check(proposed)?;
        check_new_password(call, &client_id, PasswordEvent::PasswordChange, proposed)?;
        user.set_password(StoredPassword::new(proposed), None);
        Ok(())
    })
}
