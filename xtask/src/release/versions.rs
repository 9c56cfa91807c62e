//! Checks that the versions of the crates agree and that the changelog has entries for the next
//! release.

use std::fs;

use cargo_metadata::{DependencyKind, Package};

use crate::steps::Done;
use crate::{Result, process, repository};

/// Checks that the published crates have one version and depend on each other with this version.
/// Also checks the lock file and the changelog.
///
/// # Errors
///
/// Fails if the versions differ, if the lock file does not match the manifests, or if the changelog
/// has no entry for the next release. The error message names each fault.
pub(super) fn check() -> Result<Done> {
    let packages = repository::published()?;
    let mut faults = disagreements(&packages);
    let changelog = crate::root().join("CHANGELOG.md");
    let changelog = fs::read_to_string(changelog).map_err(|error| error.to_string())?;
    match entries(&changelog) {
        None => faults.push("CHANGELOG.md has no section `## [Unreleased]`".to_owned()),
        Some(0) => faults.push("`## [Unreleased]` of CHANGELOG.md has no entry".to_owned()),
        Some(_) => {}
    }
    let lock = ["metadata", "--locked", "--format-version", "1"];
    if !process::succeeds(&mut process::cargo(&lock)) {
        faults.push("Cargo.lock does not match the manifests; run: cargo check".to_owned());
    }
    if !faults.is_empty() {
        return Err(faults.join("; "));
    }
    let addressed = packages.iter().all(|package| package.repository.is_some());
    let note = if addressed {
        ""
    } else {
        "no manifest has a `repository` yet"
    };
    Ok(Done::Passed(note.to_owned()))
}

/// Returns one line for each version that differs from the version of the first crate. It is the
/// version of another crate, or the required version of a dependency between crates.
fn disagreements(packages: &[Package]) -> Vec<String> {
    let Some(first) = packages.first() else {
        return vec!["there is no crate to publish".to_owned()];
    };
    let expected = format!("^{}", first.version);
    let mut found = Vec::new();
    for package in packages {
        let name = &package.name;
        if package.version != first.version {
            let (own, other) = (&package.version, &first.version);
            found.push(format!(
                "{name} has version {own}, {} has {other}",
                first.name
            ));
        }
        let siblings = package.dependencies.iter().filter(|dependency| {
            dependency.path.is_some() && dependency.kind != DependencyKind::Development
        });
        for sibling in siblings.filter(|sibling| sibling.req.to_string() != expected) {
            let (other, required) = (&sibling.name, &sibling.req);
            found.push(format!(
                "{name} requires {other} {required} instead of {expected}"
            ));
        }
    }
    found
}

/// Returns the number of entries in the section *Unreleased* of the changelog. Returns `None` if
/// there is no such section.
fn entries(changelog: &str) -> Option<usize> {
    let (_, rest) = changelog.split_once("\n## [Unreleased]")?;
    let section = rest.split("\n## ").next().unwrap_or_default();
    Some(
        section
            .lines()
            .filter(|line| line.starts_with("- "))
            .count(),
    )
}

#[cfg(test)]
mod tests {
    use cargo_metadata::semver::{Version, VersionReq};

    use super::*;

    #[test]
    fn versions_of_this_repository_agree() {
        assert_eq!(
            disagreements(&repository::published().unwrap()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn different_version_is_named() {
        let mut packages = repository::published().unwrap();
        let axum = packages
            .iter_mut()
            .find(|package| package.name == "cognito-axum");
        let axum = axum.unwrap();
        axum.version = Version::new(9, 0, 0);
        let core = &mut axum
            .dependencies
            .iter_mut()
            .find(|it| it.name == "cognito-core");
        core.as_mut().unwrap().req = VersionReq::STAR;
        let found = disagreements(&packages);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].starts_with("cognito-axum requires cognito-core *"));
    }

    #[test]
    fn only_entries_of_unreleased_are_counted() {
        let changelog = "# Changelog\n\n## [Unreleased]\n\n- one\n- two\n\n## [0.1.0]\n\n- three\n";
        assert_eq!(entries(changelog), Some(2));
        assert_eq!(
            entries("# Changelog\n\n## [Unreleased]\n\n## [0.1.0]\n\n- three\n"),
            Some(0)
        );
        assert_eq!(entries("# Changelog\n"), None);
    }
}
