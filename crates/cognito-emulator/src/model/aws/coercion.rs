//! Converts the values of a CloudFormation template to the types of the service model.
//!
//! CloudFormation accepts `"true"` for a boolean and `"8"` for an integer, because the values of
//! parameters are strings. AWS JSON accepts only booleans and numbers there.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::api::Api;
use super::shape::{Kind, Model, Shape};
use super::table::model;
use crate::model::levels::{MOST_LEVELS, is_too_deep};

/// The error of [`coerce`]: the value cannot be converted to the type of the service model.
#[derive(Debug)]
pub(crate) struct Mismatch {
    /// The path to the invalid value, in reverse order. The path starts at the value that was
    /// passed to [`coerce`]. Each step is the name of a member or an index, such as `[0]`. Example:
    /// the path `PasswordPolicy.MinimumLength` is stored as `["MinimumLength", "PasswordPolicy"]`.
    pub(crate) steps: Vec<String>,
    /// The rule that the value violates.
    ///
    /// Security: does not contain the value, because it may be a secret.
    pub(crate) reason: String,
}

impl Mismatch {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            steps: Vec::new(),
            reason: reason.into(),
        }
    }

    fn within(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }
}

/// Converts the value of a member of a request to the type that the service model requires. Fails
/// if the operation has no such member, if the value contains a member that the model does not have,
/// or if the value has another type.
pub(crate) fn coerce(
    api: Api,
    operation: &str,
    member: &str,
    value: Value,
) -> Result<Value, Mismatch> {
    let unknown = || Mismatch::new("the emulator does not have this setting");
    let model = model(api).ok_or_else(unknown)?;
    let input = model
        .operations
        .get(operation)
        .and_then(|known| known.input);
    let input = input.and_then(|name| model.shapes.get(name));
    let shape = input.and_then(|input| model.shapes.get(*input.members.get(member)?));
    converted(model, shape.ok_or_else(unknown)?, value)
}

fn converted(model: &Model, shape: &Shape, value: Value) -> Result<Value, Mismatch> {
    if shape.document {
        if is_too_deep(&value) {
            return Err(Mismatch::new(format!("use at most {MOST_LEVELS} levels")));
        }
        return Ok(value);
    }
    let part = |name: &str| model.shapes.get(name);
    match (shape.kind, value) {
        (Kind::List, Value::Array(items)) => match part(shape.member) {
            Some(part) => list(model, part, items),
            None => Ok(Value::Array(items)),
        },
        (Kind::Map, Value::Object(entries)) => {
            members(entries, |_, value| match part(shape.value) {
                Some(part) => converted(model, part, value),
                None => Ok(value),
            })
        }
        // CloudFormation accepts a JSON string for an object without fixed members.
        (Kind::Map, Value::String(text)) => match serde_json::from_str(&text) {
            Ok(Value::Object(entries)) => converted(model, shape, Value::Object(entries)),
            _ => Err(Mismatch::new("use an object")),
        },
        (Kind::Structure, Value::Object(fields)) => members(fields, |name, value| {
            let known = shape.members.get(name).and_then(|name| part(name));
            let names = || shape.members.keys();
            let known = known.ok_or_else(|| Mismatch::new(unknown_property(names())))?;
            converted(model, known, value)
        }),
        (kind, value) => simple(kind, &value),
    }
}

/// Returns the error message for an unknown property. `known` are the names of all properties.
pub(crate) fn unknown_property<T: Display>(known: impl Iterator<Item = T>) -> String {
    let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
    format!("unknown property, use one of {}", known.join(", "))
}

fn list(model: &Model, part: &Shape, items: Vec<Value>) -> Result<Value, Mismatch> {
    let items = items.into_iter().enumerate().map(|(place, item)| {
        let item = converted(model, part, item);
        item.map_err(|mismatch| mismatch.within(format!("[{place}]")))
    });
    items.collect::<Result<_, _>>().map(Value::Array)
}

fn members(
    fields: Map<String, Value>,
    convert: impl Fn(&str, Value) -> Result<Value, Mismatch>,
) -> Result<Value, Mismatch> {
    let fields = fields
        .into_iter()
        .map(|(name, value)| match convert(&name, value) {
            Ok(value) => Ok((name, value)),
            Err(mismatch) => Err(mismatch.within(name)),
        });
    fields.collect::<Result<_, _>>().map(Value::Object)
}

/// Converts a single value, such as a string or a number, to the type `kind` of AWS's model.
/// Fails if `kind` is a list, map or structure.
fn simple(kind: Kind, value: &Value) -> Result<Value, Mismatch> {
    let (converted, wanted) = match kind {
        Kind::Boolean => {
            let converted = match value {
                Value::Bool(flag) => Some(*flag),
                Value::String(text) => text.to_ascii_lowercase().parse().ok(),
                _ => None,
            };
            (converted.map(Value::Bool), "true or false")
        }
        Kind::Integer | Kind::Long => {
            let converted = match value {
                Value::String(text) => text.parse::<i64>().ok(),
                value => value.as_i64(),
            };
            (converted.map(Value::from), "an integer")
        }
        Kind::Blob | Kind::String | Kind::Timestamp => {
            (scalar(value).map(Value::String), "a string")
        }
        Kind::List => (None, "a list"),
        Kind::Map | Kind::Structure => (None, "an object"),
    };
    converted.ok_or_else(|| Mismatch::new(format!("use {wanted}")))
}

/// Returns a string, a number or a boolean as a string. Returns `None` for other values.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policies(value: Value) -> Result<Value, Mismatch> {
        coerce(Api::Cognito, "CreateUserPool", "Policies", value)
    }

    #[test]
    fn strings_become_model_types() {
        let value = json!({ "PasswordPolicy": { "MinimumLength": "8", "RequireNumbers": "True" } });
        let expected = json!({ "PasswordPolicy": { "MinimumLength": 8, "RequireNumbers": true } });
        assert_eq!(policies(value).expect("converted"), expected);
        let name = coerce(Api::Cognito, "CreateUserPool", "PoolName", json!(7));
        assert_eq!(name.expect("converted"), "7");
        let logins = json!(r#"{ "accounts.google.com": "id" }"#);
        let member = "SupportedLoginProviders";
        let logins = coerce(Api::IdentityPools, "CreateIdentityPool", member, logins);
        assert_eq!(
            logins.expect("converted"),
            json!({ "accounts.google.com": "id" })
        );
    }

    #[test]
    fn deep_documents_are_rejected() {
        let operation = "CreateManagedLoginBranding";
        let style = |levels| {
            let value = (0..levels).fold(json!(1), |inner, _| json!({ "a": inner }));
            coerce(Api::Cognito, operation, "Settings", value)
        };
        assert!(style(MOST_LEVELS).is_ok());
        let error = style(MOST_LEVELS + 1).expect_err("an error");
        assert_eq!(error.reason, "use at most 100 levels");
    }

    #[test]
    fn mismatches_have_a_path() {
        for (value, steps, reason) in [
            (json!([]), vec![], "use an object"),
            (
                json!({ "PasswordPolicy": { "MinimumLength": "x" } }),
                vec!["MinimumLength", "PasswordPolicy"],
                "use an integer",
            ),
            (
                json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", {}] } }),
                vec!["[1]", "AllowedFirstAuthFactors", "SignInPolicy"],
                "use a string",
            ),
            (
                json!({ "Password": {} }),
                vec!["Password"],
                "unknown property, use one of `PasswordPolicy`, `SignInPolicy`",
            ),
        ] {
            let mismatch = policies(value).expect_err("a mismatch");
            assert_eq!(
                (mismatch.steps, &*mismatch.reason),
                (steps.into_iter().map(String::from).collect(), reason)
            );
        }
    }
}
