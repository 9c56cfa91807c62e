//! The operations `SignUp`, `ConfirmSignUp` and `ResendConfirmationCode`.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::attributes::standard::{ADDRESSES, is_email, is_phone};
use crate::model::attributes::{self, Writer};
use crate::model::client::{AuthFlow, Client};
use crate::model::code::{Attempt, Proof};
use crate::model::failure::{Answer, Failure};
use crate::model::options::FirstFactor;
use crate::model::password::StoredPassword;
use crate::model::risk::PasswordEvent;
use crate::model::settings::Settings;
use crate::model::user::{Status, User};
use crate::operations::authentication::name_limit::NameLimit;
use crate::operations::authentication::risk::check_new_password;
use crate::operations::authentication::sign_in::SignIn;
use crate::operations::common::{check_code, invalid};
use crate::state::call::Call;
use crate::state::inbox::{delivery, medium};
use crate::state::names::{
    as_username_exists, check_addresses_free, check_not_federated, claim_alias, claim_verified,
    new_user, with_username,
};
use crate::state::sessions::Step;
use crate::triggers::{post_confirmation, pre_authentication, pre_sign_up};

pub(crate) fn sign_up(call: &Call<'_>) -> Answer {
    let (password, given) = (call.text("Password"), call.attributes()?);
    let (username, client) = call.username_and_client()?;
    let settings = &call.service.settings;
    if settings.admin_creates {
        let message = "SignUp is not permitted for this user pool";
        return Err(Failure::not_authorized(message));
    }
    attributes::check(settings, Writer::User(&client), &given)?;
    let named = with_username(settings, username, &given)?;
    check_not_federated(settings, username)?;
    attributes::check_required(settings, &named)?;
    // Codes to an address that the pool verifies can replace the password.
    let is_sent =
        |address: &str| settings.auto_verified.contains(address) && named.get(address).is_some();
    let is_code = |factor: &FirstFactor| factor.address().is_some_and(is_sent);
    let has_code = settings.first_factors.iter().any(is_code);
    match password {
        Some(password) => {
            settings.policy.check(password)?;
            check_new_password(call, &client.id, PasswordEvent::SignUp, password)?;
        }
        None if has_code && client.allows(AuthFlow::UserAuth) => {}
        None => return invalid("Missing required parameter Password"),
    }
    let mut user = new_user(call, username, Status::Unconfirmed);
    user.attributes = named;
    if let Some(password) = password {
        user.set_password(StoredPassword::new(password), None);
    }
    let accepted = pre_sign_up(call, &user, "SignUp")?;
    accepted.apply(&mut user);
    if accepted.confirmed {
        user.status = Status::Confirmed;
    }
    let sign_in = SignIn::new(call, &client, &user.username);
    let response = insert(&sign_in, username, user)?;
    if accepted.confirmed {
        post_confirmation(call, &sign_in.username, "ConfirmSignUp")?;
    }
    Ok(response)
}

/// Adds a user to the pool. If the user is not confirmed and has an address that the pool verifies,
/// sends a confirmation code. Fails if the user name or an address belongs to another user.
fn insert(sign_in: &SignIn<'_>, username: &str, mut user: User) -> Answer {
    let call = sign_in.call;
    let settings = &call.service.settings;
    let mut state = call.state();
    if state.users.find(username).is_some() {
        let message = "User already exists";
        return Err(Failure::new("UsernameExistsException", message));
    }
    check_addresses_free(settings, &state.users, &user.attributes)?;
    // An address that a trigger marks as verified is assigned to the new user.
    claim_verified(call, &mut state, &user, true).map_err(as_username_exists)?;
    let confirmed = user.status == Status::Confirmed;
    let mut response = json!({ "UserConfirmed": confirmed, "UserSub": user.sub });
    if let Some(attribute) = verifiable(settings, &user).filter(|_| !confirmed) {
        response["CodeDeliveryDetails"] = call.send_code(&mut user, attribute, Proof::SignUp);
    }
    state.users.insert(user);
    if let Some(session) = sign_in.open_sign_up(&mut state, Step::SignUp) {
        response["Session"] = json!(session);
    }
    Ok(response)
}

pub(crate) fn confirm(call: &Call<'_>) -> Answer {
    let (username, client) = call.username_and_client()?;
    let code = call.required("ConfirmationCode")?;
    let force = call.flag("ForceAliasCreation");
    let mut state = call.state();
    let Some(user) = state.users.find_mut(username) else {
        return hidden_or_unknown(&client, Err(Failure::code_expired()));
    };
    if !user.enabled {
        return Err(Failure::disabled());
    }
    check_unconfirmed(user)?;
    let attribute = check_code(call, user, &Proof::SignUp, code, Attempt::ConfirmSignUp)?;
    let address = user.attribute(attribute).unwrap_or_default().to_owned();
    let sign_in = SignIn::new(call, &client, &user.username);
    let name = &sign_in.username;
    let alias = (attribute, address.as_str());
    claim_alias(call.service, &mut state, name, alias, force)?;
    let user = state.users.expect(name)?;
    user.codes.remove(&Proof::SignUp);
    user.status = Status::Confirmed;
    user.modified = call.now;
    user.mark_verified(attribute);
    state.users.reindex(name);
    // If the request has the session of the sign-up, the new session signs the user in. If the
    // request has no session, the new one counts as a code that was sent to the confirmed address
    // (aws-amplify/amplify-android#3136, amplify-swift#4090); Amplify for JavaScript sends no
    // session and uses the one in the response. If the request has an invalid session, the user is
    // confirmed and no session is returned.
    let step = match call.text("Session") {
        Some(session) => sign_in
            .take_step(&mut state, session, |step| matches!(step, Step::SignUp))
            .map(|_| Step::SignedUp),
        None => Ok(Step::Confirmed(attribute)),
    };
    let session = step.ok();
    let session = session.and_then(|step| sign_in.open_sign_up(&mut state, step));
    drop(state);
    post_confirmation(call, name, "ConfirmSignUp")?;
    Ok(session.map_or_else(|| json!({}), |session| json!({ "Session": session })))
}

pub(crate) fn resend(call: &Call<'_>) -> Answer {
    let (username, client) = call.username_and_client()?;
    let limit = NameLimit::new(call, &client, username, Attempt::ResendCode);
    let mut state = call.state();
    limit.spend(&mut state)?;
    let Some(user) = state.users.find_mut(username) else {
        return hidden_or_unknown(&client, simulated_delivery(username));
    };
    if !user.enabled {
        // "Amazon Cognito returns CodeDeliveryDetails for a disabled user or a user that doesn't
        // exist" (AWS developer guide, "Managing user existence error responses").
        return if client.hides_users {
            simulated_delivery(username)
        } else {
            Err(Failure::disabled())
        };
    }
    if user.status != Status::Unconfirmed {
        return invalid("User is already confirmed.");
    }
    let attribute = verifiable(&call.service.settings, user).ok_or_else(|| {
        Failure::not_authorized("Cannot resend codes. Auto verification not turned on.")
    })?;
    limit.send_code(user, attribute, Proof::SignUp)
}

/// Continues with the sign-in after a sign-up at the hosted pages. `session` is the session that
/// `ConfirmSignUp` has returned. The next step is the same as after a right password: if the pool
/// requires a second factor, the user must enter it or set it up. The confirmation code does not
/// replace it. (In the flow `USER_AUTH`, the confirmation code counts as the first factor instead.)
pub(crate) fn sign_in_after(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    session: &str,
) -> Answer {
    pre_authentication(call, client, username)?;
    let mut sign_in = SignIn::new(call, client, username);
    let next = {
        let mut state = call.state();
        sign_in.take_step(&mut state, session, |step| matches!(step, Step::SignedUp))?;
        let user = state.users.expect(username)?;
        user.check_usable()?;
        sign_in.username.clone_from(&user.username);
        sign_in.after_password(&mut state)?
    };
    sign_in.finish(next)
}

/// Returns the attribute with the address for a confirmation code. If the pool verifies e-mail
/// addresses and phone numbers, the phone number has precedence (AWS developer guide, "Signing up
/// and confirming user accounts"). Returns `None` if the user has no address that the pool
/// verifies.
fn verifiable(settings: &Settings, user: &User) -> Option<&'static str> {
    ["phone_number", "email"]
        .into_iter()
        .find(|name| settings.auto_verified.contains(name) && user.attribute(name).is_some())
}

/// Returns the attribute with the address for a message. An e-mail address has precedence over a
/// phone number. Returns `None` if the user has no address.
pub(crate) fn reachable(user: &User) -> Option<&'static str> {
    ADDRESSES
        .into_iter()
        .find(|attribute| user.attribute(attribute).is_some())
}

pub(crate) fn check_unconfirmed(user: &User) -> Result<(), Failure> {
    if user.status == Status::Unconfirmed {
        return Ok(());
    }
    let status = user.status.name();
    Err(Failure::not_authorized(format!(
        "User cannot be confirmed. Current status is {status}"
    )))
}

/// Returns the response to a request for a user who does not exist: `hidden` if
/// `PreventUserExistenceErrors` of the client is `ENABLED`, otherwise `UserNotFoundException`.
/// `ForgotPassword`, `ConfirmForgotPassword`, `ConfirmSignUp` and `ResendConfirmationCode` use this
/// function.
pub(super) fn hidden_or_unknown(client: &Client, hidden: Answer) -> Answer {
    if client.hides_users {
        return hidden;
    }
    Err(Failure::new(
        "UserNotFoundException",
        "Username/client id combination not found.",
    ))
}

/// Returns simulated delivery details of a code for a user who does not exist. They depend only on
/// the name, so the same name always has the same details.
pub(super) fn simulated_delivery(username: &str) -> Answer {
    let (attribute, to) = if is_phone(username) {
        ("phone_number", username.to_owned())
    } else if is_email(username) {
        ("email", username.to_owned())
    } else {
        let first: String = username.chars().take(1).collect();
        ("email", format!("{first}@e"))
    };
    let details: Value = delivery(&to, medium(attribute), attribute);
    Ok(json!({ "CodeDeliveryDetails": details }))
}
