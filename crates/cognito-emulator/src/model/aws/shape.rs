//! The types of AWS's service model.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::model::aws::pattern::Pattern;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Model {
    pub(super) operations: HashMap<String, Operation>,
    pub(super) shapes: HashMap<String, Shape>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    pub(super) input: Option<String>,
}

/// A type of the model with its constraints.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) min: Option<i64>,
    #[serde(default)]
    pub(super) max: Option<i64>,
    #[serde(default)]
    pub(super) pattern: Option<Pattern>,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<String>,
    /// `true` if error messages omit the value.
    #[serde(default)]
    pub(super) sensitive: bool,
    /// `true` if any JSON is accepted.
    #[serde(default)]
    pub(super) document: bool,
    /// The shapes of the members of a structure, by name.
    #[serde(default)]
    pub(super) members: BTreeMap<String, String>,
    /// The required members of a structure.
    #[serde(default)]
    pub(super) required: Vec<String>,
    /// The shape of the elements of a list.
    #[serde(default)]
    pub(super) member: String,
    /// The shapes of the keys and values of a map.
    #[serde(default)]
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
    /// The prefix of strings that the emulator accepts as an extension of the model.
    #[serde(skip)]
    pub(super) extension: Option<&'static str>,
}

impl Shape {
    /// Returns `true` if the emulator accepts a value as an extension of the model.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        let (Some(beginning), Some(text)) = (self.extension, value.as_str()) else {
            return false;
        };
        text.starts_with(beginning)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
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
    pub(super) const fn is_simple(self) -> bool {
        !matches!(self, Self::List | Self::Map | Self::Structure)
    }
}
