//! Masks personal data, such as e-mail addresses and names, in the output of commands.

use cognito::administration::STANDARD_ATTRIBUTES;

use crate::output::is_invisible;

/// The attributes and claims that are personal data, but are not standard attributes. Custom
/// attributes are personal data, too, but are not in this list.
const PERSONAL: [&str; 3] = ["cognito:username", "identities", "username"];

/// Returns `true` if each value of the attribute with this name is personal data.
pub(crate) fn is_personal(name: &str) -> bool {
    let is_standard = STANDARD_ATTRIBUTES.contains(&name) && name != "updated_at";
    is_standard || PERSONAL.contains(&name) || name.starts_with("custom:")
}

/// Returns the value of an attribute, masked if it is personal data.
pub(crate) fn attribute(name: &str, value: &str) -> String {
    if matches!(name, "username" | "cognito:username") {
        user_name(value)
    } else if is_personal(name) {
        masked(value)
    } else {
        address(value)
    }
}

/// Returns a user name, masked unless it is a UUID. Cognito creates such names, and they are no
/// personal data.
pub(crate) fn user_name(name: &str) -> String {
    let is_uuid = name.len() == 36
        && name.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        });
    if is_uuid {
        name.to_owned()
    } else {
        masked(name)
    }
}

/// Returns `value`, masked if it looks like an e-mail address or a phone number.
fn address(value: &str) -> String {
    if value.contains('@') || value.starts_with('+') {
        masked(value)
    } else {
        value.to_owned()
    }
}

/// Masks a value: `ann@example.com` becomes `a***@***`, and `+15550100` becomes `+***`. The first
/// character is kept only if another character follows it before the `@` or the end. Otherwise the
/// result would reveal the whole name.
fn masked(value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    let (local, domain) = match value.split_once('@') {
        Some((local, _)) => (local, "@***"),
        None => (value, ""),
    };
    let mut letters = local.chars();
    let first = letters.next().filter(|first| !is_invisible(*first));
    match (first, letters.next()) {
        (Some(first), Some(_)) => format!("{first}***{domain}"),
        _ => format!("***{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_user_names_that_are_uuids() {
        let uuid = "c2682d75-d77c-4697-a2a5-1674571dcef8";
        assert_eq!(user_name(uuid), uuid);
        assert_eq!(user_name("é682d75-d77c-4697-a2a5-1674571dcef8"), "é***");
    }

    #[test]
    fn masks_personal_attributes() {
        for (name, value, shown) in [
            ("email", "ann@example.com", "a***@***"),
            ("email", "a@example.com", "***@***"),
            ("phone_number", "+4930123456", "+***"),
            ("name", "Ann", "A***"),
            ("custom:contact", "ann@example.com", "a***@***"),
            ("custom:phone", "+4930123456", "+***"),
            ("email_verified", "true", "true"),
            ("custom:plan", "gold", "g***"),
            ("gender", "female", "f***"),
            ("username", "ann.smith", "a***"),
            ("cognito:username", "\u{202e}nna", "***"),
            ("status", "CONFIRMED", "CONFIRMED"),
            ("name", "", ""),
        ] {
            assert_eq!(attribute(name, value), shown, "{name}");
        }
    }
}
