//! Reads requests: deserializes AWS JSON into Rust types.
//!
//! A request has already been validated against AWS's service model
//! ([`aws::validate`](crate::model::aws::validate)). If deserialization still fails, this is a bug
//! of the emulator. A member whose value is `null` counts as missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::model::failure::Failure;

/// Deserializes a validated request, or a member of it. If this fails, logs the kind of error and
/// returns `InternalErrorException`.
pub(crate) fn read<'a, T, D>(fields: D) -> Result<T, Failure>
where
    T: Deserialize<'a>,
    D: Deserializer<'a, Error = serde_json::Error>,
{
    T::deserialize(fields).map_err(|error| {
        // Security: the error can contain a value, so only the kind of error is logged.
        tracing::error!(kind = ?error.classify(), "a validated request cannot be read");
        Failure::new("InternalErrorException", "Something went wrong")
    })
}

/// Deserializes a member of a request. Returns the default value of the type if the member is
/// `null`.
pub(crate) fn or_default<'de, D, T>(member: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(member).map(Option::unwrap_or_default)
}

/// Returns an object with the entries of `members` whose value is not `null`.
pub(crate) fn present<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Returns an object with the members of `fields` that have one of these names. Members that are
/// missing or `null` are omitted.
pub(crate) fn copy_members(fields: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let member = |name: &&str| {
        let value = fields.get(*name).filter(|value| !value.is_null())?;
        Some(((*name).to_owned(), value.clone()))
    };
    names.iter().filter_map(member).collect()
}

/// An attribute of a user as it is in a request (`AttributeType`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attribute<'a> {
    name: &'a str,
    value: Option<&'a str>,
}

impl<'a> Attribute<'a> {
    /// Returns the name and the value of the attribute. If there is no value, returns an empty
    /// string for it.
    pub(crate) fn pair(self) -> (&'a str, &'a str) {
        (self.name, self.value.unwrap_or_default())
    }
}

/// A map of strings in a request, such as `AuthParameters`. Entries that are `null` are omitted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Texts<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    /// Returns the value of the parameter `name` in this map. If the value is missing or empty,
    /// fails with `InvalidParameterException`.
    pub(crate) fn require(&self, name: &str) -> Result<&'a str, Failure> {
        self.get(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Failure::invalid_parameter(format!("Missing required parameter {name}")))
    }

    pub(crate) fn to_map(&self) -> BTreeMap<String, String> {
        let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        self.iter().map(owned).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().map(|(name, text)| (*name, *text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(member: D) -> Result<Self, D::Error> {
        let entries = Option::<BTreeMap<&'a str, Option<&'a str>>>::deserialize(member)?;
        let entries = entries.unwrap_or_default().into_iter();
        let entries = entries.filter_map(|(name, text)| Some((name, text?)));
        Ok(Self(entries.collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Example<'a> {
        username: &'a str,
        code: Option<&'a str>,
        #[serde(default, deserialize_with = "or_default")]
        force: bool,
        #[serde(borrow, default, deserialize_with = "or_default")]
        user_attributes: Vec<Attribute<'a>>,
        #[serde(borrow, default)]
        auth_parameters: Texts<'a>,
    }

    #[test]
    fn null_members_count_as_left_out() {
        let full = json!({
            "Username": "u", "Code": "c", "Force": true, "Unknown": 1,
            "UserAttributes": [{ "Name": "a", "Value": "b" }, { "Name": "c", "Value": null }],
            "AuthParameters": { "A": "b", "C": null },
        });
        let full: Example<'_> = read(&full).expect("readable");
        assert_eq!(
            (full.username, full.code, full.force),
            ("u", Some("c"), true)
        );
        let attributes = full.user_attributes.into_iter().map(Attribute::pair);
        assert_eq!(attributes.collect::<Vec<_>>(), [("a", "b"), ("c", "")]);
        assert_eq!(
            full.auth_parameters.iter().collect::<Vec<_>>(),
            [("A", "b")]
        );
        for empty in [
            json!({ "Username": "u" }),
            json!({
                "Username": "u", "Code": null, "Force": null, "UserAttributes": null,
                "AuthParameters": null,
            }),
        ] {
            let empty: Example<'_> = read(&empty).expect("readable");
            assert_eq!((empty.code, empty.force), (None, false));
            assert!(empty.user_attributes.is_empty());
            assert!(empty.auth_parameters.require("A").is_err());
        }
    }
}
