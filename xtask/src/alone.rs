//! Checks that each crate compiles alone, as for a user who depends only on that crate.
//!
//! A build of the whole workspace enables every feature that any of the crates requests. That hides
//! code that does not compile without such a feature.

use cargo_metadata::MetadataCommand;

use crate::{Result, process};

/// Runs clippy on each crate of `crates`: with its default features, without them, and with each
/// feature alone. Tests and benchmarks are excluded, because they enable further features.
///
/// # Errors
///
/// Names the selections that failed.
pub(crate) fn run() -> Result {
    let mut failed = Vec::new();
    for selection in selections()? {
        let mut command = process::cargo(&["clippy"]);
        let command = command.args(&selection).args(["--", "-D", "warnings"]);
        if process::run(command).is_err() {
            failed.push(selection.join(" "));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("these do not compile alone: {}", failed.join("; ")))
    }
}

/// Returns the arguments of each clippy run.
fn selections() -> Result<Vec<Vec<String>>> {
    let metadata = MetadataCommand::new()
        .current_dir(crate::root())
        .no_deps()
        .exec()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let crates = crate::root().join("crates");
    let ours = metadata
        .packages
        .iter()
        .filter(|package| package.manifest_path.starts_with(&crates))
        .filter(|package| package.publish.as_ref().is_none_or(|to| !to.is_empty()));
    Ok(ours
        .flat_map(|package| {
            let features: Vec<&str> = package.features.keys().map(String::as_str).collect();
            of(package.name.as_str(), &features)
        })
        .collect())
}

/// Returns the selections of one crate: its default features, no features, and each feature alone.
fn of(name: &str, features: &[&str]) -> Vec<Vec<String>> {
    let package = || vec!["-p".to_owned(), name.to_owned()];
    let mut all = vec![package()];
    if features.is_empty() {
        return all;
    }
    all.push([package(), vec!["--no-default-features".to_owned()]].concat());
    for feature in features.iter().filter(|name| **name != "default") {
        let only = ["--no-default-features", "--features", feature].map(str::to_owned);
        all.push([package(), only.to_vec()].concat());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_each_feature_alone() {
        let selections = of("a", &["default", "http"]);
        let lines: Vec<String> = selections.iter().map(|args| args.join(" ")).collect();
        assert_eq!(
            lines,
            [
                "-p a",
                "-p a --no-default-features",
                "-p a --no-default-features --features http"
            ]
        );
        assert_eq!(of("b", &[]), [["-p", "b"]]);
    }
}
