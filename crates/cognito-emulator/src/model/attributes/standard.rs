//! The standard attributes that have special rules, and the formats of attribute values.

/// The standard attributes that operators can write and users cannot.
pub(crate) const VERIFIED: [&str; 2] = ["email_verified", "phone_number_verified"];

/// The attributes that contain an address for messages. If a user has both, the e-mail address has
/// precedence.
pub(crate) const ADDRESSES: [&str; 2] = ["email", "phone_number"];

/// Returns `name` if it is `email` or `phone_number`, the attributes that contain an address.
/// Returns `None` for other names.
pub(crate) fn address(name: &str) -> Option<&'static str> {
    ADDRESSES.into_iter().find(|address| *address == name)
}

/// Returns `true` if `value` is the string `true` or the string `false`, in upper, lower or mixed
/// case. Cognito accepts such a string, for example `True`, and stores it unchanged.
pub(crate) fn is_boolean(value: &str) -> bool {
    is_true(value) || value.eq_ignore_ascii_case("false")
}

/// Returns `true` if `value` is the string `true`, in upper, lower or mixed case.
pub(crate) const fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

/// Returns `true` if a string has the form of an e-mail address: a local part, `@`, and a domain
/// with a dot, without white space.
pub(crate) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty())
            && !text.chars().any(char::is_whitespace)
    })
}

/// Returns `true` if a string is a phone number in E.164 form: `+` and 5 to 15 digits.
pub(crate) fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Masks an address as Cognito does. For an e-mail address, returns for example `s***@e***`. For a
/// phone number, returns for example `+*******1234`.
pub(crate) fn mask(address: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    if let Some((local, domain)) = address.split_once('@') {
        return format!("{}***@{}***", first(local), first(domain));
    }
    let hidden = address.chars().count().saturating_sub(4);
    let tail: String = address.chars().skip(hidden).collect();
    format!("+*******{tail}")
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
    fn distinguishes_addresses_from_names() {
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
