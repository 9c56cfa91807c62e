//! The domains of a user pool.
//!
//! A pool has at most one prefix domain and at most one custom domain. A prefix domain is a
//! subdomain of an AWS domain. Its name in Cognito's API is only the prefix.

use std::collections::BTreeSet;

use super::part::{Kind, PartId, Parts, label};
use super::read::read_part;
use crate::context::Context;
use crate::failure::Outcome;

/// Returns the names of the domains that are in `wanted` and not in `current`, and that another
/// pool already has.
pub(crate) async fn foreign(
    context: &Context,
    pool: &str,
    wanted: &Parts,
    current: &Parts,
) -> Outcome<BTreeSet<String>> {
    let mut foreign = BTreeSet::new();
    for id in added(wanted, current) {
        let domain = read_part(context, &id).await?;
        if domain.is_some_and(|domain| domain["UserPoolId"] != pool) {
            foreign.insert(id.key);
        }
    }
    Ok(foreign)
}

/// Removes from `wanted` each domain that cannot be created. Returns the reasons.
///
/// A domain cannot be created if another pool has it, or if this pool already has a domain of the
/// same kind. With `prune`, the new domain replaces the domain of the same kind in `current`. If a
/// new domain cannot be created, the domain in `current` is kept.
pub(crate) fn leave_out(
    wanted: &mut Parts,
    current: &Parts,
    foreign: &BTreeSet<String>,
    prune: bool,
) -> Vec<String> {
    let remaining = domains(current).filter(|id| !prune || wanted.contains_key(id));
    let mut taken: BTreeSet<bool> = remaining.map(is_custom).collect();
    let mut left_out = BTreeSet::new();
    let mut findings = Vec::new();
    for id in added(wanted, current) {
        let reason = if foreign.contains(&id.key) {
            "another pool has this domain: write another name in the file"
        } else if taken.insert(is_custom(&id)) {
            continue;
        } else {
            "the pool has another domain of this kind: add --prune to replace it"
        };
        let name = label(wanted, &id);
        findings.push(format!("{name} is not created: {reason}"));
        left_out.insert(is_custom(&id));
        wanted.remove(&id);
    }
    for id in domains(current) {
        if left_out.contains(&is_custom(id)) && !taken.contains(&is_custom(id)) {
            wanted
                .entry(id.clone())
                .or_insert_with(|| current[id].clone());
        }
    }
    findings
}

/// Returns the domain in `current` that the domain `new` in `goal` replaces.
pub(crate) fn replaced<'a>(new: &PartId, current: &'a Parts, goal: &Parts) -> Option<&'a PartId> {
    let mut deleted = domains(current).filter(|id| !goal.contains_key(id));
    deleted.find(|id| is_custom(id) == is_custom(new))
}

/// Returns the domains that are in `wanted` and not in `current`.
pub(crate) fn added(wanted: &Parts, current: &Parts) -> Vec<PartId> {
    let added = domains(wanted).filter(|id| !current.contains_key(id));
    added.cloned().collect()
}

fn domains(parts: &Parts) -> impl Iterator<Item = &PartId> {
    parts.keys().filter(|id| id.kind == Kind::Domain)
}

/// Returns `true` for a custom domain, such as `login.example.com`. A prefix has no dots.
fn is_custom(domain: &PartId) -> bool {
    domain.key.contains('.')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(names: &[&str]) -> Parts {
        let parts = names.iter().map(|name| {
            let id = PartId::new(Kind::Domain, *name);
            (id, json!({ "Domain": name }))
        });
        parts.collect()
    }

    fn left(wanted: &[&str], current: &[&str], foreign: &str, prune: bool) -> (Parts, usize) {
        let mut wanted = parts(wanted);
        let foreign = BTreeSet::from([foreign.to_owned()]);
        let findings = leave_out(&mut wanted, &parts(current), &foreign, prune);
        (wanted, findings.len())
    }

    #[test]
    fn impossible_domains_are_left_out() {
        for (wanted, current, prune, expected, findings) in [
            (&["b"][..], &["a"][..], false, &["a"][..], 1),
            (&["b"], &["a"], true, &["b"], 0),
            (&["b"], &["id.example.com"], false, &["b"], 0),
            (&["foreign"], &["a"], true, &["a"], 1),
            (&["foreign"], &[], false, &[], 1),
            (&["b", "c"], &["a"], true, &["b"], 1),
            (&["a", "b"], &["a"], true, &["a"], 1),
            (&["b", "foreign"], &["a"], true, &["b"], 1),
        ] {
            let (left, count) = left(wanted, current, "foreign", prune);
            let is_expected = |id: &PartId| expected.contains(&&*id.key);
            assert_eq!(count, findings, "{wanted:?} {current:?}");
            assert!(left.keys().all(is_expected), "{left:?}");
            let kept = expected.iter().filter(|name| !current.contains(name));
            assert!(kept.count() <= left.len(), "{left:?}");
        }
    }

    #[test]
    fn replaced_domain_has_same_kind() {
        let current = parts(&["a", "id.example.com"]);
        let new = PartId::new(Kind::Domain, "b");
        let old = replaced(&new, &current, &parts(&["b"])).expect("a domain");
        assert_eq!(old.key, "a");
        assert_eq!(replaced(&new, &current, &parts(&["a", "b"])), None);
    }
}
