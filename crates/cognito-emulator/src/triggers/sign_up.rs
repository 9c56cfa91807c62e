//! Calls the triggers `PreSignUp`, `PostConfirmation` and `UserMigration`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::attributes;
use crate::model::failure::Failure;
use crate::model::password::StoredPassword;
use crate::model::trigger::{Trigger, unrecognizable};
use crate::model::user::{Status, User};
use crate::state::call::Call;
use crate::state::names::{check_addresses_free, claim_verified, new_user, with_username};
use crate::triggers::event::Subject;

/// The decision of the trigger `PreSignUp`: whether the new user is confirmed, and which addresses
/// are verified. Default: the user is not confirmed, and no address is verified.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Accepted {
    pub(crate) confirmed: bool,
    email: bool,
    phone: bool,
}

impl Accepted {
    /// Marks the user's e-mail address and phone number as verified, as the trigger has decided. If
    /// the user does not have an address, the decision about it is ignored.
    pub(crate) fn apply(self, user: &mut User) {
        for (attribute, verified) in [("email", self.email), ("phone_number", self.phone)] {
            if verified && user.attribute(attribute).is_some() {
                user.mark_verified(attribute);
            }
        }
    }
}

/// The `source` for [`pre_sign_up`] at the first sign-in through an identity provider.
pub(crate) const EXTERNAL: &str = "ExternalProvider";

/// Calls the trigger `PreSignUp` for a new user. `source` is the part of `triggerSource` after the
/// underscore: `SignUp`, `AdminCreateUser` or [`EXTERNAL`]. If the pool does not have the trigger,
/// returns the default of [`Accepted`]. Fails if the trigger rejects the user.
pub(crate) fn pre_sign_up(call: &Call<'_>, user: &User, source: &str) -> Result<Accepted, Failure> {
    let mut request = json!({
        "userAttributes": attributes_of(user),
        "validationData": validation_data(call),
        "clientMetadata": call.client_metadata(),
    });
    if source == EXTERNAL {
        // As in public records of events.
        for alias in ["cognito:email_alias", "cognito:phone_number_alias"] {
            request["userAttributes"][alias] = json!("");
        }
    }
    let response = json!({
        "autoConfirmUser": false,
        "autoVerifyEmail": false,
        "autoVerifyPhone": false,
    });
    let subject = Subject::of(user, call);
    let returned = call.invoke(Trigger::PreSignUp, source, &subject, request, response)?;
    let Some(returned) = returned else {
        return Ok(Accepted::default());
    };
    let flag = |name| match returned.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(unrecognizable()),
    };
    Ok(Accepted {
        confirmed: flag("autoConfirmUser")?,
        email: flag("autoVerifyEmail")?,
        phone: flag("autoVerifyPhone")?,
    })
}

/// Returns `userAttributes` of the event for `PreSignUp`. It contains no `sub` and no status,
/// because the user does not exist yet.
fn attributes_of(user: &User) -> Value {
    let attributes = user.attributes.iter();
    attributes
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect::<Map<_, _>>()
        .into()
}

/// Returns the list `ValidationData` of the request as an object: names and values.
fn validation_data(call: &Call<'_>) -> Value {
    let members = call.fields.get("ValidationData").and_then(Value::as_array);
    let pairs = members.into_iter().flatten();
    pairs
        .filter_map(|pair| Some((pair["Name"].as_str()?.to_owned(), pair["Value"].clone())))
        .collect::<Map<_, _>>()
        .into()
}

/// Calls the trigger `PostConfirmation`. Does nothing if the pool does not have this trigger.
/// `source` is `ConfirmSignUp` or `ConfirmForgotPassword`. Fails if the trigger fails.
pub(crate) fn post_confirmation(
    call: &Call<'_>,
    username: &str,
    source: &str,
) -> Result<(), Failure> {
    call.notify(Trigger::PostConfirmation, source, username, json!({}))
}

/// Calls the trigger `UserMigration` for an unknown user, and adds the user that the trigger
/// returns to the pool. Does nothing if the user exists or the pool does not have the trigger.
///
/// `source` is `Authentication` or `ForgotPassword`. If the trigger rejects the user, no user is
/// added and this is not an error.
pub(crate) fn migrate(
    call: &Call<'_>,
    username: &str,
    password: Option<&str>,
    source: &str,
) -> Result<(), Failure> {
    let triggers = &call.service.settings.triggers;
    if !triggers.has(Trigger::UserMigration) || call.state().users.find(username).is_some() {
        return Ok(());
    }
    // A replica creates no users.
    if call.service.settings.replica().is_some() {
        return Ok(());
    }
    // No user is created during a point-in-time recovery.
    if call.state().users.history.active(call.now).is_some() {
        return Ok(());
    }
    let mut request = json!({
        "validationData": call.client_metadata(),
        "clientMetadata": call.client_metadata(),
    });
    if let Some(password) = password {
        request["password"] = json!(password);
    }
    let response = json!({
        "userAttributes": null,
        "finalUserStatus": null,
        "messageAction": null,
        "desiredDeliveryMediums": null,
        "forceAliasCreation": null,
    });
    let subject = Subject {
        username: Some(username),
        client: call.client_id(),
    };
    let returned = call.invoke(Trigger::UserMigration, source, &subject, request, response);
    // A trigger that does not find the user returns an error. The user then still does not exist.
    match returned {
        Ok(Some(returned)) if returned.get("userAttributes").is_some_and(Value::is_object) => {
            add_migrated_user(call, username, password, &returned)
        }
        Ok(_) => Ok(()),
        Err(failure) if failure.code() == "UserLambdaValidationException" => Ok(()),
        Err(failure) => Err(failure),
    }
}

fn add_migrated_user(
    call: &Call<'_>,
    username: &str,
    password: Option<&str>,
    returned: &Map<String, Value>,
) -> Result<(), Failure> {
    let settings = &call.service.settings;
    let members = returned["userAttributes"].as_object();
    let attributes: BTreeMap<String, String> = members
        .into_iter()
        .flatten()
        .map(|(name, value)| match value {
            Value::String(text) => (name.clone(), text.clone()),
            other => (name.clone(), other.to_string()),
        })
        .filter(|(name, _)| name != "username" && name != "sub")
        .collect();
    let pairs: Vec<_> = attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    attributes::check(settings, attributes::Writer::Operator, &pairs)?;
    let named = with_username(settings, username, &pairs)?;
    let status = match returned.get("finalUserStatus").and_then(Value::as_str) {
        Some("CONFIRMED") => Status::Confirmed,
        None | Some("RESET_REQUIRED") => Status::ResetRequired,
        Some(_) => return Err(unrecognizable()),
    };
    let mut user = new_user(call, username, status);
    user.attributes = named;
    if let Some(password) = password {
        user.set_password(StoredPassword::new(password), None);
    }
    let is_forced = returned.get("forceAliasCreation") == Some(&Value::Bool(true));
    let mut state = call.state();
    // Another sign-in or the trigger itself may have created the user during the call. The existing
    // user is then kept.
    if state.users.find(username).is_some() {
        return Ok(());
    }
    // A point-in-time recovery may have begun during the call.
    if state.users.history.active(call.now).is_some() {
        return Ok(());
    }
    check_addresses_free(settings, &state.users, &user.attributes)?;
    claim_verified(call, &mut state, &user, is_forced)?;
    state.users.insert(user);
    Ok(())
}
