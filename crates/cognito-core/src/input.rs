//! The error type of input validation, and helpers for validation.

/// An error that an input value is invalid.
///
/// The error contains the name of the input field and the rule that the value breaks. The error
/// never contains the value, which may be a password or a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}")]
pub struct InvalidInput {
    field: &'static str,
    rule: &'static str,
}

impl InvalidInput {
    /// Creates an error for a field whose value breaks a rule, such as `InvalidInput::new("client
    /// id", "must be 1 to 128 letters")`.
    pub const fn new(field: &'static str, rule: &'static str) -> Self {
        Self { field, rule }
    }

    /// Returns the name of the field, such as `client id`.
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// Returns the rule that the value of the field breaks, such as `must be 1 to 128 letters`.
    pub const fn rule(&self) -> &'static str {
        self.rule
    }
}

/// Lets a function with a parameter `impl TryInto<Password>` also accept a `Password`. This
/// conversion cannot fail, so its error type is `Infallible`.
impl From<std::convert::Infallible> for InvalidInput {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// Implements string conversions for a type that has `new`: `FromStr`, and `TryFrom` for borrowed
/// and owned strings.
macro_rules! parses {
    ($name:ident) => {
        impl std::str::FromStr for $name {
            type Err = crate::input::InvalidInput;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = crate::input::InvalidInput;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl TryFrom<&String> for $name {
            type Error = crate::input::InvalidInput;

            fn try_from(text: &String) -> Result<Self, Self::Error> {
                Self::new(text.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = crate::input::InvalidInput;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }
    };
}

pub(crate) use parses;

/// Returns `true` if the string has between `min` and `max` characters. Cognito counts characters,
/// not bytes. The number of bytes is checked first, so that the characters of a long string need
/// not be counted.
pub(crate) fn has_length(text: &str, min: usize, max: usize) -> bool {
    text.len() >= min
        && text.len() <= max.saturating_mul(4)
        && (text.len() <= max && text.is_ascii() || (min..=max).contains(&text.chars().count()))
}

/// Returns `true` for `[\p{L}\p{M}\p{S}\p{N}\p{P}]`: a letter, mark, symbol, number or punctuation.
/// Spaces, control characters and invisible formatting characters are excluded. (With invisible
/// characters, two different names could look the same.)
pub(crate) fn is_printable(c: char) -> bool {
    use unicode_properties::{GeneralCategoryGroup as Group, UnicodeGeneralCategory};
    c.is_ascii_graphic()
        || matches!(
            c.general_category_group(),
            Group::Letter | Group::Mark | Group::Symbol | Group::Number | Group::Punctuation
        )
}

/// Returns `true` for Cognito's `\w`: ASCII letters, digits and the underscore.
pub(crate) const fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert!(has_length("ééé", 1, 3));
        assert!(!has_length("éééé", 1, 3));
        assert!(!has_length("", 1, 3));
    }

    #[test]
    fn invisible_characters_are_not_printable() {
        for c in [
            ' ', '\t', '\n', '\u{200b}', '\u{202e}', '\u{feff}', '\u{0}', '\u{a0}',
        ] {
            assert!(!is_printable(c), "{c:?}");
        }
        for c in ['a', 'ß', '山', '7', '€', '@', '+', '\u{301}', '😀'] {
            assert!(is_printable(c), "{c:?}");
        }
    }
}
