//! Converts between JSON and `Document`, the JSON type of the AWS SDK.

use aws_smithy_types::{Document, Number};
use serde_json::Value;

/// Converts a `Document` of the SDK to JSON. A number that is not finite becomes `null`.
pub(crate) fn json(document: Document) -> Value {
    match document {
        Document::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name, json(member)))
            .collect(),
        Document::Array(items) => items.into_iter().map(json).collect(),
        Document::Number(Number::PosInt(number)) => number.into(),
        Document::Number(Number::NegInt(number)) => number.into(),
        // JSON has no representation for numbers that are not finite.
        Document::Number(Number::Float(number)) => number.into(),
        Document::String(text) => text.into(),
        Document::Bool(flag) => flag.into(),
        Document::Null => Value::Null,
    }
}

/// Converts JSON to a `Document` of the SDK.
pub(crate) fn document(value: &Value) -> Document {
    match value {
        Value::Object(members) => Document::Object(
            members
                .iter()
                .map(|(name, member)| (name.clone(), document(member)))
                .collect(),
        ),
        Value::Array(items) => Document::Array(items.iter().map(document).collect()),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => Document::String(text.clone()),
        Value::Bool(flag) => Document::Bool(*flag),
        Value::Null => Document::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    #[test]
    fn every_value_comes_back_as_it_was() {
        let there = value!({
            "null": null, "flag": true, "text": "ä\u{0}", "list": [1, [], {}],
            "numbers": [0, 18_446_744_073_709_551_615_u64, -1, -9_223_372_036_854_775_808_i64, 0.5],
            "nested": {"": {"": []}},
        });
        assert_eq!(json(document(&there)), there);
    }

    #[test]
    fn a_number_that_json_has_not_is_nothing() {
        let number = Document::Number(Number::Float(f64::NAN));
        assert_eq!(json(number), Value::Null);
    }
}
