//! Requirements on the groups, scopes or authentication methods of a token.

/// Whether a token must have all names in a [`Requirement`], or at least one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Match {
    /// The token must have all names in the list.
    All,
    /// The token must have at least one name in the list.
    Any,
}

/// Required names, such as groups, scopes or authentication methods. A token must have all of them,
/// or at least one; see [`Match`].
///
/// ```
/// use cognito_core::verifier::{Match, Requirement};
///
/// let requirement = Requirement::new(Match::Any, ["admins", "editors"]);
/// assert!(requirement.is_met(|name| name == "editors"));
/// assert!(!requirement.is_met(|name| name == "readers"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    matching: Match,
    names: Vec<String>,
}

impl Requirement {
    /// Creates a requirement for these names, such as the names of groups. Their order is kept.
    pub fn new(matching: Match, names: impl IntoIterator<Item: Into<String>>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Self { matching, names }
    }

    /// Returns `true` if a token meets the requirement. `has` must return whether the token has the
    /// given name.
    ///
    /// Security: a requirement without names is never met, and an empty name is never found. Both
    /// indicate a missing setting, so no token may be accepted.
    #[must_use]
    pub fn is_met(&self, has: impl Fn(&str) -> bool) -> bool {
        let has = |name: &str| !name.is_empty() && has(name);
        let mut names = self.names();
        match self.matching {
            Match::All => !self.names.is_empty() && names.all(has),
            Match::Any => names.any(has),
        }
    }

    /// Returns the names that this requirement contains, such as groups or scopes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}
