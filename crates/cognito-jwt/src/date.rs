//! Parses a `NumericDate` (RFC 7519 section 2): a number of seconds since 1970-01-01T00:00:00Z. The
//! number may be negative and may have a fraction.

/// The maximum number of seconds in a date that is written with a fraction or an exponent: 2^53. Up
/// to this number, a double represents every integer exactly.
const MAX_EXACT_DOUBLE: f64 = 9_007_199_254_740_992.0;

/// A parsed `NumericDate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Date {
    BeforeEpoch,
    At(f64),
    /// A whole number of seconds that is written without fraction and exponent. It is not stored as
    /// a double, because a double cannot represent every `u64`.
    AtSecond(u64),
}

impl Date {
    /// Parses a JSON number. Returns `None` if it is too large for a date, or is not a number.
    pub(crate) fn parse(number: &str) -> Option<Self> {
        if let Ok(seconds) = number.parse() {
            return Some(Self::AtSecond(seconds));
        }
        match number.parse::<f64>().ok()? {
            seconds if seconds < 0.0 => Some(Self::BeforeEpoch),
            seconds if seconds <= MAX_EXACT_DOUBLE => Some(Self::At(seconds)),
            _ => None,
        }
    }

    /// Returns the date rounded down to a second, or `None` if it is before 1970.
    pub(crate) fn floor(self) -> Option<u64> {
        match self {
            Self::BeforeEpoch => None,
            Self::At(seconds) => Some(seconds.floor() as u64),
            Self::AtSecond(seconds) => Some(seconds),
        }
    }

    /// Returns the date rounded up to a second, or `None` if it is before 1970.
    pub(crate) fn ceil(self) -> Option<u64> {
        match self {
            Self::At(seconds) => Some(seconds.ceil() as u64),
            _ => self.floor(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_lies_within_its_second() {
        for (number, floor, ceil) in [
            ("0", 0, 0),
            ("-0", 0, 0),
            ("-0.0", 0, 0),
            ("0.5", 0, 1),
            ("1800000000.0", 1_800_000_000, 1_800_000_000),
            ("1800000000.1", 1_800_000_000, 1_800_000_001),
            ("18e8", 1_800_000_000, 1_800_000_000),
            ("18446744073709551615", u64::MAX, u64::MAX),
            ("9007199254740992.0", 1 << 53, 1 << 53),
        ] {
            let date = Date::parse(number).unwrap();
            assert_eq!(date.floor(), Some(floor), "{number}");
            assert_eq!(date.ceil(), Some(ceil), "{number}");
        }
    }

    #[test]
    fn before_1970_is_no_second() {
        for number in ["-1", "-0.1", "-1e300"] {
            let date = Date::parse(number).unwrap();
            assert_eq!(date, Date::BeforeEpoch, "{number}");
            assert_eq!((date.floor(), date.ceil()), (None, None), "{number}");
        }
    }

    #[test]
    fn dates_stay_within_exact_doubles() {
        // Every date is near enough that a double counts its seconds exactly.
        for number in ["9007199254740994.0", "1e300", "18446744073709551616", "x"] {
            assert_eq!(Date::parse(number), None, "{number}");
        }
    }
}
