//! JSON objects as `serde_json` reads them, with the additional rules of this crate.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// How deep arrays and objects may be nested, including the outermost.
const MAX_DEPTH: usize = 127;

/// The largest number that every parser of doubles accepts.
const MAX_NUMBER: f64 = 1.797e308;

/// Returns the object, or `None` if the input is not an object or breaks a rule: no duplicate
/// names, at most 127 levels of nesting, no number that is too large for a double.
pub(crate) fn object(text: &[u8]) -> Option<Map<String, Value>> {
    let members: Members = serde_json::from_slice(text).ok()?;
    let mut object = Map::new();
    for (name, value) in members.0 {
        if object.insert(name, value).is_some() {
            return None;
        }
    }
    let text = std::str::from_utf8(text).ok()?;
    (depth(text) <= MAX_DEPTH && numbers_are_small(text)).then_some(object)
}

/// The members of an object as written, including duplicates.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

/// Returns the nesting depth of well-formed JSON. It is counted in the input, because a `Value` has
/// only the last member of each name.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0, 0);
    for part in outside_strings(text) {
        for byte in part.bytes() {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
    }
    deepest
}

fn numbers_are_small(text: &str) -> bool {
    let is_of_a_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    outside_strings(text)
        .iter()
        .flat_map(|part| part.split(|c| !is_of_a_number(c)))
        // The `e` of `true` is no number.
        .filter_map(|number| number.parse::<f64>().ok())
        .all(|number| number.abs() <= MAX_NUMBER)
}

/// Returns the parts of well-formed JSON that are outside of strings.
fn outside_strings(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut in_string, mut start, mut escaped) = (false, 0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => {
                if !in_string {
                    parts.push(&text[start..at]);
                }
                in_string = !in_string;
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
