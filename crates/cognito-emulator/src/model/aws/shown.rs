//! Formats the values and the names of members as AWS's error messages show them.

use serde_json::Value;

/// The maximum number of characters of a value in an error message. How AWS shows longer values is
/// unknown.
const LONGEST: usize = 4096;

/// Returns a value as AWS's messages show it, in Java's format: `abc`, `[a, b]`, `{key=value}`. A
/// value that is too long is cut and ends with three dots.
///
/// Returns `None` for a value with nested lists or structures, because AWS's format for them is
/// unknown.
pub(super) fn shown(value: &Value) -> Option<String> {
    let mut text = whole(value)?;
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.replace_range(end.., "...");
    }
    Some(text)
}

fn whole(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(simple).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Object(entries) => {
            let entries: Option<Vec<_>> = entries
                .iter()
                .map(|(name, value)| Some(format!("{name}={}", simple(value)?)))
                .collect();
            Some(format!("{{{}}}", entries?.join(", ")))
        }
    }
}

fn simple(value: &Value) -> Option<String> {
    if value.is_array() || value.is_object() {
        None
    } else {
        whole(value)
    }
}

/// Returns the name of a member as error messages show it: the first letter is in lower case, as in
/// `userPoolId`.
pub(crate) fn lower_camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
