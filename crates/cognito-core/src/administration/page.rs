//! Lists that come in pages.

use std::fmt;

use serde::Serialize;

use crate::input::InvalidInput;

/// How many entries a page of a list holds: 1 to 60.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageSize(u8);

impl PageSize {
    /// The largest page that Cognito gives.
    pub const MAX: Self = Self(60);

    /// A page of this many entries.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if it is not 1 to 60.
    pub fn new(size: u32) -> Result<Self, InvalidInput> {
        match u8::try_from(size) {
            Ok(size @ 1..=60) => Ok(Self(size)),
            _ => Err(InvalidInput::new("page size", "must be 1 to 60")),
        }
    }

    /// The number of entries.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self::MAX
    }
}

/// Where the next page of a list starts. That of `ListUsers` lives for an hour; how long the others
/// live AWS does not say.
#[derive(Clone, PartialEq, Eq)]
pub struct PageToken(String);

impl PageToken {
    /// A token as an earlier page gave it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if it is empty, holds spaces or is longer than 131,072 bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidInput> {
        let text = text.into();
        let valid = (1..=131_072).contains(&text.len()) && !text.contains(char::is_whitespace);
        valid.then_some(Self(text)).ok_or(InvalidInput::new(
            "page token",
            "must be the token that an earlier page gave",
        ))
    }

    /// The token as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<PageToken> for String {
    fn from(token: PageToken) -> Self {
        token.0
    }
}

impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageToken(…)")
    }
}

impl Serialize for PageToken {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes_and_tokens_are_bounded() {
        assert!(PageSize::new(0).is_err());
        assert!(PageSize::new(61).is_err());
        assert!(PageSize::new(316).is_err());
        assert_eq!(PageSize::new(20).unwrap().as_u8(), 20);
        assert!(PageToken::new("").is_err());
        assert!(PageToken::new("a b").is_err());
        assert!(PageToken::new("x".repeat(131_073)).is_err());
    }
}
