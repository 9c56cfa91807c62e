//! The attribute `SameSite` of the session cookies.

use std::fmt;

/// The attribute `SameSite`: whether a browser sends cookies with requests that another site
/// causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// The browser sends the cookies only if the user follows a link from the other site.
    Lax,
    /// The browser never sends the cookies. After a link from another site, the first page
    /// therefore shows the user as signed out.
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
