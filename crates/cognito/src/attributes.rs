//! Rules for attributes in requests.

use cognito_core::{AttributeName, Attributes, EmailAddress, InvalidInput, PhoneNumber, Username};

/// Rejects an update without attributes.
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

/// Sets the attribute (`email` or `phone_number`) that equals the user's name, unless it has
/// another value. If `verified` is `true`, marks it as verified. Does nothing if the name is
/// neither an e-mail address nor a phone number.
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

/// The error if `contact_verified` is used with an address that is not the user's name. To mark
/// another address as verified, set its attribute and `…_verified`.
const UNVERIFIABLE: InvalidInput = InvalidInput::new(
    "verified contact",
    "must be the e-mail address or phone number that is the user's name",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(name: &str, verified: bool) -> Vec<(String, String)> {
        let mut attributes = Attributes::new();
        add_contact(&mut attributes, &name.parse().unwrap(), verified).unwrap();
        let pairs = attributes.iter();
        pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn address_sets_attribute_and_username_none() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(contact("a@b.org", false), [pair("email", "a@b.org")]);
        assert_eq!(
            contact("+4930123456", true),
            [
                pair("phone_number", "+4930123456"),
                pair("phone_number_verified", "true")
            ]
        );
        assert!(contact("alice", false).is_empty());
    }

    #[test]
    fn an_attribute_that_was_set_stays() {
        let mut attributes = Attributes::new();
        attributes.set("email", "other@b.org").unwrap();
        add_contact(&mut attributes, &"a@b.org".parse().unwrap(), false).unwrap();
        assert_eq!(attributes.value("email"), Some("other@b.org"));
    }

    #[test]
    fn only_own_address_can_be_verified() {
        let mut attributes = Attributes::new();
        attributes.set("email", "other@b.org").unwrap();
        assert!(add_contact(&mut attributes, &"a@b.org".parse().unwrap(), true).is_err());
        let mut attributes = Attributes::new();
        assert!(add_contact(&mut attributes, &"alice".parse().unwrap(), true).is_err());
    }
}
