//! The operation `ListUsers` and its filters.

use crate::model::failure::{Answer, Failure};
use crate::model::user::search::Filter;
use crate::operations::common::invalid;
use crate::operations::page::Page;
use crate::state::call::Call;

pub(crate) fn users(call: &Call<'_>) -> Answer {
    let names: Vec<&str> = call.member("AttributesToGet")?;
    let filter = call.text("Filter").filter(|text| !text.is_empty());
    let filter = filter.map(parse).transpose()?;
    let page = Page::read(call, "Limit", "PaginationToken")?;
    let shown = |name: &str| names.is_empty() || names.contains(&name);
    let mut state = call.state();
    let after = page.after.as_deref();
    // One more than the page, so that the response has a token if more users follow.
    let most = page.size.saturating_add(1);
    let found = match &filter {
        Some(filter) => state.users.search(filter, after, most),
        None => state.users.after(after).take(most).collect(),
    };
    let found = found.into_iter();
    let described = found.map(|user| (&user.username, user.summary(shown)));
    page.answer("Users", described)
}

fn parse(text: &str) -> Result<Filter, Failure> {
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
    match Filter::new(attribute, starts_with, &value) {
        Some(filter) => Ok(filter),
        None => invalid("One or more search attributes are not supported."),
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
        let filter = parse(text).ok()?;
        Some((
            filter.attribute.to_owned(),
            filter.starts_with,
            filter.value,
        ))
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
