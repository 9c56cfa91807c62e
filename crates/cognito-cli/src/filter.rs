//! Parses command-line arguments into the user filters that Cognito supports.

use cognito::administration::{Filter, FilterAttribute};

/// The attributes that Cognito can filter by.
const ATTRIBUTES: &[(&str, FilterAttribute)] = &[
    ("cognito:user_status", Filter::user_status()),
    ("email", Filter::email()),
    ("family_name", Filter::family_name()),
    ("given_name", Filter::given_name()),
    ("name", Filter::name()),
    ("phone_number", Filter::phone_number()),
    ("preferred_username", Filter::preferred_username()),
    ("status", Filter::enabled()),
    ("sub", Filter::sub()),
    ("username", Filter::username()),
];

/// Parses a filter in Cognito's format, such as `email ^= "ann"` or `status = "Enabled"`. The
/// quotation marks can be omitted.
pub(crate) fn parse(text: &str) -> Result<Filter, String> {
    let (left, value) = text
        .split_once('=')
        .ok_or("must be ATTRIBUTE=VALUE, or ATTRIBUTE^=START of the value")?;
    let starts_with = left.trim_end().ends_with('^');
    let name = left
        .trim_end()
        .trim_end_matches('^')
        .trim()
        .trim_matches('"');
    let value = value.trim();
    let quoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let value = quoted.unwrap_or(value);
    let attribute = ATTRIBUTES.iter().find(|(known, _)| *known == name);
    let (_, attribute) = attribute.ok_or_else(|| {
        let names: Vec<&str> = ATTRIBUTES.iter().map(|(name, _)| *name).collect();
        format!("Cognito filters only by {}", names.join(", "))
    })?;
    let filter = if starts_with {
        attribute.starts_with(value)
    } else {
        attribute.equals(value)
    };
    match filter.as_str() {
        Ok(_) => Ok(filter),
        Err(invalid) => Err(invalid.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_filters_of_cognito() {
        for (text, filter) in [
            ("email ^= \"ann\"", "email ^= \"ann\""),
            ("email^=ann", "email ^= \"ann\""),
            ("status=Enabled", "status = \"Enabled\""),
            ("\"name\" = \"a = b\"", "name = \"a = b\""),
        ] {
            assert_eq!(parse(text).unwrap().as_str().unwrap(), filter);
        }
        for wrong in ["email", "custom:x = 1", "email = \u{1}"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
