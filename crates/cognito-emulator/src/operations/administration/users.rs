//! `AdminCreateUser`, `AdminGetUser`, `AdminDeleteUser`.

use serde_json::{Value, json};

use crate::model::attributes;
use crate::model::attributes::Writer;
use crate::model::failure::{Answer, Failure};
use crate::model::password::StoredPassword;
use crate::model::time::timestamp;
use crate::model::user::{Status, User};
use crate::operations::authentication::sign_up::reachable;
use crate::state::call::Call;
use crate::state::inbox::Purpose;
use crate::state::names::{check_addresses_free, claim_verified, new_user, with_username};
use crate::state::pool::State;
use crate::triggers;

/// `AdminCreateUser`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let (username, given) = (call.required("Username")?, call.attributes()?);
    let mediums: Vec<&str> = call.member("DesiredDeliveryMediums")?;
    call.check_pool()?;
    let invitation = Invitation {
        password: call.text("TemporaryPassword"),
        action: call.text("MessageAction"),
        prefers_sms: mediums.first() == Some(&"SMS"),
    };
    if invitation.action == Some("RESEND") {
        return resend(call, &mut call.state(), username, &invitation);
    }
    let settings = &call.service.settings;
    attributes::check(settings, Writer::Operator, &given)?;
    let named = with_username(settings, username, &given)?;
    let mut user = new_user(call, username, Status::ForceChangePassword);
    user.attributes = named;
    // The trigger may reject the user. The operator decides everything else.
    triggers::pre_sign_up(call, &user, "AdminCreateUser")?;
    let mut state = call.state();
    if state.users.find(username).is_some() {
        return Err(Failure::new(
            "UsernameExistsException",
            "User account already exists",
        ));
    }
    check_addresses_free(settings, &state.users, &user.attributes)?;
    claim_verified(call, &mut state, &user, call.flag("ForceAliasCreation"))
        .map_err(|failure| failure.renamed("AliasExistsException", "UsernameExistsException"))?;
    if invitation.password.is_none_or(str::is_empty) && settings.is_passwordless() {
        user.status = Status::Confirmed;
    } else {
        invitation.give(call, &mut user)?;
    }
    let answer = json!({ "User": user.summary(|_| true) });
    state.users.insert(user);
    Ok(answer)
}

/// `AdminGetUser`.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let whom = call.whom()?;
    let mut state = call.state();
    let user = call.user(&mut state, &whom)?;
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
}

/// `AdminDeleteUser`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let username = call.required("Username")?;
    call.check_pool()?;
    call.state()
        .users
        .remove(username)
        .ok_or_else(Failure::user_not_found)?;
    Ok(Value::Null)
}

/// The temporary password of a new user, and its delivery.
struct Invitation<'a> {
    password: Option<&'a str>,
    action: Option<&'a str>,
    prefers_sms: bool,
}

impl Invitation<'_> {
    fn give(&self, call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
        let service = call.service;
        let policy = &service.settings.policy;
        let password = match self.password {
            Some(password) => {
                policy.check(password)?;
                password.to_owned()
            }
            None => policy.generate(&service.random),
        };
        let expires = call.now.checked_add(policy.temporary_validity);
        user.set_password(StoredPassword::new(&password), expires);
        if self.action == Some("SUPPRESS") {
            return Ok(());
        }
        let phone = self.prefers_sms && user.attribute("phone_number").is_some();
        let attribute = if phone {
            Some("phone_number")
        } else {
            reachable(user)
        };
        if let Some(attribute) = attribute {
            call.send(user, attribute, Purpose::Invitation, &password);
        }
        Ok(())
    }
}

/// Sets a new temporary password for a user who has not signed in yet.
fn resend(
    call: &Call<'_>,
    state: &mut State,
    username: &str,
    invitation: &Invitation<'_>,
) -> Answer {
    let user = state.users.expect(username)?;
    if user.status != Status::ForceChangePassword {
        return Err(Failure::new(
            "UnsupportedUserStateException",
            format!(
                "Resend not possible. {} status is not FORCE_CHANGE_PASSWORD",
                user.username
            ),
        ));
    }
    invitation.give(call, user)?;
    user.modified = call.now;
    Ok(json!({ "User": user.summary(|_| true) }))
}
