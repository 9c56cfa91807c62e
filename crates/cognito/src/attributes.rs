//! Checks of the attributes in requests.

use cognito_core::{AttributeName, Attributes, EmailAddress, InvalidInput, PhoneNumber, Username};

/// Returns an error if there are no attributes.
pub(crate) fn at_least_one(attributes: &Attributes) -> Result<(), InvalidInput> {
    if attributes.is_empty() {
        return Err(NONE);
    }
    Ok(())
}

/// Parses the names of attributes. Returns an error if a name is invalid, or if there are none.
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

/// The error if a request contains no attributes.
const NONE: InvalidInput = InvalidInput::new("attributes", "must have at least one entry");

/// Sets the attribute `email` or `phone_number` to the user name if the attribute has no value yet.
/// If the user name is neither an e-mail address nor a phone number, sets no attribute.
///
/// If `verified` is `true`, also marks the attribute as verified. With `verified`, fails if the
/// user name is neither an e-mail address nor a phone number, or if the attribute already has a
/// value that differs from the user name.
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

/// The error if `contact_verified` is set, but the user name is not the e-mail address or phone
/// number in the attributes.
const UNVERIFIABLE: InvalidInput = InvalidInput::new(
    "verified contact",
    "must be the e-mail address or phone number that is the user's name",
);
