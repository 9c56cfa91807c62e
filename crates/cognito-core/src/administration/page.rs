//! Pages of lists.

use std::fmt;

use serde::Serialize;

use crate::input::InvalidInput;

/// The size of a page: 1 to 60 entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageSize(u8);

impl PageSize {
    /// The maximum page size of Cognito.
    pub const MAX: Self = Self(60);

    /// Creates a page size.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the size is not between 1 and 60.
    pub fn new(size: u32) -> Result<Self, InvalidInput> {
        match u8::try_from(size) {
            Ok(size @ 1..=60) => Ok(Self(size)),
            _ => Err(InvalidInput::new("page size", "must be 1 to 60")),
        }
    }

    /// Returns the number of entries.
    pub const fn as_u8(self) -> u8 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self::MAX
    }
}

/// The token of the next page of a list. A token of `ListUsers` is valid for an hour. For other
/// lists AWS documents no validity.
#[derive(Clone, PartialEq, Eq)]
pub struct PageToken(String);

impl PageToken {
    /// Creates a token from the value of an earlier page.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the value is empty, contains spaces or is longer than 131,072 bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidInput> {
        let text = text.into();
        let valid = (1..=131_072).contains(&text.len()) && !text.contains(char::is_whitespace);
        valid.then_some(Self(text)).ok_or(InvalidInput::new(
            "page token",
            "must be the token of an earlier page",
        ))
    }

    /// Returns the token.
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
