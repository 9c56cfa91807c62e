//! `SignUp`, `ConfirmSignUp`, `ResendConfirmationCode`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::attributes;
use crate::model::attributes::Writer;
use crate::model::attributes::standard::ADDRESSES;
use crate::model::attributes::standard::{address, is_email, is_phone};
use crate::model::client::{AuthFlow, Client};
use crate::model::code::{Attempt, Proof};
use crate::model::failure::{Answer, Failure};
use crate::model::options::FirstFactor;
use crate::model::password::StoredPassword;
use crate::model::settings::Settings;
use crate::model::user::{Status, User};
use crate::operations::authentication::choice::{session_of_sign_up, take_session};
use crate::state::call::Call;
use crate::state::inbox::{delivery, medium};
use crate::state::names::{
    check_addresses_free, claim_alias, claim_verified, new_user, with_username,
};
use crate::state::pool::State;
use crate::state::sessions::Step;
use crate::triggers;

/// `SignUp`.
pub(crate) fn sign_up(call: &Call<'_>) -> Answer {
    let (password, given) = (call.text("Password"), call.attributes()?);
    let (username, client) = call.stranger()?;
    let service = call.service;
    let settings = &service.settings;
    if settings.admin_creates {
        return Err(Failure::not_authorized(
            "SignUp is not permitted for this user pool",
        ));
    }
    attributes::check(settings, Writer::Person(&client), &given)?;
    let named = with_username(settings, username, &given)?;
    attributes::check_required(settings, &named)?;
    match password {
        Some(password) => settings.policy.check(password)?,
        None if can_go_without(settings, &client, &named) => {}
        None => {
            return Err(Failure::invalid_parameter(
                "Missing required parameter Password",
            ));
        }
    }

    let mut user = new_user(call, username, Status::Unconfirmed);
    user.attributes = named;
    if let Some(password) = password {
        user.set_password(StoredPassword::new(password), None);
    }
    let accepted = triggers::pre_sign_up(call, &user, "SignUp")?;
    accepted.apply(&mut user);
    if accepted.confirmed {
        user.status = Status::Confirmed;
    }
    let name = user.username.clone();
    let answer = enter(call, &client, username, user)?;
    if accepted.confirmed {
        triggers::post_confirmation(call, &name, "ConfirmSignUp")?;
    }
    Ok(answer)
}

/// Returns `true` if a user can sign in without a password: by codes to an address that the pool
/// verifies.
fn can_go_without(
    settings: &Settings,
    client: &Client,
    attributes: &BTreeMap<String, String>,
) -> bool {
    let is_reached = |factor: &FirstFactor| {
        factor.address().is_some_and(|address| {
            settings.auto_verified.contains(address) && attributes.contains_key(address)
        })
    };
    client.allows(AuthFlow::UserAuth) && settings.first_factors.iter().any(is_reached)
}

/// Adds a user to the pool. If the account is not confirmed, sends a code to confirm it.
fn enter(call: &Call<'_>, client: &Client, username: &str, mut user: User) -> Answer {
    let settings = &call.service.settings;
    let mut state = call.state();
    if state.users.find(username).is_some() {
        return Err(Failure::new(
            "UsernameExistsException",
            "User already exists",
        ));
    }
    check_addresses_free(settings, &state.users, &user.attributes)?;
    // An address that a trigger marks as verified is assigned to the new user.
    claim_verified(call, &mut state, &user, true)?;
    let confirmed = user.status == Status::Confirmed;
    let mut answer = json!({ "UserConfirmed": confirmed, "UserSub": user.sub });
    let unconfirmed = verifiable(settings, &user).filter(|_| !confirmed);
    if let Some(attribute) = unconfirmed {
        answer["CodeDeliveryDetails"] = call.send_code(&mut user, attribute, Proof::SignUp);
    }
    let name = user.username.clone();
    state.users.insert(user);
    if let Some(word) = session_of_sign_up(call, &mut state, client, &name, Step::SignUp) {
        answer["Session"] = json!(word);
    }
    Ok(answer)
}

/// `ConfirmSignUp`.
pub(crate) fn confirm(call: &Call<'_>) -> Answer {
    let (username, client) = call.stranger()?;
    let code = call.required("ConfirmationCode")?;
    let force = call.flag("ForceAliasCreation");
    let mut state = call.state();
    let Some(user) = state.users.find_mut(username) else {
        return Err(hidden_or(&client, Failure::code_expired()));
    };
    if !user.enabled {
        return Err(Failure::disabled());
    }
    check_unconfirmed(user)?;
    // Only wrong codes count, because the limit is against guessing.
    let attribute = match user.check_code(&Proof::SignUp, code, call.now) {
        Ok(attribute) => attribute,
        Err(failure) => {
            call.service.spend(user, Attempt::ConfirmSignUp, call.now)?;
            return Err(failure);
        }
    };
    let address = user.attribute(attribute).unwrap_or_default().to_owned();
    let name = user.username.clone();
    claim_alias(
        call.service,
        &mut state,
        &name,
        (attribute, &address),
        force,
    )?;
    let user = state.users.expect(&name)?;
    user.codes.remove(&Proof::SignUp);
    user.status = Status::Confirmed;
    user.modified = call.now;
    user.mark_verified(attribute);
    state.users.reindex(&name);
    let word = go_on(
        call,
        &mut state,
        &client,
        &name,
        attribute,
        call.text("Session"),
    );
    drop(state);
    triggers::post_confirmation(call, &name, "ConfirmSignUp")?;
    Ok(word.map_or_else(|| json!({}), |word| json!({ "Session": word })))
}

/// Returns the session for the first sign-in after a confirmation.
///
/// If the request has the session of the sign-up, the new session signs the user in. If the request
/// has no session, the new one counts as a code that was sent to the confirmed address
/// (aws-amplify/amplify-android#3136, amplify-swift#4090); Amplify for JavaScript sends no session
/// and uses the one in the response. If the request has an invalid session, the user is confirmed
/// and no session is returned.
fn go_on(
    call: &Call<'_>,
    state: &mut State,
    client: &Client,
    name: &str,
    confirmed: &'static str,
    word: Option<&str>,
) -> Option<String> {
    let step = match word {
        Some(word) => {
            take_session(call, state, client, name, word, &Step::SignUp).ok()?;
            Step::SignedUp
        }
        None => Step::Confirmed(confirmed),
    };
    session_of_sign_up(call, state, client, name, step)
}

/// `ResendConfirmationCode`.
pub(crate) fn resend(call: &Call<'_>) -> Answer {
    let (username, client) = call.stranger()?;
    let mut state = call.state();
    let Some(user) = state.users.find_mut(username) else {
        return if client.hides_users {
            Ok(json!({ "CodeDeliveryDetails": simulated_delivery(username) }))
        } else {
            Err(unknown_here())
        };
    };
    if !user.enabled {
        return Err(Failure::disabled());
    }
    if user.status != Status::Unconfirmed {
        return Err(Failure::invalid_parameter("User is already confirmed."));
    }
    let attribute = verifiable(&call.service.settings, user).ok_or_else(|| {
        Failure::not_authorized("Cannot resend codes. Auto verification not turned on.")
    })?;
    call.service.spend(user, Attempt::ResendCode, call.now)?;
    let details = call.send_code(user, attribute, Proof::SignUp);
    Ok(json!({ "CodeDeliveryDetails": details }))
}

/// Returns the address for the code of a sign-up. If the pool verifies e-mail addresses and phone
/// numbers, the phone number has precedence (AWS developer guide, "Signing up and confirming user
/// accounts").
fn verifiable(settings: &Settings, user: &User) -> Option<&'static str> {
    ["phone_number", "email"]
        .into_iter()
        .find(|name| settings.auto_verified.contains(name) && user.attribute(name).is_some())
}

/// Returns the address for a message. E-mail addresses have precedence over phone numbers.
pub(crate) fn reachable(user: &User) -> Option<&'static str> {
    ADDRESSES
        .into_iter()
        .find(|attribute| user.attribute(attribute).is_some())
}

pub(crate) fn check_unconfirmed(user: &User) -> Result<(), Failure> {
    if user.status == Status::Unconfirmed {
        return Ok(());
    }
    Err(Failure::not_authorized(format!(
        "User cannot be confirmed. Current status is {}",
        user.status.name()
    )))
}

/// Returns the failure for a user who does not exist. If the client hides missing users, returns
/// `hidden` instead.
pub(crate) fn hidden_or(client: &Arc<Client>, hidden: Failure) -> Failure {
    if client.hides_users {
        hidden
    } else {
        unknown_here()
    }
}

/// Returns the failure of code operations for a user who does not exist.
pub(crate) fn unknown_here() -> Failure {
    Failure::new(
        "UserNotFoundException",
        "Username/client id combination not found.",
    )
}

/// Returns a simulated delivery for a user who does not exist. It is always the same for the same
/// name.
pub(crate) fn simulated_delivery(username: &str) -> Value {
    let attribute = if is_phone(username) {
        "phone_number"
    } else {
        "email"
    };
    let to = if address(attribute) == Some("email") && !is_email(username) {
        let first: String = username.chars().take(1).collect();
        format!("{first}@e")
    } else {
        username.to_owned()
    };
    delivery(&to, medium(attribute), attribute)
}
