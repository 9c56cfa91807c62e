//! A recursive JSON parser, whose values borrow from its input.

use super::{Json, JsonError, Kind};

/// The maximum depth of nested arrays and objects, including the outermost object.
///
/// The limit protects the stack, because the parser recurses once for each level. `serde_json` has
/// the same default limit, so it can parse the claims of every accepted token.
const MAX_DEPTH: usize = 127;

/// The largest accepted absolute value of a number, slightly below the maximum of a double
/// (1.7977e308). Near the maximum, parsers such as `serde_json` round differently. With this limit,
/// every parser can read the claims of an accepted token.
const MAX_NUMBER: f64 = 1.797e308;

/// The minimum length in characters of a number that is compared with [`MAX_NUMBER`]. A shorter
/// number without an exponent is always in range. A number with an exponent is always compared.
const SURELY_IN_RANGE: usize = 300;

/// A parser with its position in the input. A method that fails stores the error in `error` and
/// returns `None`. The return types therefore stay small, which makes parsing faster.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    pub(super) error: JsonError,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
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
        // Tokens rarely contain white space. Other bytes up to the space are not valid here.
        while self.peek().is_some_and(|byte| byte <= b' ') {
            if !matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
                return;
            }
            self.at += 1;
        }
    }

    /// Consumes the next byte and returns `true` if it is `byte`. Otherwise returns `false`.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }

    /// Returns the part of the input from `start` to the current position.
    fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    /// Parses the whole input, which must be one object. Calls `member` with the name and the value
    /// of each member. If `member` returns `None`, stops and returns `None`.
    pub(super) fn document(
        &mut self,
        mut member: impl FnMut(Json<'a>, Json<'a>) -> Option<()>,
    ) -> Option<()> {
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

    pub(super) fn array(
        &mut self,
        depth: usize,
        element: &mut impl FnMut(Json<'a>) -> Option<()>,
    ) -> Option<()> {
        self.enclosed(b'[', b']', |reader| {
            let value = reader.value(depth)?;
            element(value)
        })
    }

    /// Parses a list of items between the bytes `open` and `close`, separated by commas. `item`
    /// parses one item.
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

    /// Parses one value, which is inside `depth` arrays and objects.
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

    /// Parses a number such as `-0.5e+1` (RFC 8259 section 6). Fails with
    /// [`JsonError::NumberOutOfRange`] if its absolute value is more than [`MAX_NUMBER`].
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

/// Returns the position of the first quotation mark, backslash or control character. Returns `None`
/// if there is none. Checks eight bytes at a time.
pub(super) fn find_special(bytes: &[u8]) -> Option<usize> {
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
