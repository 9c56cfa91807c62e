//! The operations `ForgotPassword` and `ConfirmForgotPassword`.

use serde_json::json;

use crate::model::code::{Attempt, Proof};
use crate::model::failure::{Answer, Failure};
use crate::model::password::StoredPassword;
use crate::model::recovery::{check_self_service, recoverable};
use crate::model::risk::PasswordEvent;
use crate::model::user::{Status, not_confirmed};
use crate::operations::authentication::name_limit::NameLimit;
use crate::operations::authentication::risk::check_new_password;
use crate::operations::authentication::sign_up::{hidden_or_unknown, simulated_delivery};
use crate::operations::common::check_code;
use crate::state::call::Call;
use crate::triggers;

pub(crate) fn forgot(call: &Call<'_>) -> Answer {
    let (username, client) = call.username_and_client()?;
    let settings = &call.service.settings;
    check_self_service(settings)?;
    triggers::migrate(call, username, None, "ForgotPassword")?;

    let limit = NameLimit::new(call, &client, username, Attempt::ForgotPassword);
    let mut state = call.state();
    limit.spend(&mut state)?;
    let Some(user) = state.users.find_mut(username) else {
        return hidden_or_unknown(&client, simulated_delivery(username));
    };
    match recoverable(settings, user) {
        Err(_) if client.hides_users => simulated_delivery(username),
        Err(failure) => Err(failure),
        Ok(attribute) => limit.send_code(user, attribute, Proof::PasswordReset),
    }
}

pub(crate) fn confirm(call: &Call<'_>) -> Answer {
    let (username, client) = call.username_and_client()?;
    let code = call.required("ConfirmationCode")?;
    let password = call.required("Password")?;
    call.service.settings.policy.check(password)?;
    check_new_password(call, &client.id, PasswordEvent::PasswordChange, password)?;

    let limit = NameLimit::new(call, &client, username, Attempt::ConfirmReset);
    let mut state = call.state();
    limit.check(&mut state, |state| {
        let Some(user) = state.users.find_mut(username) else {
            return hidden_or_unknown(&client, Err(Failure::code_mismatch())).map(drop);
        };
        if !user.enabled {
            return Err(if client.hides_users {
                Failure::code_mismatch()
            } else {
                Failure::disabled()
            });
        }
        if user.status == Status::Unconfirmed {
            return Err(not_confirmed());
        }
        let (proof, attempt) = (&Proof::PasswordReset, Attempt::ConfirmReset);
        check_code(call, user, proof, code, attempt).map(drop)
    })?;
    let user = state.users.expect(username)?;
    user.codes.remove(&Proof::PasswordReset);
    user.set_password(StoredPassword::new(password), None);
    user.status = Status::Confirmed;
    user.modified = call.now;
    let name = user.username.clone();
    drop(state);
    triggers::post_confirmation(call, &name, "ConfirmForgotPassword")?;
    Ok(json!({}))
}
