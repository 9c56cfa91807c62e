//! The schema of attributes: which there are, who may write them, what they may hold.

pub(crate) mod schema;

use std::collections::BTreeMap;

use crate::client::Client;
use crate::settings::Settings;
use crate::wire::Failure;

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

/// Checks attributes that somebody wants to write.
pub(crate) fn check(
    settings: &Settings,
    writer: Writer<'_>,
    attributes: &[(&str, &str)],
) -> Result<(), Failure> {
    for (name, value) in attributes {
        check_name(settings, writer, name)?;
        check_value(settings, name, value)?;
    }
    Ok(())
}

/// Checks attributes that somebody wants to delete.
pub(crate) fn check_deletion(
    settings: &Settings,
    writer: Writer<'_>,
    names: &[&str],
) -> Result<(), Failure> {
    for name in names {
        check_name(settings, writer, name)?;
    }
    check_dispensable(settings, names)
}

/// Refuses to take from a person what the pool requires.
pub(crate) fn check_dispensable(settings: &Settings, names: &[&str]) -> Result<(), Failure> {
    let is_required = |name: &&&str| settings.required_attributes.contains(**name);
    match names.iter().find(is_required) {
        Some(name) => Err(nonconforming(&format!("{name}: The attribute is required"))),
        None => Ok(()),
    }
}

/// Refuses to change what a person has in attributes that may be written once only.
pub(crate) fn check_mutable(settings: &Settings, names: &[&str]) -> Result<(), Failure> {
    let fixed = |name: &&&str| {
        let definition = settings.schema.definition(name);
        definition.is_some_and(|definition| !definition.is_mutable)
    };
    match names.iter().find(fixed) {
        Some(name) => Err(Failure::invalid_parameter(format!(
            "user.{name}: Attribute cannot be updated.\n"
        ))),
        None => Ok(()),
    }
}

/// Refuses a person without an attribute that the pool requires.
pub(crate) fn check_required(
    settings: &Settings,
    attributes: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    match missing(settings, attributes).next() {
        Some(name) => Err(nonconforming(&format!("{name}: The attribute is required"))),
        None => Ok(()),
    }
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

fn check_name(settings: &Settings, writer: Writer<'_>, name: &str) -> Result<(), Failure> {
    if name == "sub" {
        return Err(nonconforming("sub: Attribute cannot be updated."));
    }
    if settings.schema.definition(name).is_none() {
        return Err(nonconforming(&format!(
            "{name}: Attribute does not exist in the schema."
        )));
    }
    match writer {
        Writer::Person(client) if VERIFIED.contains(&name) || !client.may_write(name) => Err(
            Failure::not_authorized("A client attempted to write unauthorized attribute"),
        ),
        _ => Ok(()),
    }
}

fn check_value(settings: &Settings, name: &str, value: &str) -> Result<(), Failure> {
    // An empty value deletes the attribute, whatever its form.
    if value.is_empty() {
        return Ok(());
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
            match definition.and_then(|definition| definition.fault(value)) {
                Some(fault) => Err(nonconforming(&format!("{name}: {fault}"))),
                None => Ok(()),
            }
        }
    }
}

fn nonconforming(fault: &str) -> Failure {
    Failure::invalid_parameter(format!(
        "Attributes did not conform to the schema: {fault}\n"
    ))
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
