//! The structure of the service model: operations and shapes.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::model::aws::pattern::Pattern;

/// The operations and shapes of the service model, by name.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Model {
    pub(super) operations: HashMap<String, Operation>,
    pub(super) shapes: HashMap<String, Shape>,
}

/// An operation of the service model.
#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    /// The name of the shape of the request.
    pub(super) input: Option<String>,
}

/// A type of the service model with its constraints. The default is a structure without members.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<Pattern>,
    /// The valid values of an enum. Empty for other strings.
    #[serde(rename = "enum")]
    pub(super) values: Vec<String>,
    /// `true` if error messages must not contain the value.
    pub(super) sensitive: bool,
    /// `true` if any JSON value is valid.
    pub(super) document: bool,
    /// The names of the members of a structure, with the names of their shapes.
    pub(super) members: BTreeMap<String, String>,
    /// The required members of a structure.
    pub(super) required: Vec<String>,
    /// The name of the shape of the elements of a list.
    pub(super) member: String,
    /// The name of the shape of the keys of a map.
    pub(super) key: String,
    /// The name of the shape of the values of a map.
    pub(super) value: String,
    /// The prefix of strings that the emulator accepts although the model does not.
    #[serde(skip)]
    pub(super) extension: Option<&'static str>,
}

impl Shape {
    /// Returns `true` if the emulator accepts a value although the model does not.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        let (Some(beginning), Some(text)) = (self.extension, value.as_str()) else {
            return false;
        };
        text.starts_with(beginning)
    }
}

/// The type of a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Blob,
    Boolean,
    Integer,
    List,
    Long,
    Map,
    String,
    #[default]
    Structure,
    Timestamp,
}

impl Kind {
    /// Returns `true` for types other than lists, maps and structures.
    pub(super) const fn is_simple(self) -> bool {
        !matches!(self, Self::List | Self::Map | Self::Structure)
    }
}
