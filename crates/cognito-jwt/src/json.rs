//! JSON objects, read more strictly than `serde_json` reads them by itself.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

/// How deep arrays and objects may be nested, the outermost counted.
const MAX_DEPTH: usize = 32;

/// The members of an object, undecoded, by their unescaped names.
pub(crate) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A name stands twice, perhaps spelled differently (`iss`, `\u0069ss`).
    DuplicateName,
    /// It is not an object in JSON (RFC 8259), or nested too deep.
    Malformed,
    /// A member of the outermost object is a number that no double can hold (`1e400`).
    NumberOutOfRange,
}

/// Reads an object. Names must not be repeated in it; within its members nothing reads them, so
/// there they may be, and the last one stays.
pub(crate) fn object(text: &[u8]) -> Result<Map<String, Value>, Flaw> {
    let mut object = Map::new();
    for (name, raw) in members(text)? {
        object.insert(name, value(raw)?);
    }
    Ok(object)
}

/// Reads an object without reading its members.
pub(crate) fn members(text: &[u8]) -> Result<Members<'_>, Flaw> {
    let text = std::str::from_utf8(text).map_err(|_| Flaw::Malformed)?;
    if !is_shallow(text) {
        return Err(Flaw::Malformed);
    }
    let mut duplicate = false;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_map(MembersVisitor {
        duplicate: &mut duplicate,
    });
    match members {
        Ok(members) if deserializer.end().is_ok() => Ok(members),
        Err(_) if duplicate => Err(Flaw::DuplicateName),
        _ => Err(Flaw::Malformed),
    }
}

/// Reads a member.
fn value(raw: &RawValue) -> Result<Value, Flaw> {
    let text = raw.get();
    serde_json::from_str(text).map_err(|_| {
        // The text is known to be JSON, so a number can only be too large.
        let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        if is_number && serde_json::from_str::<Number>(text).is_err() {
            Flaw::NumberOutOfRange
        } else {
            Flaw::Malformed
        }
    })
}

/// Whether arrays and objects are nested at most [`MAX_DEPTH`] deep. Looks at brackets outside of
/// strings only; whether they match is for the parser to say.
fn is_shallow(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b'[' | b'{' if depth == MAX_DEPTH => return false,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

fn skip_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

struct MembersVisitor<'f> {
    /// Set when a name was repeated: `serde_json`'s error cannot say so in a way that code can read.
    duplicate: &'f mut bool,
}

impl<'de> Visitor<'de> for MembersVisitor<'_> {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            match members.entry(name) {
                Entry::Vacant(vacant) => {
                    vacant.insert(map.next_value()?);
                }
                Entry::Occupied(_) => {
                    *self.duplicate = true;
                    return Err(A::Error::custom("a name is repeated"));
                }
            }
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        // The object itself is the first level.
        format!(
            r#"{{"a":{}{}}}"#,
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    }

    #[test]
    fn an_object_is_read() {
        let read = object(br#" { "a" : [1, {"b": null}], "\u0063": "\ud83d\ude00" } "#).unwrap();
        assert_eq!(
            Value::Object(read),
            serde_json::json!({ "a": [1, { "b": null }], "c": "😀" })
        );
    }

    #[test]
    fn repeated_names_are_refused_however_they_are_spelled() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":{},"\u0061":2}"#,
            r#"{"/":1,"\/":2}"#,
            r#"{"":1,"":2}"#,
        ] {
            assert_eq!(object(text.as_bytes()), Err(Flaw::DuplicateName), "{text}");
        }
        assert!(object(br#"{"a":{"b":1,"b":2}}"#).is_ok());
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for text in [
            "",
            " ",
            "null",
            "true",
            "1",
            "\"a\"",
            "[]",
            "[[1]]",
            "{",
            "}",
            "{}x",
            "{}{}",
            "{'a':1}",
            "{a:1}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":.5}"#,
            r#"{"a":0x1}"#,
            r#"{"a":01}"#,
            r#"{"a":+1}"#,
            r#"{"a":NaN}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"\ud800":1}"#,
            r#"{"a":"\x"}"#,
            "{\"a\":\"\n\"}",
            "{/**/}",
            "\u{feff}{}",
            r#"{"a":"}"#,
        ] {
            assert_eq!(object(text.as_bytes()), Err(Flaw::Malformed), "{text}");
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(Flaw::Malformed));
        assert_eq!(object(b"\xff\xfe{\0}\0"), Err(Flaw::Malformed));
    }

    #[test]
    fn nesting_is_bounded_and_brackets_in_strings_do_not_count() {
        assert!(object(nested(32).as_bytes()).is_ok());
        assert_eq!(object(nested(33).as_bytes()), Err(Flaw::Malformed));
        assert_eq!(object(nested(100_000).as_bytes()), Err(Flaw::Malformed));
        let text = format!(r#"{{"a":"\"{}","b":"\\"}}"#, "[{".repeat(100));
        assert!(object(text.as_bytes()).is_ok());
    }

    #[test]
    fn numbers_that_no_double_holds_are_told_apart() {
        for number in ["1e400", "-1e400", "1e99999999999"] {
            let text = format!(r#"{{"a":{number}}}"#);
            assert_eq!(
                object(text.as_bytes()),
                Err(Flaw::NumberOutOfRange),
                "{number}"
            );
        }
        assert!(object(br#"{"a":1e308,"b":123456789012345678901234567890}"#).is_ok());
    }
}
