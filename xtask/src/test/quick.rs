//! Runs the unit and integration tests of the crates that changed, and of the crates whose code
//! depends on them. A crate that uses a changed crate only in its tests is left out: most crates use
//! the emulator in their tests, so a change in any crate would select almost all tests. A run of all
//! test groups includes them.
//!
//! nextest selects the tests. All crates are built with the same features as in a run of all test
//! groups, so that neither run compiles a dependency again.

use std::collections::BTreeSet;
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use super::{FOREIGN, REDIS, Runner};
use crate::{Result, process};

/// Runs the tests of all crates that differ from the Git revision `since`, and of the crates that
/// depend on them. Dev-dependencies do not count.
///
/// # Errors
///
/// Fails if a test fails, if nextest is not installed, or if the revision does not exist.
pub(crate) fn run(since: &str) -> Result {
    if Runner::find() == Runner::Libtest {
        return Err("`test --quick` needs cargo-nextest, which selects the tests".to_owned());
    }
    let metadata = MetadataCommand::new()
        .current_dir(crate::root())
        .no_deps()
        .exec()
        .map_err(|error| format!("the crates are not known: {error}"))?;
    let Some(selection) = selection(&changed_files(since)?, &metadata.packages) else {
        println!("no crate differs from {since}; name an older revision: test --quick main");
        return Ok(());
    };
    let others = format!("({selection}) and not (binary(={FOREIGN}) or binary(={REDIS}))");
    let mut command = Runner::Nextest.command(&["--workspace", "--all-features", "-E", &others]);
    process::run(&mut command)
}

/// Returns the files that differ from the Git revision `since`, and the new files that Git does not
/// track.
fn changed_files(since: &str) -> Result<Vec<String>> {
    let mut files = lines(&["diff", "--name-only", since, "--"])
        .ok_or_else(|| format!("Git cannot compare with `{since}`"))?;
    files.extend(
        lines(&["ls-files", "--others", "--exclude-standard"])
            .ok_or("Git cannot list the new files")?,
    );
    Ok(files)
}

fn lines(arguments: &[&str]) -> Option<Vec<String>> {
    let mut git = Command::new("git");
    let text = process::output(git.args(arguments).current_dir(crate::root()))?;
    Some(text.lines().map(str::to_owned).collect())
}

/// Returns nextest's filter for the crates with changed files and for their dependents. If a file
/// affects all crates, such as `Cargo.lock`, the filter selects all tests. Returns `None` if no
/// file belongs to a crate.
fn selection(files: &[String], packages: &[Package]) -> Option<String> {
    let mut crates = BTreeSet::new();
    for file in files {
        match file.split('/').collect::<Vec<_>>().as_slice() {
            ["crates", name, ..] => crates.insert((*name).to_owned()),
            ["xtask", ..] => crates.insert("xtask".to_owned()),
            // The settings of the build can change every crate.
            ["Cargo.toml" | "Cargo.lock" | "rust-toolchain.toml"] | [".cargo" | ".config", ..] => {
                return Some("all()".to_owned());
            }
            _ => false,
        };
    }
    let terms: Vec<String> = with_dependents(crates, packages)
        .iter()
        .map(|name| format!("package(={name})"))
        .collect();
    (!terms.is_empty()).then(|| terms.join(" or "))
}

/// Returns the crates in `crates`, and all crates that depend on one of them, directly or
/// indirectly. Omits crates that no longer exist. Dev-dependencies do not count.
fn with_dependents(mut crates: BTreeSet<String>, packages: &[Package]) -> BTreeSet<String> {
    loop {
        let dependents = packages.iter().filter(|package| {
            package.dependencies.iter().any(|dependency| {
                dependency.kind != DependencyKind::Development && crates.contains(&dependency.name)
            })
        });
        let dependents: Vec<_> = dependents.map(|package| package.name.to_string()).collect();
        let before = crates.len();
        crates.extend(dependents);
        if crates.len() == before {
            crates.retain(|name| packages.iter().any(|package| *package.name == *name));
            return crates;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the filter that selects the tests for a change of these files. The workspace has
    /// three crates: `b` depends on `a`, and `c` uses `b` only in its tests.
    fn selected(files: &[&str]) -> Option<String> {
        let package = |name: &str, depends_on: &str, kind: &str| {
            serde_json::json!({
                "name": name,
                "version": "0.1.0",
                "id": name,
                "manifest_path": "Cargo.toml",
                "targets": [],
                "features": {},
                "dependencies": [{
                    "name": depends_on,
                    "req": "*",
                    "kind": kind,
                    "optional": true,
                    "uses_default_features": true,
                    "features": [],
                }],
            })
        };
        let packages = [
            package("a", "serde", "normal"),
            package("b", "a", "normal"),
            package("c", "b", "dev"),
        ];
        let packages = packages.map(|package| serde_json::from_value(package).unwrap());
        let files: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
        selection(&files, &packages)
    }

    #[test]
    fn changed_crates_are_selected_with_dependents() {
        let files = ["crates/a/src/lib.rs", "crates/a/README.md"];
        let both = "package(=a) or package(=b)";
        assert_eq!(selected(&files).as_deref(), Some(both));
    }

    #[test]
    fn dependents_by_tests_alone_are_not_selected() {
        let b = selected(&["crates/b/tests/b.rs"]);
        assert_eq!(b.as_deref(), Some("package(=b)"));
    }

    #[test]
    fn deleted_crate_selects_no_test() {
        assert_eq!(selected(&["crates/gone/src/lib.rs"]), None);
    }

    #[test]
    fn changed_lock_file_selects_all_tests() {
        let all = selected(&["crates/a/src/lib.rs", "Cargo.lock"]);
        assert_eq!(all.as_deref(), Some("all()"));
    }

    #[test]
    fn documents_select_no_test() {
        assert_eq!(selected(&["docs/README.md", "CHANGELOG.md"]), None);
    }
}
