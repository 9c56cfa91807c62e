//! Runs the unit and integration tests of the crates that changed, and of the crates whose code
//! depends on them. A crate that uses a changed crate only in its tests is omitted: most crates use
//! the emulator in their tests, so a change in any crate would select almost all tests. A run of
//! all test groups includes these crates.
//!
//! The selection has two parts:
//!
//! - The arguments of Cargo select all crates. With fewer crates, Cargo would select other features
//!   of the dependencies and compile the dependencies again. The arguments also select the test
//!   programs that will run, by their names. Cargo cannot select unit tests by name, so it compiles
//!   the unit tests of all crates.
//! - The filter of nextest selects the tests that run.

use std::collections::BTreeSet;
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand, Package, Target};

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
    let crates = selection(&changed_files(since)?, &metadata.packages);
    if crates.is_empty() {
        println!("no crate differs from {since}; name an older revision: test --quick main");
        return Ok(());
    }
    let mut command = Runner::Nextest.command(&["--workspace", "--all-features"]);
    command.args(programs(&crates));
    process::run(command.args(["-E", &filter(&crates)]))
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

/// Returns the crates with changed files, and their dependents. If a file affects all crates, such
/// as `Cargo.lock`, returns all crates.
fn selection<'a>(files: &[String], packages: &'a [Package]) -> Vec<&'a Package> {
    let mut crates = BTreeSet::new();
    for file in files {
        match file.split('/').collect::<Vec<_>>().as_slice() {
            ["crates", name, ..] => crates.insert((*name).to_owned()),
            ["xtask", ..] => crates.insert("xtask".to_owned()),
            // The settings of the build can change every crate.
            ["Cargo.toml" | "Cargo.lock" | "rust-toolchain.toml"] | [".cargo" | ".config", ..] => {
                return packages.iter().collect();
            }
            _ => false,
        };
    }
    let crates = with_dependents(crates, packages);
    let selected = |package: &&Package| crates.contains(package.name.as_str());
    packages.iter().filter(selected).collect()
}

/// Returns the arguments of Cargo that select the test programs of these crates. Omits the programs
/// that need servers.
fn programs(crates: &[&Package]) -> Vec<String> {
    let targets = || crates.iter().flat_map(|package| &package.targets);
    let library = targets().any(Target::is_lib);
    let library = library.then(|| "--lib".to_owned());
    let named = targets().filter_map(|target| {
        let name = target.name.as_str();
        let option = match target {
            _ if [FOREIGN, REDIS].contains(&name) => return None,
            _ if target.is_bin() => "--bin",
            _ if target.is_test() => "--test",
            _ => return None,
        };
        Some([option.to_owned(), name.to_owned()])
    });
    library.into_iter().chain(named.flatten()).collect()
}

/// Returns nextest's filter for the tests of these crates. Without the filter, nextest would also
/// run the unit tests of other crates.
fn filter(crates: &[&Package]) -> String {
    let terms = crates.iter().map(|it| format!("package(={})", it.name));
    terms.collect::<Vec<_>>().join(" or ")
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

    /// Returns the arguments and the filter that select the tests for a change of these files. The
    /// workspace has three crates: `b` depends on `a`, and `c` uses `b` only in its tests.
    fn selected(files: &[&str]) -> (String, String) {
        let target = |kind: &str, name: &str| {
            serde_json::json!({
                "name": name,
                "kind": [kind],
                "crate_types": [],
                "src_path": "lib.rs",
            })
        };
        let package = |name: &str, depends_on: &str, kind: &str| {
            serde_json::json!({
                "name": name,
                "version": "0.1.0",
                "id": name,
                "manifest_path": "Cargo.toml",
                "targets": [target("lib", name), target("test", name), target("test", REDIS)],
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
        let crates = selection(&files, &packages);
        (programs(&crates).join(" "), filter(&crates))
    }

    #[test]
    fn changed_crates_are_selected_with_dependents() {
        let (programs, filter) = selected(&["crates/a/src/lib.rs", "crates/a/README.md"]);
        assert_eq!(filter, "package(=a) or package(=b)");
        assert_eq!(programs, "--lib --test a --test b");
    }

    #[test]
    fn dependents_by_tests_alone_are_not_selected() {
        let (programs, filter) = selected(&["crates/b/tests/b.rs"]);
        assert_eq!(filter, "package(=b)");
        assert_eq!(programs, "--lib --test b");
    }

    #[test]
    fn deleted_crate_selects_no_test() {
        assert_eq!(selected(&["crates/gone/src/lib.rs"]), Default::default());
    }

    #[test]
    fn changed_lock_file_selects_all_tests() {
        let (programs, _) = selected(&["crates/a/src/lib.rs", "Cargo.lock"]);
        assert_eq!(programs, "--lib --test a --test b --test c");
    }

    #[test]
    fn documents_select_no_test() {
        let nothing = selected(&["docs/README.md", "CHANGELOG.md"]);
        assert_eq!(nothing, Default::default());
    }
}
