//! A strict JSON parser (RFC 8259) that borrows from its input.
//!
//! Unlike `serde_json`, it rejects an object in which a name occurs twice, even if one of the names
//! is escaped. Objects within the parsed object are not checked for duplicate names. The result
//! does not depend on features of `serde_json` that another crate enables, such as
//! `arbitrary_precision`.
//!
//! `serde_json` decodes escapes and nested values. The standard library parses numbers.

mod reader;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use reader::Reader;

/// The reason why JSON was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// A name occurs twice in the object, possibly with different escapes (`iss`, `\u0069ss`).
    DuplicateName,
    /// The input is not a JSON object (RFC 8259), or it is nested more than 127 levels deep.
    Malformed,
    /// A number is too large, such as `1e400`: its absolute value is more than 1.797e308.
    NumberOutOfRange,
}

type Result<T> = std::result::Result<T, JsonError>;

/// A JSON value that is checked for valid syntax, but not decoded yet. It is small and cheap to
/// copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a> {
    kind: Kind,
    /// The value as written in the input. A string without escapes is stored without its quotation
    /// marks.
    written: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Array,
    EscapedText,
    False,
    Null,
    Number,
    Object,
    PlainText,
    True,
}

impl<'a> Json<'a> {
    /// Returns this JSON value as a decoded string, or `None` if the value is not a string.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::PlainText => Some(Cow::Borrowed(self.written)),
            Kind::EscapedText => serde_json::from_str(self.written).ok().map(Cow::Owned),
            _ => None,
        }
    }

    /// Returns this JSON value as a boolean, or `None` if the value is not a boolean.
    pub(crate) fn flag(self) -> Option<bool> {
        match self.kind {
            Kind::False => Some(false),
            Kind::True => Some(true),
            _ => None,
        }
    }

    /// Returns this JSON number as written in the input, or `None` if the value is not a number.
    pub(crate) fn number(self) -> Option<&'a str> {
        (self.kind == Kind::Number).then_some(self.written)
    }

    /// Returns this JSON object as written in the input, or `None` if the value is not an object.
    pub(crate) fn object(self) -> Option<&'a [u8]> {
        (self.kind == Kind::Object).then_some(self.written.as_bytes())
    }

    /// Calls `element` for each element of an array, in order. Returns `None` if the value is not
    /// an array. If `element` returns `None`, stops and returns `None`.
    pub(crate) fn each_element(self, mut element: impl FnMut(Self) -> Option<()>) -> Option<()> {
        if self.kind != Kind::Array {
            return None;
        }
        // The array was parsed before, so only `element` can fail.
        Reader::new(self.written).array(1, &mut element)
    }

    fn to_value(self) -> Result<Value> {
        match self.text() {
            Some(text) => Ok(Value::String(text.into_owned())),
            // A string without escapes is stored without its quotation marks, so it cannot be
            // parsed as written.
            None => serde_json::from_str(self.written).map_err(|_| JsonError::Malformed),
        }
    }
}

/// Parses an object, and calls `member` with the decoded name and the value of each member, in
/// order. `member` must detect duplicate names. If `member` fails, parsing stops with this error.
fn each_member<'a>(
    text: &'a str,
    mut member: impl FnMut(Cow<'a, str>, Json<'a>) -> Result<()>,
) -> Result<()> {
    let mut reader = Reader::new(text);
    let mut fault = None;
    let read = reader.document(|name, value| {
        let name = name.text()?;
        member(name, value)
            .map_err(|error| fault = Some(error))
            .ok()
    });
    read.ok_or_else(|| fault.unwrap_or(reader.error))
}

/// Fails with [`JsonError::DuplicateName`] if `before`, the earlier value of a member, is not
/// `None`.
fn check_new<T>(before: Option<T>) -> Result<()> {
    before.map_or(Ok(()), |_| Err(JsonError::DuplicateName))
}

/// A type with one field for each member that the caller reads from a JSON object. A field is
/// `None` if the object does not have the member.
pub(crate) trait Members<'a>: Default {
    /// Returns the field for the member with this name, or `None` if the type has no such field.
    fn field(&mut self, name: &str) -> Option<&mut Option<Json<'a>>>;
}

/// Parses an object into the fields of `T`. Members without a field are only checked for valid
/// syntax and duplicate names.
pub(crate) fn read<'a, T: Members<'a>>(text: &'a str) -> Result<T> {
    let mut read = T::default();
    let mut others = Vec::new();
    each_member(text, |name, value| match read.field(&name) {
        Some(field) => check_new(field.replace(value)),
        None => {
            others.push(name);
            Ok(())
        }
    })?;
    // Sorted instead of comparing all pairs, because an attacker can send thousands of names.
    others.sort_unstable();
    if others.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(JsonError::DuplicateName);
    }
    Ok(read)
}

/// Parses an object, and returns its members by name. The values are checked, but not decoded.
pub(crate) fn members(text: &[u8]) -> Result<BTreeMap<Cow<'_, str>, Json<'_>>> {
    let text = std::str::from_utf8(text).map_err(|_| JsonError::Malformed)?;
    let mut members = BTreeMap::new();
    each_member(text, |name, value| check_new(members.insert(name, value)))?;
    Ok(members)
}

/// Parses an object, and decodes all its values.
pub(crate) fn object(text: &[u8]) -> Result<Map<String, Value>> {
    let text = std::str::from_utf8(text).map_err(|_| JsonError::Malformed)?;
    let mut object = Map::new();
    each_member(text, |name, value| {
        check_new(object.insert(name.into_owned(), value.to_value()?))
    })?;
    Ok(object)
}

#[cfg(test)]
mod tests;
