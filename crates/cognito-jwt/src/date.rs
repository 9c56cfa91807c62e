//! `NumericDate` (RFC 7519 section 2): seconds since 1970-01-01T00:00:00Z, which may be negative and
//! may have a fraction.

/// The largest integer that every JSON parser reads alike (RFC 8259 section 6): 2^53.
const MAX_EXACT_DOUBLE: f64 = 9_007_199_254_740_992.0;

/// A date as a token writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Date {
    BeforeEpoch,
    At(f64),
    /// Kept apart from doubles, which hold fewer digits.
    AtSecond(u64),
}

impl Date {
    /// Reads a number of JSON, or nothing if no date is so far away.
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

    /// The second that the date is in, or nothing if it is before 1970.
    pub(crate) fn floor(self) -> Option<u64> {
        match self {
            Self::BeforeEpoch => None,
            Self::At(seconds) => Some(seconds.floor() as u64),
            Self::AtSecond(seconds) => Some(seconds),
        }
    }

    /// The first second that is not before the date.
    pub(crate) fn ceil(self) -> Option<u64> {
        match self {
            Self::At(seconds) => Some(seconds.ceil() as u64),
            _ => self.floor(),
        }
    }
}
