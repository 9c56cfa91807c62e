//! Types for lists that have several pages: the page size, and the token of the next page.

use std::fmt;

use serde::Serialize;

use crate::input::InvalidInput;

/// Defines a type for the maximum number of entries on a page: 1 to the given maximum.
macro_rules! page_size {
    ($(#[$doc:meta])* $size:ident, $max:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $size(u8);

        impl $size {
            #[doc = concat!("The maximum: ", $max, " entries.")]
            pub const MAX: Self = Self($max);

            /// Creates a page size of this number of entries.
            ///
            /// # Errors
            ///
            /// [`InvalidInput`] if the number is zero or more than [`MAX`](Self::MAX).
            pub fn new(size: u32) -> Result<Self, InvalidInput> {
                match u8::try_from(size) {
                    Ok(size @ 1..=$max) => Ok(Self(size)),
                    _ => Err(InvalidInput::new("page size", $rule)),
                }
            }

            /// Returns the page size as a number.
            pub const fn as_u8(self) -> u8 {
                self.0
            }
        }

        impl Default for $size {
            fn default() -> Self {
                Self::MAX
            }
        }
    };
}

page_size!(
    /// The maximum number of entries on a page of a list: 1 to 60. Default: 60.
    PageSize,
    60,
    "must be 1 to 60"
);

/// Defines a type for a page of a list. It contains the entries and the token of the next page.
macro_rules! list_page {
    ($(#[$doc:meta])* $page:ident { $(#[$attribute:meta])* $entries:ident: $entry:ty }) => {
        $(#[$doc])*
        ///
        /// A page contains a part of the entries of a list. It can be empty although more pages
        /// follow. Request further pages until `next_token` is `None`.
        #[derive(Clone, Debug, Default, serde::Serialize, derive_new::new)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $page {
            $(#[$attribute])*
            pub $entries: Vec<$entry>,
            /// The token of the next page, or `None` on the last page.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub next_token: Option<crate::administration::page::PageToken>,
        }
    };
}

pub(crate) use {list_page, page_size};

/// The token of the next page of a list. A token of `ListUsers` is valid for an hour. AWS does not
/// document how long the tokens of other lists are valid.
#[derive(Clone, PartialEq, Eq)]
pub struct PageToken(String);

impl PageToken {
    /// Creates a token from the string that [`as_str`](Self::as_str) returned, for example after a
    /// browser sent the string back.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the value is empty, contains white space or is longer than 131,072
    /// bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidInput> {
        let text = text.into();
        let valid = (1..=131_072).contains(&text.len()) && !text.contains(char::is_whitespace);
        valid.then_some(Self(text)).ok_or(InvalidInput::new(
            "page token",
            "must be the token of an earlier page",
        ))
    }

    /// Returns the token as a string.
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
