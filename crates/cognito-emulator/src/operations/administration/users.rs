//! The operations `AdminCreateUser`, `AdminGetUser`, `AdminDeleteUser`, `AdminConfirmSignUp`,
//! `AdminEnableUser`, `AdminDisableUser`, `AdminUserGlobalSignOut`, `AdminSetUserPassword` and
//! `AdminResetUserPassword`.

use serde_json::{Value, json};

use crate::model::attributes::{self, Writer};
use crate::model::code::Proof;
use crate::model::failure::{Answer, Failure};
use crate::model::password::StoredPassword;
use crate::model::recovery::{check_self_service, recoverable};
use crate::model::time::timestamp;
use crate::model::user::{Status, User};
use crate::operations::authentication::sign_up::{check_unconfirmed, reachable};
use crate::state::call::Call;
use crate::state::inbox::Purpose;
use crate::state::names::{
    as_username_exists, check_addresses_free, check_not_federated, claim_verified, new_user,
    with_username,
};
use crate::triggers;

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let (username, given) = (call.required("Username")?, call.attributes()?);
    if call.text("MessageAction") == Some("RESEND") {
        return resend(call, username);
    }
    let settings = &call.service.settings;
    attributes::check(settings, Writer::Operator, &given)?;
    let named = with_username(settings, username, &given)?;
    check_not_federated(settings, username)?;
    let mut user = new_user(call, username, Status::ForceChangePassword);
    user.attributes = named;
    // The trigger may reject the user. The operator decides everything else.
    triggers::pre_sign_up(call, &user, "AdminCreateUser")?;
    let mut state = call.state();
    if state.users.find(username).is_some() {
        let message = "User account already exists";
        return Err(Failure::new("UsernameExistsException", message));
    }
    check_addresses_free(settings, &state.users, &user.attributes)?;
    claim_verified(call, &mut state, &user, call.flag("ForceAliasCreation"))
        .map_err(as_username_exists)?;
    let password = call.text("TemporaryPassword");
    if password.is_none_or(str::is_empty) && settings.is_passwordless() {
        user.status = Status::Confirmed;
    } else {
        invite(call, &mut user)?;
    }
    let answer = json!({ "User": user.summary(|_| true) });
    state.users.insert(user);
    Ok(answer)
}

/// Sends a new temporary password to a user. Fails if the status of the user is not
/// `FORCE_CHANGE_PASSWORD`.
fn resend(call: &Call<'_>, username: &str) -> Answer {
    let mut state = call.state();
    let user = state.users.expect(username)?;
    if user.status != Status::ForceChangePassword {
        let name = &user.username;
        return Err(Failure::new(
            "UnsupportedUserStateException",
            format!("Resend not possible. {name} status is not FORCE_CHANGE_PASSWORD"),
        ));
    }
    invite(call, user)?;
    user.modified = call.now;
    Ok(json!({ "User": user.summary(|_| true) }))
}

/// Sets the temporary password of a user: the password in the request, or a random password. Sends
/// it to the user's address, unless the request suppresses the message or the user has no address.
fn invite(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    let policy = &call.service.settings.policy;
    let password = match call.text("TemporaryPassword") {
        Some(password) => {
            policy.check(password)?;
            password.to_owned()
        }
        None => policy.generate(&call.service.random),
    };
    let expires = call.now.checked_add(policy.temporary_validity);
    user.set_password(StoredPassword::new(&password), expires);
    if call.text("MessageAction") == Some("SUPPRESS") {
        return Ok(());
    }
    let mediums: Vec<&str> = call.member("DesiredDeliveryMediums")?;
    let phone = Some("phone_number")
        .filter(|phone| mediums.first() == Some(&"SMS") && user.attribute(phone).is_some());
    if let Some(attribute) = phone.or_else(|| reachable(user)) {
        call.send(user, attribute, Purpose::Invitation, &password);
    }
    Ok(())
}

pub(crate) fn get(call: &Call<'_>) -> Answer {
    call.with_user(|user| {
        let mut answer = json!({
            "Username": user.username,
            "UserAttributes": user.attribute_list(|_| true),
            "UserCreateDate": timestamp(user.created),
            "UserLastModifiedDate": timestamp(user.modified),
            "Enabled": user.enabled,
            "UserStatus": user.status.name(),
        });
        user.describe_mfa(&mut answer);
        Ok(answer)
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let removed = call.state().users.remove(call.required("Username")?);
    removed.ok_or_else(Failure::user_not_found)?;
    Ok(Value::Null)
}

/// Handles `AdminConfirmSignUp`. Confirms the user, but does not mark the user's addresses as
/// verified.
pub(crate) fn confirm(call: &Call<'_>) -> Answer {
    let name = call.with_user(|user| {
        check_unconfirmed(user)?;
        user.codes.remove(&Proof::SignUp);
        user.status = Status::Confirmed;
        user.modified = call.now;
        Ok(user.username.clone())
    })?;
    triggers::post_confirmation(call, &name, "ConfirmSignUp")?;
    Ok(json!({}))
}

pub(crate) fn enable(call: &Call<'_>) -> Answer {
    call.change_user(|user| {
        user.enabled = true;
        Ok(())
    })
}

/// Handles `AdminDisableUser`. Also revokes all tokens of the user.
pub(crate) fn disable(call: &Call<'_>) -> Answer {
    call.change_user(|user| {
        user.enabled = false;
        user.sign_out(call.now);
        Ok(())
    })
}

pub(crate) fn sign_out(call: &Call<'_>) -> Answer {
    call.with_user(|user| {
        user.sign_out(call.now);
        Ok(json!({}))
    })
}

pub(crate) fn set_password(call: &Call<'_>) -> Answer {
    let (username, password) = (call.required("Username")?, call.required("Password")?);
    let policy = &call.service.settings.policy;
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

pub(crate) fn reset_password(call: &Call<'_>) -> Answer {
    let settings = &call.service.settings;
    check_self_service(settings)?;
    call.change_user(|user| {
        if user.status == Status::Unconfirmed {
            return Err(Failure::not_authorized(
                "User password cannot be reset in the current state.",
            ));
        }
        let attribute = recoverable(settings, user)?;
        call.send_code(user, attribute, Proof::PasswordReset);
        user.status = Status::ResetRequired;
        Ok(())
    })
}
