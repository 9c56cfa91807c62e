//! The schema of attributes: which there are, who may write them, what they may hold.

pub(crate) mod schema;

use std::collections::BTreeMap;

use crate::model::client::Client;
use crate::model::settings::Settings;
use crate::model::wire::Failure;

/// The standard attributes that people may write (OpenID Connect Core section 5.1, as far as
/// user pools have them).
pub(crate) const STANDARD: [&str; 17] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// The attributes that only operators may write.
pub(crate) const VERIFIED: [&str; 2] = ["email_verified", "phone_number_verified"];

/// The two attributes that messages can be sent to.
pub(crate) const ADDRESSES: [&str; 2] = ["email", "phone_number"];

/// The attribute that messages can be sent to and that has this name.
pub(crate) fn address(name: &str) -> Option<&'static str> {
    ADDRESSES.into_iter().find(|address| *address == name)
}

/// Who writes an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Writer<'a> {
    Operator,
    Person(&'a Client),
}

/// Checks the attributes of a new user. The error lists every attribute that does not conform.
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

/// Checks attributes that a user gets in addition. The rules are those of [`check`]; AWS words the
/// error differently.
pub(crate) fn check_update(
    settings: &Settings,
    writer: Writer<'_>,
    attributes: &[(&str, &str)],
) -> Result<(), Failure> {
    rejected(&faults(settings, writer, attributes)?)
}

/// Checks that attributes may be deleted.
pub(crate) fn check_deletion(
    settings: &Settings,
    writer: Writer<'_>,
    names: &[&str],
) -> Result<(), Failure> {
    // An empty value has no form.
    let attributes: Vec<_> = names.iter().map(|name| (*name, "")).collect();
    check_update(settings, writer, &attributes)?;
    check_dispensable(settings, names)
}

/// Rejects the deletion of attributes that the pool requires.
pub(crate) fn check_dispensable(settings: &Settings, names: &[&str]) -> Result<(), Failure> {
    let is_required = |name: &&str| settings.required_attributes.contains(*name);
    let required: Vec<_> = names.iter().copied().filter(is_required).collect();
    check_missing(&required)
}

/// Rejects changes of attributes that can be written only once.
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

/// Rejects a user without the attributes that the pool requires.
pub(crate) fn check_required(
    settings: &Settings,
    attributes: &BTreeMap<String, String>,
) -> Result<(), Failure> {
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

/// The required attributes that a person does not have.
pub(crate) fn missing<'a>(
    settings: &'a Settings,
    attributes: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a str> {
    settings
        .required_attributes
        .iter()
        .filter(|name| attributes.get(*name).is_none_or(String::is_empty))
        .map(String::as_str)
}

/// Returns `true` if a string is a boolean, in any case. Cognito accepts `True` and stores it as it is
/// written.
pub(crate) fn is_boolean(value: &str) -> bool {
    is_true(value) || value.eq_ignore_ascii_case("false")
}

/// Returns `true` if a string is the boolean `true`, in any case.
pub(crate) const fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

/// Returns `true` if a request sets the attribute that says that an address is verified.
pub(crate) fn is_verified_by(given: &[(&str, &str)], address: &str) -> bool {
    given.iter().any(|(name, value)| {
        let named = name.strip_suffix("_verified");
        named == Some(address) && is_true(value)
    })
}

/// Whether text has the form of an e-mail address.
pub(crate) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty())
            && !text.chars().any(char::is_whitespace)
    })
}

/// Whether text is a phone number in E.164 form.
pub(crate) fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// An address as Cognito shows where a message went: `s***@e***`, `+*******1234`.
pub(crate) fn mask(address: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    if let Some((local, domain)) = address.split_once('@') {
        return format!("{}***@{}***", first(local), first(domain));
    }
    let hidden = address.chars().count().saturating_sub(4);
    let tail: String = address.chars().skip(hidden).collect();
    format!("+*******{tail}")
}

/// Collects what is wrong with attributes by the schema, one line for each attribute. An error of
/// another kind is returned if the schema has no objection.
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
        Writer::Person(client) if VERIFIED.contains(&name) || !client.may_write(name) => Err(
            Failure::not_authorized("A client attempted to write unauthorized attribute"),
        ),
        _ => Ok(()),
    }
}

fn value_fault(settings: &Settings, name: &str, value: &str) -> Result<Option<String>, Failure> {
    // An empty value deletes the attribute, whatever its form.
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

/// The error for attributes of a new user (github.com/aws-amplify/amplify-flutter/issues/509).
fn nonconforming(faults: &[String]) -> Failure {
    let lines: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    Failure::invalid_parameter(format!("Attributes did not conform to the schema: {lines}"))
}

/// The error for attributes of a user that is there
/// (github.com/aws-amplify/amplify-flutter/issues/1531).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_cognitos() {
        assert_eq!(mask("someone@example.com"), "s***@e***");
        assert_eq!(mask("+15550101234"), "+*******1234");
        assert_eq!(mask("+12"), "+*******+12");
        assert_eq!(mask("@"), "***@***");
    }

    #[test]
    fn addresses_are_told_from_names() {
        for good in ["a@b.co", "a+b@c.d.e", "\u{fc}@example.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.co", "a@b..co", "a@b.co@c.d", "a b@c.de"] {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(is_phone("+15550101234"));
        for bad in ["15550101234", "+1555o101234", "+", "+1234567890123456"] {
            assert!(!is_phone(bad), "{bad}");
        }
    }
}
