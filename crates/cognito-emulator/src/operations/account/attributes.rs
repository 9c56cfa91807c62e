//! `UpdateUserAttributes`, `DeleteUserAttributes`, `GetUserAttributeVerificationCode`,
//! `VerifyUserAttribute`.

use serde_json::{Value, json};

use crate::model::attributes;
use crate::model::attributes::Writer;
use crate::model::attributes::standard::{ADDRESSES, address};
use crate::model::code::{Attempt, Proof};
use crate::model::failure::{Answer, Failure};
use crate::model::options::Usernames;
use crate::model::user::User;
use crate::state::call::Call;
use crate::state::names::{check_not_taken, claim_alias, claim_preferred};
use crate::state::pool::State;

/// `UpdateUserAttributes`.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let given = call.attributes()?;
    let token = call.access_token()?;
    let client = call.service.client(&token.client_id)?;
    let mut state = call.state();
    let name = call.bearer(&mut state, &token)?.username.clone();
    attributes::check_update(&call.service.settings, Writer::Person(&client), &given)?;
    let deliveries = write(call, &mut state, &name, &given)?;
    Ok(json!({ "CodeDeliveryDetailsList": deliveries }))
}

/// `DeleteUserAttributes`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let names: Vec<&str> = call.member("UserAttributeNames")?;
    let token = call.access_token()?;
    let client = call.service.client(&token.client_id)?;
    let mut state = call.state();
    let name = call.bearer(&mut state, &token)?.username.clone();
    attributes::check_deletion(&call.service.settings, Writer::Person(&client), &names)?;
    erase(call, &mut state, &name, &names)?;
    Ok(json!({}))
}

/// `GetUserAttributeVerificationCode`.
pub(crate) fn send_code(call: &Call<'_>) -> Answer {
    let attribute = call.required("AttributeName")?;
    let token = call.access_token()?;
    let mut state = call.state();
    let user = call.bearer(&mut state, &token)?;
    let attribute = own_address(user, attribute)?;
    call.service.spend(user, Attempt::AttributeCode, call.now)?;
    let details = call.send_code(user, attribute, Proof::Attribute(attribute));
    Ok(json!({ "CodeDeliveryDetails": details }))
}

/// `VerifyUserAttribute`.
pub(crate) fn verify(call: &Call<'_>) -> Answer {
    let (attribute, code) = (call.required("AttributeName")?, call.required("Code")?);
    let token = call.access_token()?;
    let mut state = call.state();
    let user = call.bearer(&mut state, &token)?;
    let attribute = own_address(user, attribute)?;
    let proof = Proof::Attribute(attribute);
    // Only wrong codes count, because the limit is against guessing.
    if let Err(failure) = user.check_code(&proof, code, call.now) {
        call.service
            .spend(user, Attempt::VerifyAttribute, call.now)?;
        return Err(failure);
    }
    let name = user.username.clone();
    let value = user.to_prove(attribute).unwrap_or_default().to_owned();
    check_not_taken(&call.service.settings, &state, &name, &value)?;
    claim_alias(call.service, &mut state, &name, (attribute, &value), false)?;
    let user = state.users.expect(&name)?;
    user.codes.remove(&proof);
    if user.attribute(attribute) != Some(value.as_str()) {
        user.forget_address(attribute);
    }
    user.pending.remove(attribute);
    user.attributes.insert(attribute.to_owned(), value);
    user.mark_verified(attribute);
    user.modified = call.now;
    state.users.reindex(&name);
    Ok(json!({}))
}

/// Returns the named attribute, if the user has an address in it.
fn own_address(user: &User, name: &str) -> Result<&'static str, Failure> {
    address(name)
        .filter(|attribute| user.to_prove(attribute).is_some())
        .ok_or_else(|| {
            Failure::invalid_parameter(format!(
                "User does not have attribute {name} that can be verified."
            ))
        })
}

/// Writes validated attributes. A changed address becomes unverified, unless the same request
/// verifies it, and a code is sent to it. Returns the destinations of codes.
pub(crate) fn write(
    call: &Call<'_>,
    state: &mut State,
    name: &str,
    given: &[(&str, &str)],
) -> Result<Vec<Value>, Failure> {
    let service = call.service;
    let names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
    attributes::check_mutable(&service.settings, &names)?;
    let emptied = given.iter().filter(|(_, value)| value.is_empty());
    let emptied: Vec<&str> = emptied.map(|(name, _)| *name).collect();
    attributes::check_dispensable(&service.settings, &emptied)?;
    // From here on the user name is used, whatever name was in the request.
    let name = &state.users.expect(name)?.username.clone();
    let changed = changed_addresses(state, name, given)?;
    match service.settings.usernames {
        Usernames::Email => {
            for (_, address) in &changed {
                check_not_taken(&service.settings, state, name, address)?;
            }
        }
        Usernames::Plain => {
            claim_verified(call, state, name, given)?;
            claim_preferred(call, state, name, given)?;
        }
    }
    let user = state.users.expect(name)?;
    let waits = |attribute: &str| {
        let verified = attributes::is_verified_by(given, attribute);
        let changes = changed.iter().any(|(changed, _)| *changed == attribute);
        service.settings.verified_first.contains(attribute) && changes && !verified
    };
    let mut deliveries = Vec::new();
    for (attribute, value) in given {
        if let Some(address) = address(attribute).filter(|_| waits(attribute)) {
            let former = user.pending.insert(address, (*value).to_owned());
            former.iter().for_each(|former| user.codes.forget(former));
        } else if value.is_empty() {
            remove(user, attribute);
        } else {
            if changed.iter().any(|(changed, _)| changed == attribute) {
                user.forget_address(attribute);
            }
            let (attribute, value) = ((*attribute).to_owned(), (*value).to_owned());
            user.attributes.insert(attribute, value);
        }
    }
    for (attribute, _) in &changed {
        if attributes::is_verified_by(given, attribute) {
            continue;
        }
        if !waits(attribute) {
            let flag = format!("{attribute}_verified");
            user.attributes.insert(flag, "false".to_owned());
        }
        if !service.settings.auto_verified.contains(attribute) {
            continue;
        }
        let proof = Proof::Attribute(attribute);
        deliveries.push(call.send_code(user, attribute, proof));
    }
    user.modified = call.now;
    state.users.reindex(name);
    Ok(deliveries)
}

/// Removes attributes. If an address is removed, its verification is removed too.
pub(crate) fn erase(
    call: &Call<'_>,
    state: &mut State,
    name: &str,
    names: &[&str],
) -> Result<(), Failure> {
    attributes::check_mutable(&call.service.settings, names)?;
    let user = state.users.expect(name)?;
    for attribute in names {
        remove(user, attribute);
    }
    user.modified = call.now;
    let name = user.username.clone();
    state.users.reindex(&name);
    Ok(())
}

/// Rejects the verification of an address that is an alias of another user.
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
        let new = given.iter().find(|(name, _)| *name == attribute);
        let address = match new {
            Some((_, value)) => (*value).to_owned(),
            None => {
                let user = state.users.expect(name)?;
                user.attribute(attribute).unwrap_or_default().to_owned()
            }
        };
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

/// Returns the addresses among the attributes that are new for the user.
fn changed_addresses<'g>(
    state: &mut State,
    name: &str,
    given: &[(&str, &'g str)],
) -> Result<Vec<(&'static str, &'g str)>, Failure> {
    let user = state.users.expect(name)?;
    let changed = given.iter().filter_map(|(attribute, value)| {
        let attribute = address(attribute)?;
        let is_new = !value.is_empty() && user.attribute(attribute) != Some(*value);
        is_new.then_some((attribute, *value))
    });
    Ok(changed.collect())
}
