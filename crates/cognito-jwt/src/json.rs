//! A strict JSON parser that borrows from its input (RFC 8259).
//!
//! It is stricter than `serde_json`: it rejects duplicate names, even if their escapes differ, and
//! limits the nesting depth. It does not depend on the features of `serde_json`. Otherwise a crate
//! that enables `arbitrary_precision` could change how a token is read.
//!
//! Libraries do the difficult parts: `serde_json` decodes escapes, and the standard library parses
//! numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The maximum depth of nested arrays and objects, including the outermost object.
///
/// `serde_json` has the same default limit, so it can read the claims of every accepted token. The
/// limit protects the stack, because the parser recurses once for each level. The length limit of
/// the token bounds the time.
const MAX_DEPTH: usize = 127;

/// The largest accepted number, slightly below the maximum of a double (1.7977e308). Near the
/// maximum, parsers such as `serde_json` differ in rounding. The limit ensures that every parser
/// can read the accepted claims.
const MAX_NUMBER: f64 = 1.797e308;

/// A number with fewer characters and no exponent is always below [`MAX_NUMBER`].
const SURELY_IN_RANGE: usize = 300;

/// An error in a JSON string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// A name occurs twice, possibly with different escapes (`iss`, `\u0069ss`).
    DuplicateName,
    /// The input is not a JSON object (RFC 8259), or is nested too deeply.
    Malformed,
    /// A number is at or beyond the maximum of a double (`1e400`).
    NumberOutOfRange,
}

type Result<T> = std::result::Result<T, JsonError>;

/// A well-formed value that is not decoded yet. It is small and cheap to copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a> {
    kind: Kind,
    /// The value as written. For a string without escapes: the part between the quotation marks.
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
    /// Returns the string, if the value is one.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::PlainText => Some(Cow::Borrowed(self.written)),
            Kind::EscapedText => serde_json::from_str(self.written).ok().map(Cow::Owned),
            _ => None,
        }
    }

    /// Returns the boolean, if the value is one.
    pub(crate) fn flag(self) -> Option<bool> {
        match self.kind {
            Kind::False => Some(false),
            Kind::True => Some(true),
            _ => None,
        }
    }

    /// Returns the number as written, if the value is one.
    pub(crate) fn number(self) -> Option<&'a str> {
        (self.kind == Kind::Number).then_some(self.written)
    }

    /// Returns the object as written, if the value is one.
    pub(crate) fn object(self) -> Option<&'a [u8]> {
        (self.kind == Kind::Object).then_some(self.written.as_bytes())
    }

    /// Calls `element` for each element in order. Returns `None` if the value is not an array, or
    /// if `element` returns `None`.
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

/// Parses an object and calls `member` for each member in order, with its name unescaped. `member`
/// must detect duplicate names; see [`Names`].
pub(crate) fn each_member<'a>(
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

/// Returns the members of an object. Nested arrays and objects are not parsed.
pub(crate) fn members(text: &[u8]) -> Result<BTreeMap<Cow<'_, str>, Json<'_>>> {
    let text = std::str::from_utf8(text).map_err(|_| JsonError::Malformed)?;
    let mut members = BTreeMap::new();
    each_member(text, |name, value| match members.insert(name, value) {
        Some(_) => Err(JsonError::DuplicateName),
        None => Ok(()),
    })?;
    Ok(members)
}

/// Parses an object into a map.
pub(crate) fn object(text: &[u8]) -> Result<Map<String, Value>> {
    let text = std::str::from_utf8(text).map_err(|_| JsonError::Malformed)?;
    let mut object = Map::new();
    each_member(text, |name, value| {
        match object.insert(name.into_owned(), value.to_value()?) {
            Some(_) => Err(JsonError::DuplicateName),
            None => Ok(()),
        }
    })?;
    Ok(object)
}

/// A list of names, to find duplicates.
#[derive(Default)]
pub(crate) struct Names<'a>(Vec<Cow<'a, str>>);

impl<'a> Names<'a> {
    pub(crate) fn push(&mut self, name: Cow<'a, str>) {
        self.0.push(name);
    }

    /// Returns an error if a name occurs twice. Sorts the names instead of comparing all pairs,
    /// because an attacker can send thousands of names.
    pub(crate) fn check(mut self) -> Result<()> {
        self.0.sort_unstable();
        if self.0.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(JsonError::DuplicateName);
        }
        Ok(())
    }
}

/// A parser with its position in the input. A function that finds an error records it and returns
/// `None`. This keeps return types small and cheap, which matters because every token is parsed.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    error: JsonError,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            error: JsonError::Malformed,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        // Tokens rarely contain white space, and no other byte is that small here.
        while self.peek().is_some_and(|byte| byte <= b' ') {
            if !matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
                return;
            }
            self.at += 1;
        }
    }

    /// If this byte comes next, consumes it and returns `true`.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }

    /// Returns the input from `start` to the current position.
    fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    /// Parses an input that is exactly one object.
    fn document(&mut self, mut member: impl FnMut(Json<'a>, Json<'a>) -> Option<()>) -> Option<()> {
        self.skip_space();
        self.object(1, &mut member)?;
        self.skip_space();
        self.peek().is_none().then_some(())
    }

    fn object(
        &mut self,
        depth: usize,
        member: &mut impl FnMut(Json<'a>, Json<'a>) -> Option<()>,
    ) -> Option<()> {
        self.enclosed(b'{', b'}', |reader| {
            let name = reader.string()?;
            reader.skip_space();
            reader.expect(b':')?;
            reader.skip_space();
            let value = reader.value(depth)?;
            member(name, value)
        })
    }

    fn array(
        &mut self,
        depth: usize,
        element: &mut impl FnMut(Json<'a>) -> Option<()>,
    ) -> Option<()> {
        self.enclosed(b'[', b']', |reader| {
            let value = reader.value(depth)?;
            element(value)
        })
    }

    /// Parses items between brackets, separated by commas.
    fn enclosed(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.expect(open)?;
        self.skip_space();
        if self.takes(close) {
            return Some(());
        }
        loop {
            item(self)?;
            self.skip_space();
            if self.takes(close) {
                return Some(());
            }
            self.expect(b',')?;
            self.skip_space();
        }
    }

    /// Parses a value at nesting depth `depth`.
    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        let start = self.at;
        let kind = match self.peek()? {
            b'"' => return self.string(),
            b'{' | b'[' if depth == MAX_DEPTH => return None,
            b'{' => {
                self.object(depth + 1, &mut |_, _| Some(()))?;
                Kind::Object
            }
            b'[' => {
                self.array(depth + 1, &mut |_| Some(()))?;
                Kind::Array
            }
            b'-' | b'0'..=b'9' => {
                self.number()?;
                Kind::Number
            }
            b't' => self.literal("true", Kind::True)?,
            b'f' => self.literal("false", Kind::False)?,
            b'n' => self.literal("null", Kind::Null)?,
            _ => return None,
        };
        let written = self.since(start)?;
        Some(Json { kind, written })
    }

    fn literal(&mut self, word: &str, kind: Kind) -> Option<Kind> {
        self.at += word.len();
        (self.since(self.at - word.len())? == word).then_some(kind)
    }

    fn string(&mut self) -> Option<Json<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        let mut is_escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let special = find_special(rest)?;
            self.at += special + 1;
            match rest[special] {
                b'"' => break,
                // An escaped character does not end the string, not even a quotation mark.
                b'\\' => {
                    is_escaped = true;
                    self.at += 1;
                }
                _ => return None,
            }
        }
        if is_escaped {
            let escaped = Json {
                kind: Kind::EscapedText,
                written: self.since(start - 1)?,
            };
            return escaped.text().map(|_| escaped);
        }
        Some(Json {
            kind: Kind::PlainText,
            written: self.text.get(start..self.at - 1)?,
        })
    }

    /// Parses a number such as `-0.5e+1` (RFC 8259 section 6).
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        let has_exponent = self.takes(b'e') || self.takes(b'E');
        if has_exponent {
            let _sign = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        let may_be_large = has_exponent || self.at - start >= SURELY_IN_RANGE;
        let is_within = |number: &str| number.parse().is_ok_and(|n: f64| n.abs() <= MAX_NUMBER);
        if may_be_large && !is_within(self.since(start)?) {
            self.error = JsonError::NumberOutOfRange;
            return None;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

/// Returns the position of the first byte that is special in a string: a quotation mark, a
/// backslash or a control character. Checks eight bytes at a time.
fn find_special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    // Sets the high bit of the first byte that matches, and of none before it.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let special = equal(word, b'"') | equal(word, b'\\') | below(word, b' ');
        let special = special & HIGH_BITS;
        if special != 0 {
            return Some(index * 8 + special.trailing_zeros() as usize / 8);
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    let in_rest = rest.iter().position(is_special)?;
    Some(words.len() * 8 + in_rest)
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
    fn rejects_repeated_names_in_any_spelling() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":{},"\u0061":2}"#,
            r#"{"/":1,"\/":2}"#,
            r#"{"":1,"":2}"#,
        ] {
            assert_eq!(
                object(text.as_bytes()),
                Err(JsonError::DuplicateName),
                "{text}"
            );
        }
        assert!(object(br#"{"a":{"b":1,"b":2}}"#).is_ok());
    }

    #[test]
    fn rejects_input_that_is_no_object() {
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
            assert_eq!(object(text.as_bytes()), Err(JsonError::Malformed), "{text}");
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(JsonError::Malformed));
        assert_eq!(object(b"\xff\xfe{\0}\0"), Err(JsonError::Malformed));
    }

    #[test]
    fn nesting_limit_ignores_brackets_in_strings() {
        assert!(object(nested(127).as_bytes()).is_ok());
        assert!(serde_json::from_str::<Value>(&nested(127)).is_ok());
        assert_eq!(object(nested(128).as_bytes()), Err(JsonError::Malformed));
        assert!(serde_json::from_str::<Value>(&nested(128)).is_err());
        assert_eq!(
            object(nested(100_000).as_bytes()),
            Err(JsonError::Malformed)
        );
        for (open, close, pairs) in [(r#"{"a":"#, "}", 126), (r#"[{"a":"#, "}]", 63)] {
            let nested = |pairs| {
                let (open, close) = (open.repeat(pairs), close.repeat(pairs));
                format!(r#"{{"a":{open}0{close}}}"#)
            };
            assert!(members(nested(pairs).as_bytes()).is_ok(), "{open}");
            let deeper = members(nested(pairs + 1).as_bytes()).err();
            assert_eq!(deeper, Some(JsonError::Malformed), "{open}");
        }
        let text = format!(r#"{{"a":"\"{}","b":"\\"}}"#, "[{".repeat(100));
        assert!(object(text.as_bytes()).is_ok());
    }

    #[test]
    fn finds_first_byte_that_ends_plain_text() {
        let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        for byte in 0..=u8::MAX {
            for place in 0..19 {
                // Neighbours that differ from a special byte in a single bit.
                for around in [b'a', b'!', b'#', b']', 0x7f, 0x80, 0xa2, 0xff] {
                    let mut text = [around; 19];
                    text[place] = byte;
                    let expected = is_special(byte).then_some(place);
                    assert_eq!(find_special(&text), expected, "{byte} among {around}");
                }
            }
        }
        assert_eq!(find_special(b"aaa\n\"\\aaaaaaaaa"), Some(3));
        assert_eq!(find_special(b""), None);
    }

    #[test]
    fn values_are_handed_over_as_they_were_written() {
        for number in [
            "0", "-0", "10", "0.5", "-0.5e+1", "1e-5", "1e5", "1E5", "2E+05",
        ] {
            let text = format!(r#"{{"a":{number}}}"#);
            assert_eq!(
                members(text.as_bytes()).unwrap()["a"].number(),
                Some(number)
            );
        }
        let text = br#"{"a":true,"b":false,"c":null,"d":{ },"e":[ ]}"#;
        let read = members(text).unwrap();
        let flags = ["a", "b", "c", "d"].map(|name| read[name].flag());
        assert_eq!(flags, [Some(true), Some(false), None, None]);
        assert_eq!(read["d"].object(), Some(b"{ }".as_slice()));
        assert_eq!(read["e"].object(), None);
        assert_eq!(read["e"].each_element(|_| None), Some(()));
        assert_eq!(read["d"].each_element(|_| Some(())), None);
    }

    #[test]
    fn rejects_malformed_numbers() {
        for number in [
            "-", "--1", "-a", "01", "-01", "1.", "1.e1", ".5", "1e", "1E", "1e+", "1e-", "1e+-5",
            "1e5.0", "1a", "0x1",
        ] {
            let text = format!(r#"{{"a":{number}}}"#);
            let error = members(text.as_bytes()).err();
            assert_eq!(error, Some(JsonError::Malformed), "{number}");
        }
    }

    #[test]
    fn out_of_range_numbers_have_their_error() {
        for number in [
            "1e400",
            "-1e400",
            "1e99999999999",
            // The standard library reads it, serde_json does not.
            "1.7976931348623158e308",
            "-1797693134862315.8e293",
        ] {
            let text = format!(r#"{{"a":{number}}}"#);
            assert_eq!(
                object(text.as_bytes()),
                Err(JsonError::NumberOutOfRange),
                "{number}"
            );
            let taken_apart = members(text.as_bytes()).err();
            assert_eq!(taken_apart, Some(JsonError::NumberOutOfRange), "{number}");
        }
        let digits = |count| format!(r#"{{"a":{}}}"#, "9".repeat(count));
        assert!(members(digits(308).as_bytes()).is_ok());
        let error = members(digits(400).as_bytes()).err();
        assert_eq!(error, Some(JsonError::NumberOutOfRange));
        assert!(object(br#"{"a":1e308,"b":123456789012345678901234567890}"#).is_ok());
    }
}
