//! The operations `UpdateUserAttributes`, `DeleteUserAttributes`,
//! `GetUserAttributeVerificationCode` and `VerifyUserAttribute`. For operators:
//! `AdminUpdateUserAttributes` and `AdminDeleteUserAttributes`.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::attributes::standard::{ADDRESSES, address};
use crate::model::attributes::{self, Writer};
use crate::model::client::Client;
use crate::model::code::{Attempt, Proof};
use crate::model::failure::{Answer, Failure};
use crate::model::options::Usernames;
use crate::model::user::User;
use crate::operations::common::check_code;
use crate::state::call::{Call, UserRef};
use crate::state::names::{check_not_taken, claim_alias, claim_preferred};
use crate::state::pool::State;

pub(crate) fn update(call: &Call<'_>) -> Answer {
    let given = call.attributes()?;
    let user_ref = call.user_ref()?;
    let client = client(call, &user_ref)?;
    let mut state = call.state();
    let name = call.user(&mut state, &user_ref)?.username.clone();
    let writer = client.as_deref().map_or(Writer::Operator, Writer::User);
    attributes::check_update(&call.service.settings, writer, &given)?;
    let deliveries = write(call, &mut state, &name, &given)?;
    Ok(match user_ref {
        UserRef::Bearer(_) => json!({ "CodeDeliveryDetailsList": deliveries }),
        UserRef::Named(_) => json!({}),
    })
}

/// Handles `DeleteUserAttributes` and `AdminDeleteUserAttributes`. If `email` or `phone_number` is
/// removed, its `…_verified` attribute is removed too.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let names: Vec<&str> = call.member("UserAttributeNames")?;
    let user_ref = call.user_ref()?;
    let client = client(call, &user_ref)?;
    let settings = &call.service.settings;
    let mut state = call.state();
    let user = call.user(&mut state, &user_ref)?;
    let writer = client.as_deref().map_or(Writer::Operator, Writer::User);
    attributes::check_deletion(settings, writer, &names)?;
    attributes::check_mutable(settings, &names)?;
    for attribute in names {
        remove(user, attribute);
    }
    user.modified = call.now;
    let name = user.username.clone();
    state.users.reindex(&name);
    Ok(json!({}))
}

fn client(call: &Call<'_>, user_ref: &UserRef<'_>) -> Result<Option<Arc<Client>>, Failure> {
    match user_ref {
        UserRef::Bearer(token) => call.service.client(&token.client_id).map(Some),
        UserRef::Named(_) => Ok(None),
    }
}

pub(crate) fn send_code(call: &Call<'_>) -> Answer {
    let name = call.required("AttributeName")?;
    call.with_user(|user| {
        let attribute = verifiable(user, name)?;
        call.service.spend(user, Attempt::AttributeCode, call.now)?;
        let details = call.send_code(user, attribute, Proof::Attribute(attribute));
        Ok(json!({ "CodeDeliveryDetails": details }))
    })
}

pub(crate) fn verify(call: &Call<'_>) -> Answer {
    let (attribute, code) = (call.required("AttributeName")?, call.required("Code")?);
    let token = call.access_token()?;
    let mut state = call.state();
    let user = call.bearer(&mut state, &token)?;
    let attribute = verifiable(user, attribute)?;
    let proof = Proof::Attribute(attribute);
    check_code(call, user, &proof, code, Attempt::VerifyAttribute)?;
    let name = user.username.clone();
    let value = user.to_prove(attribute).unwrap_or_default().to_owned();
    check_not_taken(&call.service.settings, &state, &name, &value)?;
    claim_alias(call.service, &mut state, &name, (attribute, &value), false)?;
    let user = state.users.expect(&name)?;
    user.codes.remove(&proof);
    if user.attribute(attribute) != Some(value.as_str()) {
        user.forget_address(attribute);
    }
    user.pending.0.remove(attribute);
    user.attributes.insert(attribute, &value);
    user.mark_verified(attribute);
    user.modified = call.now;
    state.users.reindex(&name);
    Ok(json!({}))
}

/// Returns `name` if it is `email` or `phone_number` and the user has a current or pending address
/// in this attribute. Otherwise fails with `InvalidParameterException`.
fn verifiable(user: &User, name: &str) -> Result<&'static str, Failure> {
    let attribute = address(name).filter(|attribute| user.to_prove(attribute).is_some());
    attribute.ok_or_else(|| {
        Failure::invalid_parameter(format!(
            "User does not have attribute {name} that can be verified."
        ))
    })
}

/// Writes validated attributes. Returns the delivery details of the codes that are sent. An
/// attribute with an empty value is removed.
///
/// A new e-mail address or phone number is unverified, unless the same request verifies it. If the
/// pool verifies the attribute, a code is sent to the new address. If the pool requires
/// verification before the change, the old address remains in effect until the user enters the
/// code.
fn write(
    call: &Call<'_>,
    state: &mut State,
    name: &str,
    given: &[(&str, &str)],
) -> Result<Vec<Value>, Failure> {
    let settings = &call.service.settings;
    let names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
    attributes::check_mutable(settings, &names)?;
    let emptied = given.iter().filter(|(_, value)| value.is_empty());
    let emptied: Vec<&str> = emptied.map(|(name, _)| *name).collect();
    attributes::check_dispensable(settings, &emptied)?;
    let user = state.users.expect(name)?;
    let changed: Vec<(&str, &str)> = given
        .iter()
        .filter_map(|(attribute, value)| Some((address(attribute)?, *value)))
        .filter(|(address, new)| !new.is_empty() && user.attribute(address) != Some(*new))
        .collect();
    match settings.usernames {
        Usernames::Email => {
            for (_, address) in &changed {
                check_not_taken(settings, state, name, address)?;
            }
        }
        Usernames::Plain => {
            claim_verified(call, state, name, given)?;
            claim_preferred(call, state, name, given)?;
        }
    }
    let user = state.users.expect(name)?;
    let is_changed = |attribute: &str| changed.iter().any(|(changed, _)| *changed == attribute);
    let waits = |attribute: &str| {
        let verified = attributes::is_verified_by(given, attribute);
        settings.verified_first.contains(attribute) && is_changed(attribute) && !verified
    };
    let mut deliveries = Vec::new();
    for (attribute, value) in given {
        if let Some(address) = address(attribute).filter(|_| waits(attribute)) {
            let former = user.pending.0.insert(address, (*value).to_owned());
            former.iter().for_each(|former| user.codes.forget(former));
        } else if value.is_empty() {
            remove(user, attribute);
        } else {
            if is_changed(attribute) {
                user.forget_address(attribute);
            }
            user.attributes.insert(attribute, value);
        }
    }
    for (attribute, _) in &changed {
        if attributes::is_verified_by(given, attribute) {
            continue;
        }
        if !waits(attribute) {
            let flag = format!("{attribute}_verified");
            user.attributes.insert(&flag, "false");
        }
        if settings.auto_verified.contains(attribute) {
            deliveries.push(call.send_code(user, attribute, Proof::Attribute(attribute)));
        }
    }
    user.modified = call.now;
    state.users.reindex(name);
    Ok(deliveries)
}

/// Fails if the request marks an address as verified, but the address is already an alias of
/// another user.
fn claim_verified(
    call: &Call<'_>,
    state: &mut State,
    name: &str,
    given: &[(&str, &str)],
) -> Result<(), Failure> {
    for attribute in ADDRESSES {
        if !attributes::is_verified_by(given, attribute) {
            continue;
        }
        let user = state.users.expect(name)?;
        let new = given.iter().find(|(name, _)| *name == attribute);
        let address = new.map_or_else(|| user.attribute(attribute), |(_, value)| Some(*value));
        let address = address.unwrap_or_default().to_owned();
        claim_alias(call.service, state, name, (attribute, &address), false)?;
    }
    Ok(())
}

fn remove(user: &mut User, attribute: &str) {
    if address(attribute).is_some() {
        user.forget_address(attribute);
        user.attributes.remove(&format!("{attribute}_verified"));
    }
    user.attributes.remove(attribute);
}
