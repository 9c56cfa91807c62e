//! Parses CBOR (RFC 8949), the format of the data that authenticators create.

use ciborium::Value;
use ciborium::de::from_reader_with_recursion_limit;

/// The maximum nesting depth of a CBOR value. CTAP2, the standard for authenticators, allows only
/// four levels, so no valid response is rejected.
const DEEPEST: usize = 8;

/// Parses a CBOR value. Returns `None` if the input is invalid or contains further bytes.
pub(super) fn read(input: &[u8]) -> Option<Value> {
    let (value, rest) = read_first(input)?;
    rest.is_empty().then_some(value)
}

/// Parses the CBOR value at the start of the input. Returns the value, and the bytes after it.
/// Returns `None` if the value is invalid.
pub(super) fn read_first(mut input: &[u8]) -> Option<(Value, &[u8])> {
    let value = from_reader_with_recursion_limit(&mut input, DEEPEST).ok()?;
    Some((value, input))
}

/// Returns the value that `map` has for the key `name`. The key is a string or an integer. Returns
/// `None` if `map` does not have the key or is not a map.
pub(super) fn member(map: &Value, name: impl Into<Value>) -> Option<&Value> {
    let name = name.into();
    let found = map.as_map()?.iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| value)
}

/// Returns the value that `map` has for the key `name`. Returns `None` if there is no such value or
/// if it is not an integer that fits into `i64`.
pub(super) fn integer(map: &Value, name: impl Into<Value>) -> Option<i64> {
    member(map, name)?.as_integer()?.try_into().ok()
}

/// Returns the value that `map` has for the key `name`. Returns `None` if there is no such value or
/// if it is not a byte string.
pub(super) fn bytes(map: &Value, name: impl Into<Value>) -> Option<&[u8]> {
    member(map, name)?.as_bytes().map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A length in the input must not determine how much memory the parser allocates.
    #[test]
    fn rejects_input_that_ends_too_early() {
        for kind in [0x5b, 0x7b, 0x9b, 0xbb] {
            let mut input = [0xff; 9];
            input[0] = kind;
            assert_eq!(read(&input), None, "{kind:02x}");
        }
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[0x00, 0x00]), None, "more than one value");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| [vec![0x81; depth], vec![0x00]].concat();
        assert!(read(&nested(DEEPEST - 1)).is_some());
        assert!(read(&nested(DEEPEST + 1)).is_none());
        assert!(read(&nested(100_000)).is_none());
    }
}
