//! Runs the unit and integration tests of the crates that changed, and of the crates that depend on
//! them.
//!
//! nextest selects the tests. All crates are built with the same features as in a run of all test
//! groups, so that neither run compiles a dependency again.

use std::collections::BTreeSet;
use std::process::Command;

use super::{FOREIGN, REDIS, Runner};
use crate::{Result, process};

/// Runs the tests of all crates that differ from the Git revision `since`, and of the crates that
/// depend on them.
///
/// # Errors
///
/// Fails if a test fails, if nextest is not installed, or if the revision does not exist.
pub(crate) fn run(since: &str) -> Result {
    if Runner::find() == Runner::Libtest {
        return Err("`test --quick` needs cargo-nextest, which selects the tests".to_owned());
    }
    let Some(selection) = selection(&changed_files(since)?) else {
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
fn selection(files: &[String]) -> Option<String> {
    let mut crates = BTreeSet::new();
    for file in files {
        match file.split('/').collect::<Vec<_>>().as_slice() {
            ["crates", name, ..] => crates.insert(*name),
            ["xtask", ..] => crates.insert("xtask"),
            // The settings of the build can change every crate.
            ["Cargo.toml" | "Cargo.lock" | "rust-toolchain.toml"] | [".cargo" | ".config", ..] => {
                return Some("all()".to_owned());
            }
            _ => false,
        };
    }
    let terms: Vec<String> = crates
        .iter()
        .map(|name| format!("rdeps(={name})"))
        .collect();
    (!terms.is_empty()).then(|| terms.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(files: &[&str]) -> Option<String> {
        let files: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
        selection(&files)
    }

    #[test]
    fn changed_crates_are_selected_with_dependents() {
        let files = [
            "crates/cognito-jwt/src/lib.rs",
            "xtask/src/main.rs",
            "crates/cognito-jwt/README.md",
        ];
        assert_eq!(
            selected(&files).as_deref(),
            Some("rdeps(=cognito-jwt) or rdeps(=xtask)")
        );
    }

    #[test]
    fn changed_lock_file_selects_all_tests() {
        let all = selected(&["crates/cognito/src/lib.rs", "Cargo.lock"]);
        assert_eq!(all.as_deref(), Some("all()"));
    }

    #[test]
    fn documents_select_no_test() {
        assert_eq!(selected(&["docs/README.md", "CHANGELOG.md"]), None);
    }
}
