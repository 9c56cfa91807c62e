//! Maps of strings.

use serde_json::{Map, Value};

use crate::model::failure::Failure;

/// A map of strings, such as `AuthParameters`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts<'a>(Option<&'a Map<String, Value>>);

impl<'a> Texts<'a> {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    pub(super) const fn of(map: &'a Map<String, Value>) -> Self {
        Self(Some(map))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0?.get(name)?.as_str()
    }

    /// Returns the named entry, or Cognito's error if it is missing.
    pub(crate) fn require(&self, name: &str) -> Result<&'a str, Failure> {
        self.get(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Failure::invalid_parameter(format!("Missing required parameter {name}")))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
    }
}
