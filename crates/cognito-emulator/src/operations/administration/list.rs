//! The operation `ListUsers` and its filters.

use std::borrow::Cow;

use crate::model::failure::{Answer, Failure};
use crate::model::user::User;
use crate::operations::common::invalid;
use crate::operations::page::Page;
use crate::state::call::Call;

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

pub(crate) fn users(call: &Call<'_>) -> Answer {
    let names: Vec<&str> = call.member("AttributesToGet")?;
    let filter = call.text("Filter").filter(|text| !text.is_empty());
    let filter = filter.map(Filter::parse).transpose()?;
    let page = Page::read(call, "Limit", "PaginationToken")?;
    let shown = |name: &str| names.is_empty() || names.contains(&name);
    let state = call.state();
    let rest = state.users.after(page.after.as_deref());
    let found = rest.filter(|user| filter.as_ref().is_none_or(|filter| filter.admits(user)));
    let described = found.map(|user| (&user.username, user.summary(shown)));
    page.answer("Users", described)
}

/// A filter of `ListUsers`: `attribute = "value"` for an equal value, `attribute ^= "value"` for a
/// value that begins with this string.
#[derive(Debug, PartialEq, Eq)]
struct Filter {
    attribute: String,
    starts_with: bool,
    /// The value to search for. It is in lower case if the attribute is not case-sensitive.
    value: String,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Failure> {
        let syntax = || Failure::invalid_parameter("Error while parsing filter.");
        let (left, right) = text.split_once('=').ok_or_else(syntax)?;
        let starts_with = left.ends_with('^');
        let attribute = left
            .strip_suffix('^')
            .unwrap_or(left)
            .trim()
            .trim_matches('"');
        let value = quoted(right.trim()).ok_or_else(syntax)?;
        if attribute.is_empty() || attribute.chars().any(char::is_whitespace) {
            return Err(syntax());
        }
        if !SEARCHABLE.contains(&attribute) {
            return invalid("One or more search attributes are not supported.");
        }
        let mut filter = Self {
            attribute: attribute.to_owned(),
            starts_with,
            value,
        };
        if !filter.is_exact() {
            filter.value = filter.value.to_lowercase();
        }
        Ok(filter)
    }

    fn admits(&self, user: &User) -> bool {
        let enabled = if user.enabled { "Enabled" } else { "Disabled" };
        let value = match self.attribute.as_str() {
            "cognito:user_status" => Some(user.status.name()),
            "status" => Some(enabled),
            "sub" => Some(user.sub.as_str()),
            "username" => Some(user.username.as_str()),
            attribute => user.attribute(attribute),
        };
        let Some(value) = value else { return false };
        let value = if self.is_exact() {
            Cow::Borrowed(value)
        } else {
            Cow::Owned(value.to_lowercase())
        };
        if self.starts_with {
            value.starts_with(&self.value)
        } else {
            value == self.value
        }
    }

    /// Returns `true` if the filter's attribute is case-sensitive.
    ///
    /// The API reference of `ListUsers` says: `status` and `username` are case-sensitive, even in a
    /// pool whose user names are not, and `cognito:user_status` is not case-sensitive. It says
    /// nothing about the other attributes. The emulator ignores the case of their values.
    fn is_exact(&self) -> bool {
        matches!(self.attribute.as_str(), "status" | "username")
    }
}

/// Returns the content of a quoted string. `\"` and `\\` are replaced by the character that is
/// escaped. Returns `None` if the input is not a quoted string.
fn quoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut plain = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return None,
            // A final backslash escapes the closing quotation mark, so the string has no end.
            '\\' => plain.push(letters.next()?),
            _ => plain.push(letter),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(String, bool, String)> {
        let filter = Filter::parse(text).ok()?;
        Some((filter.attribute, filter.starts_with, filter.value))
    }

    #[test]
    fn filters_as_aws_documents_them() {
        for (text, attribute, starts_with, value) in [
            ("email = \"a@b.co\"", "email", false, "a@b.co"),
            ("email ^= \"admin\"", "email", true, "admin"),
            ("family_name=\"Reddy\"", "family_name", false, "reddy"),
            ("name ^=\"a \\\"b\\\" \\\\c\"", "name", true, "a \"b\" \\c"),
            ("name = \"a = b\"", "name", false, "a = b"),
            ("\"name\"^=\"Jon\"", "name", true, "jon"),
            ("username = \"Jon\"", "username", false, "Jon"),
        ] {
            let expected = Some((attribute.to_owned(), starts_with, value.to_owned()));
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn rejects_other_filters() {
        for text in [
            "email",
            "email = a@b.co",
            "email = \"a",
            "email = \"a\\\"",
            "email = \"a\" or \"b\"",
            "= \"a\"",
            "custom:x = \"a\"",
            "email > \"a\"",
            "email = \"a\" and name = \"b\"",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
