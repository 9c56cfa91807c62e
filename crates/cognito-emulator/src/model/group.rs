//! Groups of users, and their IAM roles.

use std::collections::BTreeSet;
use std::time::SystemTime;

/// A group of users.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) precedence: Option<i64>,
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

/// The IAM roles of a user's groups.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles {
    /// The claim `cognito:roles`.
    pub(crate) all: Vec<String>,
    /// The claim `cognito:preferred_role`.
    pub(crate) preferred: Option<String>,
}

impl Roles {
    /// Returns the roles of a user with these groups. The group with the lowest precedence number
    /// determines the preferred role. Groups without a precedence come last. If several groups have
    /// the lowest number, there is a preferred role only if they have the same role (`CreateGroup`,
    /// "Precedence").
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

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn preferred_role_is_of_first_group() {
        let group = |precedence, role: Option<&str>| {
            let mut group = Group::new("g", UNIX_EPOCH);
            group.precedence = precedence;
            group.role = role.map(ToOwned::to_owned);
            group
        };
        for (groups, preferred) in [
            (vec![], None),
            (vec![group(Some(0), None)], None),
            (vec![group(None, Some("a"))], Some("a")),
            (
                vec![group(Some(2), Some("a")), group(Some(1), Some("b"))],
                Some("b"),
            ),
            (
                vec![group(None, Some("a")), group(Some(9), Some("b"))],
                Some("b"),
            ),
            (
                vec![group(Some(0), None), group(Some(1), Some("b"))],
                Some("b"),
            ),
            (
                vec![group(Some(1), Some("a")), group(Some(1), Some("b"))],
                None,
            ),
            (
                vec![group(Some(1), Some("a")), group(Some(1), Some("a"))],
                Some("a"),
            ),
            (vec![group(None, Some("a")), group(None, Some("b"))], None),
        ] {
            let roles = Roles::of(groups.iter().collect());
            assert_eq!(roles.preferred.as_deref(), preferred, "{groups:?}");
        }
        let three = [
            group(Some(1), Some("b")),
            group(Some(2), Some("a")),
            group(Some(3), Some("b")),
        ];
        assert_eq!(Roles::of(three.iter().collect()).all, ["b", "a"]);
    }
}
