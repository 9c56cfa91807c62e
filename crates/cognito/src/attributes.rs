//! Rules for attributes in requests.

use cognito_core::{AttributeName, Attributes, EmailAddress, InvalidInput, PhoneNumber, Username};

pub(crate) fn at_least_one(attributes: &Attributes) -> Result<(), InvalidInput> {
    if attributes.is_empty() {
        return Err(NONE);
    }
    Ok(())
}

/// Parses the names of attributes to delete. Fails if there are none.
pub(crate) fn attribute_names(
    names: impl IntoIterator<Item = impl Into<String>>,
) -> Result<Vec<AttributeName>, InvalidInput> {
    let names = names.into_iter().map(AttributeName::new);
    let names = names.collect::<Result<Vec<_>, _>>()?;
    if names.is_empty() {
        return Err(NONE);
    }
    Ok(names)
}

const NONE: InvalidInput = InvalidInput::new("attributes", "must be at least one");

/// Sets the attribute `email` or `phone_number` to the user's name, unless it already has a value.
/// If `verified` is `true`, also marks it as verified.
///
/// A name that is neither an e-mail address nor a phone number sets no attribute, and is an error
/// if `verified` is `true`.
pub(crate) fn add_contact(
    attributes: &mut Attributes,
    username: &Username,
    verified: bool,
) -> Result<(), InvalidInput> {
    let name = username.as_str();
    let contact = if name.parse::<EmailAddress>().is_ok() {
        "email"
    } else if name.parse::<PhoneNumber>().is_ok() {
        "phone_number"
    } else if verified {
        return Err(UNVERIFIABLE);
    } else {
        return Ok(());
    };
    if attributes.value(contact).is_none() {
        attributes.set(contact, name)?;
    }
    if verified {
        if attributes.value(contact) != Some(name) {
            return Err(UNVERIFIABLE);
        }
        attributes.set(format!("{contact}_verified"), "true")?;
    }
    Ok(())
}

/// The error if `contact_verified` is used although the user's name is not the address.
const UNVERIFIABLE: InvalidInput = InvalidInput::new(
    "verified contact",
    "must be the e-mail address or phone number that is the user's name",
);
