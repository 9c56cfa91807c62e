//! The attribute `SameSite` of a cookie.

use std::fmt;

/// Whether a browser sends cookies with requests that another site causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// Only if the user follows a link.
    Lax,
    /// Never. If a user follows a link from another site, the first page seems to be signed out.
    Strict,
}

impl fmt::Display for SameSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lax => "Lax",
            Self::Strict => "Strict",
        })
    }
}
