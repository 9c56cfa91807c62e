//! Masks personal data in results that people see.

/// The attributes that are masked whatever their value is.
const PERSONAL: &[&str] = &[
    "address",
    "birthdate",
    "email",
    "family_name",
    "given_name",
    "identities",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "website",
];

/// Returns `true` if an attribute with this name is personal data, whatever its value is.
pub(crate) fn is_personal(name: &str) -> bool {
    PERSONAL.contains(&name)
}

/// Returns the value of an attribute, masked if it is personal data.
pub(crate) fn attribute(name: &str, value: &str) -> String {
    if is_personal(name) {
        masked(value)
    } else {
        address(value)
    }
}

/// Returns `value`, masked if it looks like an e-mail address or a phone number.
pub(crate) fn address(value: &str) -> String {
    if value.contains('@') || value.starts_with('+') {
        masked(value)
    } else {
        value.to_owned()
    }
}

/// Returns the first character of `value` (not of a phone number), and whether it has an `@`.
fn masked(value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    let (local, domain) = match value.split_once('@') {
        Some((local, _)) => (local, "@***"),
        None => (value, ""),
    };
    let mut letters = local.chars();
    let first = letters.next().filter(|first| !first.is_control());
    match (first, letters.next()) {
        (Some(first), Some(_)) => format!("{first}***{domain}"),
        _ => format!("***{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("custom:plan", "gold", "gold"),
            ("name", "", ""),
        ] {
            assert_eq!(attribute(name, value), shown, "{name}");
        }
    }
}
