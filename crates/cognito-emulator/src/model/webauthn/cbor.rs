//! A parser of the CBOR that authenticators write (RFC 8949, as far as CTAP2 uses it).
//!
//! Authenticators write only definite lengths and little nesting. Memory is allocated only for data
//! that is present, never by a length in the input.

/// The maximum nesting depth. CTAP2 allows four.
const DEEPEST: usize = 8;
/// The maximum length of the input, far more than any authenticator writes.
const LONGEST: usize = 131_072;

/// A value. Authenticators use no fractions and no tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Array(Vec<Self>),
    Bytes(&'a [u8]),
    Integer(i64),
    Map(Vec<(Self, Self)>),
    /// `false`, `true`, `null`, `undefined` and similar values.
    Simple(u8),
    Text(&'a str),
}

impl<'a> Item<'a> {
    /// Returns the member of a map with this string as its name.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        self.find(&Item::Text(name))
    }

    /// Returns the member of a map with this number as its name.
    pub(super) fn numbered(&self, label: i64) -> Option<&Self> {
        self.find(&Item::Integer(label))
    }

    pub(super) const fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) const fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) const fn as_text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn find(&self, name: &Item<'_>) -> Option<&Self> {
        let Self::Map(members) = self else {
            return None;
        };
        let found = members.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }
}

/// Parses exactly one value.
pub(super) fn read(input: &[u8]) -> Option<Item<'_>> {
    let (item, rest) = read_first(input)?;
    rest.is_empty().then_some(item)
}

/// Parses one value and returns it with the remaining input.
pub(super) fn read_first(input: &[u8]) -> Option<(Item<'_>, &[u8])> {
    if input.len() > LONGEST {
        return None;
    }
    let mut reader = Reader { rest: input };
    let item = reader.item(DEEPEST)?;
    Some((item, reader.rest))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn item(&mut self, depth: usize) -> Option<Item<'a>> {
        let depth = depth.checked_sub(1)?;
        let first = *self.take(1)?.first()?;
        let (major, low) = (first >> 5, first & 0x1f);
        if major == 7 {
            // Only simple values of one byte are accepted; 24 and above would be longer values or
            // numbers.
            return (low < 24).then_some(Item::Simple(low));
        }
        let argument = self.argument(low)?;
        match major {
            0 => i64::try_from(argument).ok().map(Item::Integer),
            1 => Some(Item::Integer(-1 - i64::try_from(argument).ok()?)),
            2 => self.run(argument).map(Item::Bytes),
            3 => std::str::from_utf8(self.run(argument)?)
                .ok()
                .map(Item::Text),
            4 => {
                let mut items = Vec::new();
                for _ in 0..argument {
                    items.push(self.item(depth)?);
                }
                Some(Item::Array(items))
            }
            5 => self.map(argument, depth),
            _ => None,
        }
    }

    fn map(&mut self, count: u64, depth: usize) -> Option<Item<'a>> {
        let mut members: Vec<(Item<'a>, Item<'a>)> = Vec::new();
        for _ in 0..count {
            let name = self.item(depth)?;
            let value = self.item(depth)?;
            // CTAP2 keys are numbers and strings in ascending order, without duplicates.
            if !matches!(name, Item::Integer(_) | Item::Text(_))
                || members.len() >= MOST_MEMBERS
                || members.iter().any(|(known, _)| *known == name)
            {
                return None;
            }
            members.push((name, value));
        }
        Some(Item::Map(members))
    }

    /// Parses the number after the first byte of a value.
    fn argument(&mut self, low: u8) -> Option<u64> {
        let count = match low {
            0..=23 => return Some(u64::from(low)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            // Indefinite lengths.
            _ => return None,
        };
        let bytes = self.take(count)?;
        Some(
            bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    }

    fn run(&mut self, length: u64) -> Option<&'a [u8]> {
        self.take(usize::try_from(length).ok()?)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }
}

/// The maximum number of members. Names are compared in pairs, so the number must be low.
const MOST_MEMBERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard() {
        for (bytes, item) in [
            (&[0x00][..], Item::Integer(0)),
            (&[0x17], Item::Integer(23)),
            (&[0x18, 0x18], Item::Integer(24)),
            (&[0x19, 0x03, 0xe8], Item::Integer(1000)),
            (&[0x1a, 0x00, 0x0f, 0x42, 0x40], Item::Integer(1_000_000)),
            (
                &[0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00],
                Item::Integer(1_000_000_000_000),
            ),
            (&[0x20], Item::Integer(-1)),
            (&[0x39, 0x03, 0xe7], Item::Integer(-1000)),
            (&[0x44, 1, 2, 3, 4], Item::Bytes(&[1, 2, 3, 4])),
            (&[0x64, b'I', b'E', b'T', b'F'], Item::Text("IETF")),
            (&[0xf5], Item::Simple(21)),
            (&[0x80], Item::Array(vec![])),
            (
                &[0xa1, 0x01, 0x02],
                Item::Map(vec![(Item::Integer(1), Item::Integer(2))]),
            ),
        ] {
            assert_eq!(read(bytes), Some(item), "{bytes:02x?}");
        }
    }

    #[test]
    fn rejects_cbor_that_authenticators_never_write() {
        for (bytes, why) in [
            (&[][..], "nothing"),
            (&[0x00, 0x00], "something behind it"),
            (&[0x18], "a number that ends too early"),
            (&[0x42, 0x00], "bytes that end too early"),
            (
                &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                "bytes without end",
            ),
            (
                &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                "a list without end",
            ),
            (
                &[0xbb, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                "a map without end",
            ),
            (
                &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                "a number too large",
            ),
            (&[0x61, 0xff], "text that is none"),
            (&[0x9f, 0xff], "a list of no length"),
            (&[0x5f, 0x41, 0x00, 0xff], "bytes of no length"),
            (&[0xa2, 0x01, 0x02, 0x01, 0x03], "a name twice"),
            (&[0xa1, 0x80, 0x00], "a list as a name"),
            (&[0xc0, 0x00], "a tag"),
            (&[0xf9, 0x3c, 0x00], "a number with a fraction"),
            (&[0xf8, 0xff], "a long simple value"),
            (&[0x1c], "a reserved length"),
        ] {
            assert_eq!(read(bytes), None, "{why}");
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let nested = |depth: usize| [vec![0x81; depth], vec![0x00]].concat();
        assert!(read(&nested(DEEPEST - 1)).is_some());
        assert!(read(&nested(DEEPEST)).is_none());
        assert!(read(&nested(LONGEST - 1)).is_none());
        let mut long = vec![0x5a, 0x00, 0x02, 0x00, 0x00];
        long.resize(LONGEST + 5, 0);
        assert!(read(&long).is_none());
        let many: Vec<u8> = [
            vec![0xb8, 65],
            (0..65).flat_map(|n| [0x18, n + 24, 0]).collect(),
        ]
        .concat();
        assert!(read(&many).is_none());
    }
}
