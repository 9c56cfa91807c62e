//! The maximum depth of JSON from a client.

use serde_json::Value;

/// The maximum number of nested objects and arrays in the JSON of a request or of a template.
///
/// AWS does not document its limit. The emulator's JSON parser reads at most 127 levels. This limit
/// is lower, because the emulator also reads the values from its state file, where they are nested
/// deeper than in the request.
pub(crate) const MOST_LEVELS: usize = 100;

/// Returns `true` if more than [`MOST_LEVELS`] objects and arrays are nested in `value`.
pub(crate) fn is_too_deep(value: &Value) -> bool {
    exceeds(value, MOST_LEVELS)
}

fn exceeds(value: &Value, most: usize) -> bool {
    let exceeds_inside = |value| exceeds(value, most - 1);
    match value {
        Value::Array(items) => most == 0 || items.iter().any(exceeds_inside),
        Value::Object(members) => most == 0 || members.values().any(exceeds_inside),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_nested_values_count() {
        let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!({ "a": 0, "b": inner }));
        let listed = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner, 1]));
        for (levels, expected) in [(0, false), (MOST_LEVELS, false), (MOST_LEVELS + 1, true)] {
            assert_eq!(is_too_deep(&nested(levels)), expected, "{levels}");
            assert_eq!(is_too_deep(&listed(levels)), expected, "{levels}");
        }
    }
}
