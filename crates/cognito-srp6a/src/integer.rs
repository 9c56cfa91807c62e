//! Integers, and the two encodings of integers that Cognito uses: bytes and hexadecimal.

use zeroize::Zeroizing;

/// A non-negative number of any length. It may be a secret, so it is wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Integer {
    /// The big-endian bytes without leading zeros. Empty for 0.
    magnitude: Zeroizing<Vec<u8>>,
}

impl Integer {
    /// Reads big-endian bytes. Leading zeros are dropped.
    pub(crate) fn from_be_bytes(bytes: &[u8]) -> Self {
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let magnitude = bytes.get(zeros..).unwrap_or_default().to_vec();
        Self {
            magnitude: Zeroizing::new(magnitude),
        }
    }

    /// Reads hexadecimal digits. Upper case, lower case and odd lengths are accepted. Returns
    /// `None` if the string is empty or contains another character.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let bytes: Option<Vec<u8>> = text.as_bytes().rchunks(2).rev().map(byte).collect();
        let bytes = Zeroizing::new(bytes.filter(|bytes| !bytes.is_empty())?);
        Some(Self::from_be_bytes(&bytes))
    }

    /// Reads bytes that [`encode`](Self::encode) has written. Additional leading zeros are
    /// accepted. Returns `None` if `bytes` is empty or is the two's complement of a negative
    /// number.
    pub(crate) fn from_encoding(bytes: &[u8]) -> Option<Self> {
        let is_negative = |first: &u8| *first >= 0x80;
        let first = bytes.first()?;
        (!is_negative(first)).then(|| Self::from_be_bytes(bytes))
    }

    /// Encodes the number like Java's `BigInteger.toByteArray`: as the shortest two's complement.
    /// If the highest bit is set, the encoding starts with a zero byte, because the number would
    /// otherwise be negative.
    ///
    /// Cognito uses this encoding in all hashes. RFC 5054 instead pads numbers to the length of N.
    /// With that padding, a sign-in fails if a public value is a byte shorter than N, which happens
    /// about once in 256 values.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let needs_zero = self.magnitude.first().is_none_or(|first| *first >= 0x80);
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.magnitude.len() + 1));
        bytes.extend(needs_zero.then_some(0));
        bytes.extend_from_slice(&self.magnitude);
        bytes
    }

    /// Returns the number in lower-case hexadecimal without leading zeros, as in `SRP_A` and
    /// `SRP_B`. Returns `0` for 0.
    pub(crate) fn to_hex(&self) -> String {
        let mut text = String::with_capacity(2 * self.magnitude.len());
        for byte in self.magnitude.iter() {
            text.extend([byte >> 4, byte & 0xf].map(digit));
        }
        let padding = usize::from(text.starts_with('0'));
        match text.get(padding..) {
            Some("") | None => "0".to_owned(),
            Some(digits) => digits.to_owned(),
        }
    }

    /// Returns the big-endian bytes without leading zeros. Returns no bytes for 0.
    pub(crate) fn magnitude(&self) -> &[u8] {
        &self.magnitude
    }
}

/// Returns the byte that one or two hexadecimal digits represent. Returns `None` if a character is
/// not a hexadecimal digit.
fn byte(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0, |byte, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some(byte << 4 | value as u8)
    })
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Integer {
        Integer::from_hex(text).unwrap()
    }

    impl std::fmt::Debug for Integer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(&self.to_hex())
        }
    }

    #[test]
    fn encodings_are_the_shortest_that_are_not_negative() {
        for (number, encoding) in [
            ("0", &[0][..]),
            ("7f", &[0x7f]),
            ("80", &[0, 0x80]),
            ("ff", &[0, 0xff]),
            ("100", &[1, 0]),
            ("123abcd", &[1, 0x23, 0xab, 0xcd]),
            ("8123abcd", &[0, 0x81, 0x23, 0xab, 0xcd]),
        ] {
            assert_eq!(&**hex(number).encode(), encoding, "{number}");
            assert_eq!(Integer::from_encoding(encoding), Some(hex(number)));
        }
    }

    #[test]
    fn leading_zeros_are_no_part_of_a_number() {
        assert_eq!(hex("00000080").to_hex(), "80");
        assert_eq!(hex("0000").to_hex(), "0");
        assert_eq!(Integer::from_be_bytes(&[0, 0, 5]), hex("5"));
        assert_eq!(Integer::from_encoding(&[0, 0, 5]), Some(hex("5")));
    }

    #[test]
    fn reads_odd_lengths_and_both_cases() {
        for (text, same) in [("F", "0f"), ("AbC", "0aBc"), ("0abc", "abc")] {
            assert_eq!(hex(text), hex(same));
        }
        assert_eq!(hex("ABC").to_hex(), "abc");
    }

    #[test]
    fn rejects_non_hexadecimal() {
        for text in ["", " ", "0x10", "-1", "+1", "1 2", "12\n", "g", "é", "１"] {
            assert_eq!(Integer::from_hex(text), None, "{text:?}");
        }
    }

    #[test]
    fn negative_number_is_not_large() {
        assert_eq!(Integer::from_encoding(&[0x80]), None);
        assert_eq!(Integer::from_encoding(&[]), None);
    }
}
