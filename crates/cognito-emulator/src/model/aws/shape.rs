//! The data types of the service model: operations and shapes.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::model::aws::pattern::Pattern;

/// The service model: its operations and shapes, by name. The names are parts of the generated
/// table, so they take no additional memory.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Model {
    #[serde(borrow)]
    pub(super) operations: HashMap<&'static str, Operation>,
    pub(super) shapes: HashMap<&'static str, Shape>,
}

/// An operation of the service model.
#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    /// The name of the shape of the operation's request. `None` if the request has no members.
    #[serde(borrow)]
    pub(super) input: Option<&'static str>,
    #[cfg(test)]
    pub(super) signed: bool,
}

/// A type in the service model, with its constraints. The default is a structure without members.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<Pattern>,
    /// The valid values of an enum. Empty for all other types.
    #[serde(rename = "enum", borrow)]
    pub(super) values: Vec<&'static str>,
    /// `true` if error messages must not contain values of this shape.
    pub(super) sensitive: bool,
    /// `true` if every JSON value is valid for this shape.
    pub(super) document: bool,
    /// The members of a structure: the name of each member, and the name of its shape.
    #[serde(borrow)]
    pub(super) members: BTreeMap<&'static str, &'static str>,
    /// The names of the required members of a structure.
    #[serde(borrow)]
    pub(super) required: Vec<&'static str>,
    /// If this shape is a list: the name of the shape of its elements. Otherwise empty.
    pub(super) member: &'static str,
    /// If this shape is a map: the name of the shape of its keys. Otherwise empty.
    pub(super) key: &'static str,
    /// If this shape is a map: the name of the shape of its values. Otherwise empty.
    pub(super) value: &'static str,
    /// A prefix. The emulator accepts strings with this prefix, even if they violate the model.
    /// `None` for most shapes.
    #[serde(skip)]
    pub(super) extension: Option<&'static str>,
}

impl Shape {
    /// Returns `true` if the value is a string that begins with the [`extension`](Self::extension)
    /// of this shape. The emulator then accepts the value, even if it violates the service model.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        let (Some(beginning), Some(text)) = (self.extension, value.as_str()) else {
            return false;
        };
        text.starts_with(beginning)
    }
}

/// The basic type of a shape.
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
    /// Returns `true` if the type is not a list, a map or a structure.
    pub(super) const fn is_simple(self) -> bool {
        !matches!(self, Self::List | Self::Map | Self::Structure)
    }
}
