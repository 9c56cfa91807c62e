//! The attribute `SameSite` of the session cookies.

use std::fmt;

/// The value of the attribute `SameSite`, which determines whether a browser sends cookies with
/// requests that another site causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// The browser does not send the cookies with requests that another site causes. The exception
    /// is a navigation to a page, such as a link that the user follows.
    Lax,
    /// The browser sends the cookies only with requests that this site itself causes. If a user
    /// follows a link from another site, the first page therefore shows the user as signed out.
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
