//! AWS's service model: what a request of each operation may contain.
//!
//! The table in `data/cognito-idp.json` is generated from AWS's model by `cargo xtask model`.
//! [`exceptions`] lists where Cognito was observed to differ from its model.

mod constraint;
mod exceptions;
mod pattern;
mod shown;
mod validator;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use pattern::Pattern;
pub(crate) use shown::lower_camel;
pub(crate) use validator::validate;

/// The operations and the shapes of their inputs.
#[derive(Debug, Default, Deserialize)]
struct Model {
    operations: HashMap<String, Operation>,
    shapes: HashMap<String, Shape>,
}

/// An operation in the model.
#[derive(Debug, Deserialize)]
struct Operation {
    input: Option<String>,
}

/// A type of the model with its constraints.
#[derive(Clone, Debug, Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    min: Option<i64>,
    #[serde(default)]
    max: Option<i64>,
    #[serde(default)]
    pattern: Option<Pattern>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
    /// `true` if error messages leave out the value.
    #[serde(default)]
    sensitive: bool,
    /// `true` if any JSON is accepted.
    #[serde(default)]
    document: bool,
    /// The shapes of the members of a structure, by name.
    #[serde(default)]
    members: BTreeMap<String, String>,
    /// The members that a structure must have.
    #[serde(default)]
    required: Vec<String>,
    /// The shape of the elements of a list.
    #[serde(default)]
    member: String,
    /// The shapes of the keys and values of a map.
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
    /// An addition of the emulator to the constraints: it accepts strings with this prefix.
    #[serde(skip)]
    extension: Option<&'static str>,
}

impl Shape {
    /// Returns `true` if the emulator accepts a value that Cognito might reject.
    fn accepts(&self, value: &Value) -> bool {
        let (Some(beginning), Some(text)) = (self.extension, value.as_str()) else {
            return false;
        };
        text.starts_with(beginning)
    }
}

/// The type of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Blob,
    Boolean,
    Integer,
    List,
    Long,
    Map,
    String,
    Structure,
    Timestamp,
}

impl Kind {
    /// Returns `true` for types other than lists, maps and structures.
    const fn is_simple(self) -> bool {
        !matches!(self, Self::List | Self::Map | Self::Structure)
    }
}

const TABLE: &str = include_str!("../../data/cognito-idp.json");

/// The table with the exceptions applied. It is read at the first request.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    // A test checks that the table can be read.
    let mut model: Model = serde_json::from_str(TABLE).unwrap_or_default();
    exceptions::apply(&mut model.shapes);
    model
});

/// Returns `true` if the model has the operation, so that [`validate`] checks its requests.
pub(crate) fn has(operation: &str) -> bool {
    MODEL.operations.contains_key(operation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::OPERATIONS;

    #[test]
    fn table_is_complete() {
        let model: Model = serde_json::from_str(TABLE).expect("a table");
        assert!(model.operations.len() > 150);
        for (name, shape) in &model.shapes {
            let parts = [&shape.member, &shape.key, &shape.value];
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            for part in shape.members.values().chain(parts) {
                assert!(model.shapes.contains_key(part), "{name} refers to {part}");
            }
        }
    }

    #[test]
    fn operations_need_the_signature_of_the_model() {
        let table: Value = serde_json::from_str(TABLE).expect("a table");
        for operation in OPERATIONS {
            let known = &table["operations"][operation.name];
            if known.is_object() {
                assert_eq!(known["signed"], operation.signed, "{}", operation.name);
            }
        }
    }
}
