//! The search for users by the value of an attribute, as in `ListUsers` ([`Filter`]).

use std::borrow::Cow;

use crate::model::user::User;

/// The attributes that a filter of `ListUsers` can use, by name (AWS API reference, parameter
/// `Filter`). Custom attributes are not allowed.
const SEARCHABLE: [&str; 10] = [
    "cognito:user_status",
    "email",
    "family_name",
    "given_name",
    "name",
    "phone_number",
    "preferred_username",
    "status",
    "sub",
    "username",
];

/// A filter of `ListUsers`: `attribute = "value"` for an equal value, `attribute ^= "value"` for a
/// value that begins with this string.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) attribute: &'static str,
    pub(crate) starts_with: bool,
    /// The value to search for. It is in lower case if the attribute is not case-sensitive.
    pub(crate) value: String,
}

impl Filter {
    /// Creates a filter for users whose attribute is equal to `value`, or begins with it if
    /// `starts_with` is `true`. Returns `None` if users cannot be searched by this attribute.
    pub(crate) fn new(attribute: &str, starts_with: bool, value: &str) -> Option<Self> {
        let attribute = SEARCHABLE.into_iter().find(|name| *name == attribute)?;
        let value = comparable(attribute, value).into_owned();
        Some(Self {
            attribute,
            starts_with,
            value,
        })
    }

    pub(crate) fn admits(&self, user: &User) -> bool {
        let value = user.search_value(self.attribute);
        value.is_some_and(|value| {
            if self.starts_with {
                value.starts_with(&self.value)
            } else {
                value == self.value
            }
        })
    }
}

impl User {
    /// Returns the user's value of an attribute, in the form that is compared with a filter of
    /// `ListUsers`. Returns `None` if the user does not have the attribute.
    pub(crate) fn search_value(&self, attribute: &str) -> Option<Cow<'_, str>> {
        let value = match attribute {
            "cognito:user_status" => self.status.name(),
            "status" if self.enabled => "Enabled",
            "status" => "Disabled",
            "sub" => self.sub.as_str(),
            "username" => self.username.as_str(),
            attribute => self.attribute(attribute)?,
        };
        Some(comparable(attribute, value))
    }
}

/// Returns a value in lower case if the attribute is not case-sensitive.
///
/// The API reference of `ListUsers` says: `status` and `username` are case-sensitive, even in a pool
/// whose user names are not, and `cognito:user_status` is not case-sensitive. It says nothing about
/// the other attributes. The emulator ignores the case of their values.
fn comparable<'v>(attribute: &str, value: &'v str) -> Cow<'v, str> {
    if matches!(attribute, "status" | "username") {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(value.to_lowercase())
    }
}
