//! Groups of users, and the IAM roles of groups in the form in which tokens contain them.

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A group of users in a pool (`GroupType`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The precedence of the group. The group whose precedence has the lowest number determines the
    /// preferred role. `None` if the group has no precedence.
    pub(crate) precedence: Option<i64>,
    /// The ARN of the IAM role of the group. `None` if the group has no role.
    pub(crate) role: Option<String>,
    pub(crate) created: SystemTime,
    pub(crate) modified: SystemTime,
}

impl Group {
    pub(crate) fn new(name: &str, now: SystemTime) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            precedence: None,
            role: None,
            created: now,
            modified: now,
        }
    }
}

/// The IAM roles of a user's groups, in the form in which tokens contain them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles {
    /// All roles of the user, without duplicates (the claim `cognito:roles`).
    pub(crate) all: Vec<String>,
    /// The preferred role of the user (the claim `cognito:preferred_role`). `None` if there is
    /// none.
    pub(crate) preferred: Option<String>,
}

impl Roles {
    /// Returns the roles of a user with these groups. They are sorted by the precedence of their
    /// groups. Roles of groups without a precedence come last.
    ///
    /// The preferred role is the role of the group whose precedence has the lowest number. If
    /// groups with different roles share the lowest number, there is no preferred role (API
    /// reference of `CreateGroup`, `Precedence`).
    pub(crate) fn of(groups: Vec<&Group>) -> Self {
        let mut ranked: Vec<_> = groups
            .into_iter()
            .filter_map(|group| Some((group.precedence.unwrap_or(i64::MAX), group.role.clone()?)))
            .collect();
        ranked.sort();
        let first = ranked.first().map(|(rank, _)| *rank);
        let mut best = ranked
            .iter()
            .filter(|(rank, _)| Some(*rank) == first)
            .map(|(_, role)| role);
        let preferred = best.next().filter(|role| best.all(|other| other == *role));
        let preferred = preferred.cloned();
        let mut all: Vec<_> = ranked.into_iter().map(|(_, role)| role).collect();
        let mut seen = BTreeSet::new();
        all.retain(|role| seen.insert(role.clone()));
        Self { all, preferred }
    }
}
