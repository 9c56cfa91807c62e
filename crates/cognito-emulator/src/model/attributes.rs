//! Checks of users' attributes against the schema of a pool: the names, the values, and who may
//! write them.

pub(crate) mod schema;
pub(crate) mod standard;

use crate::model::attributes::standard::{VERIFIED, is_boolean, is_email, is_phone, is_true};
use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::model::settings::Settings;
use crate::model::user::attributes::Attributes;

/// The caller that writes an attribute: an operator, or a user through an app client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Writer<'a> {
    Operator,
    User(&'a Client),
}

/// Checks the attributes of a new user.
///
/// # Errors
///
/// `InvalidParameterException` if attributes violate the schema: for example, an attribute does not
/// exist in the schema, or its value is too long. The message lists all of these attributes.
///
/// If no attribute violates the schema, fails for the first attribute with another fault: `writer`
/// is not allowed to write it, or it is an e-mail address, a phone number or a value such as
/// `email_verified` in an invalid format.
pub(crate) fn check(
    settings: &Settings,
    writer: Writer<'_>,
    attributes: &[(&str, &str)],
) -> Result<(), Failure> {
    let faults = faults(settings, writer, attributes)?;
    if faults.is_empty() {
        return Ok(());
    }
    Err(nonconforming(&faults))
}

/// Checks attributes that are added to an existing user or changed. The rules are the same as for
/// [`check`], but AWS's messages differ.
pub(crate) fn check_update(
    settings: &Settings,
    writer: Writer<'_>,
    attributes: &[(&str, &str)],
) -> Result<(), Failure> {
    rejected(&faults(settings, writer, attributes)?)
}

/// Checks the deletion of attributes. Fails if an attribute does not exist in the schema, if the
/// writer is not allowed to write it, or if the pool requires it.
pub(crate) fn check_deletion(
    settings: &Settings,
    writer: Writer<'_>,
    names: &[&str],
) -> Result<(), Failure> {
    // Empty values are not checked, so only the names and the rights are checked here.
    let attributes: Vec<_> = names.iter().map(|name| (*name, "")).collect();
    check_update(settings, writer, &attributes)?;
    check_dispensable(settings, names)
}

/// Fails if the pool requires one of these attributes. Required attributes cannot be deleted.
pub(crate) fn check_dispensable(settings: &Settings, names: &[&str]) -> Result<(), Failure> {
    let is_required = |name: &&str| settings.required_attributes.contains(*name);
    let required: Vec<_> = names.iter().copied().filter(is_required).collect();
    check_missing(&required)
}

/// Fails if one of these attributes is immutable in the schema. Immutable attributes cannot be
/// changed.
pub(crate) fn check_mutable(settings: &Settings, names: &[&str]) -> Result<(), Failure> {
    let is_fixed = |name: &&str| {
        let definition = settings.schema.definition(name);
        definition.is_some_and(|definition| !definition.is_mutable)
    };
    let fixed = names.iter().copied().filter(is_fixed);
    let faults: Vec<_> = fixed
        .map(|name| format!("{name}: Attribute cannot be updated."))
        .collect();
    rejected(&faults)
}

/// Fails if an attribute that the pool requires is missing in `attributes` or empty. The error
/// lists all such attributes.
pub(crate) fn check_required(settings: &Settings, attributes: &Attributes) -> Result<(), Failure> {
    let missing: Vec<_> = missing(settings, attributes).collect();
    check_missing(&missing)
}

fn check_missing(missing: &[&str]) -> Result<(), Failure> {
    let faults: Vec<_> = missing
        .iter()
        .map(|name| format!("{name}: The attribute is required"))
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(nonconforming(&faults))
}

/// Returns the names of the attributes that the pool requires and that are missing in `attributes`
/// or empty.
pub(crate) fn missing<'a>(
    settings: &'a Settings,
    attributes: &'a Attributes,
) -> impl Iterator<Item = &'a str> {
    settings
        .required_attributes
        .iter()
        .filter(|name| attributes.get(name).is_none_or(str::is_empty))
        .map(String::as_str)
}

/// Returns `true` if the attributes of a request mark the user's address as verified. `address` is
/// the name of the attribute with the address. For `email`, the request must contain
/// `email_verified` with the value `true`.
pub(crate) fn is_verified_by(given: &[(&str, &str)], address: &str) -> bool {
    given.iter().any(|(name, value)| {
        let named = name.strip_suffix("_verified");
        named == Some(address) && is_true(value)
    })
}

/// Checks attributes, and returns a line for each attribute that violates the schema. The line
/// contains the name of the attribute and the violation.
///
/// # Errors
///
/// Other faults are reported only if no attribute violates the schema: the function then fails for
/// the first attribute with such a fault. See [`check`].
fn faults(
    settings: &Settings,
    writer: Writer<'_>,
    attributes: &[(&str, &str)],
) -> Result<Vec<String>, Failure> {
    let (mut faults, mut other) = (Vec::new(), None);
    for (name, value) in attributes {
        let fault = match schema_fault(settings, name) {
            Some(fault) => Ok(Some(fault)),
            None => check_right(writer, name).and_then(|()| value_fault(settings, name, value)),
        };
        match fault {
            Ok(fault) => faults.extend(fault.map(|fault| format!("{name}: {fault}"))),
            Err(failure) => other = other.or(Some(failure)),
        }
    }
    match other {
        Some(failure) if faults.is_empty() => Err(failure),
        _ => Ok(faults),
    }
}

fn schema_fault(settings: &Settings, name: &str) -> Option<String> {
    if name == "sub" {
        return Some("Attribute cannot be updated.".to_owned());
    }
    let is_unknown = settings.schema.definition(name).is_none();
    is_unknown.then(|| "Attribute does not exist in the schema.".to_owned())
}

fn check_right(writer: Writer<'_>, name: &str) -> Result<(), Failure> {
    match writer {
        Writer::User(client) if VERIFIED.contains(&name) || !client.may_write(name) => Err(
            Failure::not_authorized("A client attempted to write unauthorized attribute"),
        ),
        _ => Ok(()),
    }
}

fn value_fault(settings: &Settings, name: &str, value: &str) -> Result<Option<String>, Failure> {
    // An empty value deletes the attribute, so it needs no format.
    if value.is_empty() {
        return Ok(None);
    }
    match name {
        "email" if !is_email(value) => {
            Err(Failure::invalid_parameter("Invalid email address format."))
        }
        "phone_number" if !is_phone(value) => {
            Err(Failure::invalid_parameter("Invalid phone number format."))
        }
        "email_verified" | "phone_number_verified" if !is_boolean(value) => Err(
            Failure::invalid_parameter(format!("Attribute value for {name} must be a boolean.")),
        ),
        name => {
            let definition = settings.schema.definition(name);
            Ok(definition.and_then(|definition| definition.fault(value)))
        }
    }
}

/// Returns the error for a new user's attributes that violate the schema. Source of AWS's message:
/// github.com/aws-amplify/amplify-flutter/issues/509.
fn nonconforming(faults: &[String]) -> Failure {
    let lines: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    Failure::invalid_parameter(format!("Attributes did not conform to the schema: {lines}"))
}

/// Fails if `faults` is not empty. The message is AWS's message for attributes of an existing user.
/// Source: github.com/aws-amplify/amplify-flutter/issues/1531.
fn rejected(faults: &[String]) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    let lines: String = faults
        .iter()
        .map(|fault| format!("user.{fault}\n"))
        .collect();
    Err(Failure::invalid_parameter(lines))
}
