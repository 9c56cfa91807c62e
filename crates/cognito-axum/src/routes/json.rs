//! A parser for JSON objects without duplicate names.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The reason why a body is rejected. Security: the reason does not contain serde's error message,
/// which may contain user input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    NotJson,
    NotAnObject,
    DuplicateName,
    WrongField,
}

impl Malformed {
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::NotJson => "The body is not valid JSON",
            Self::NotAnObject => "The body must be a JSON object",
            Self::DuplicateName => "The body has a field twice",
            Self::WrongField => "The body lacks a field, or one is of another type",
        }
    }
}

/// Parses a JSON object.
///
/// This function also rejects bodies that serde would accept: an array in place of an object, and
/// duplicates of unknown names. Otherwise a proxy and this service could read different values from
/// the same body.
pub(super) fn parse_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    match serde_json::from_slice(bytes) {
        Ok(Unique::Object) => {}
        Ok(Unique::Other) => return Err(Malformed::NotAnObject),
        // `Unique` accepts every value, so besides syntax errors it has only its own error.
        Err(error) if error.is_data() => return Err(Malformed::DuplicateName),
        Err(_) => return Err(Malformed::NotJson),
    }
    serde_json::from_slice(bytes).map_err(|_| Malformed::WrongField)
}

/// A JSON value without duplicate names. Only the type of the value is stored: an object, or
/// another type. Deserialization fails if an object at any depth of the value has a duplicate name.
enum Unique {
    Object,
    Other,
}

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

macro_rules! visit_scalars {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E>(self, _: $type) -> Result<Unique, E> {
            Ok(Unique::Other)
        })*
    };
}

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value without duplicate names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("duplicate name"));
            }
            map.next_value::<Unique>()?;
        }
        Ok(Unique::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Unique, A::Error> {
        while sequence.next_element::<Unique>()?.is_some() {}
        Ok(Unique::Other)
    }

    visit_scalars! {
        visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique::Other)
    }
}
