//! Checks that each crate compiles alone, as for a user who depends only on that crate.
//!
//! A build of the whole workspace enables every feature that any of the crates requests. The
//! enabled features hide code that does not compile without such a feature.

use crate::{Result, process, repository};

/// The crates that are checked with every set of their features, because many users depend only on
/// them.
const EVERY_SET: &[&str] = &["cognito-jwt"];

/// Runs clippy on each published crate: with its default features, without them, and with each
/// feature alone. A crate in [`EVERY_SET`] is checked with every set of its features. Tests and
/// benchmarks are excluded, because they enable more features.
///
/// # Errors
///
/// Fails if clippy fails for a set of features. The error message names these sets.
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
        Err(format!(
            "these selections of features do not compile: {}",
            failed.join("; ")
        ))
    }
}

/// Returns the arguments of each clippy run: the crate and its features.
fn selections() -> Result<Vec<Vec<String>>> {
    let published = repository::published()?;
    Ok(published
        .iter()
        .flat_map(|package| {
            let features: Vec<&str> = package.features.keys().map(String::as_str).collect();
            let name = package.name.as_str();
            of(name, &features, EVERY_SET.contains(&name))
        })
        .collect())
}

/// Returns the arguments of the clippy runs for one crate: its default features, no features, and
/// each feature alone. If `every_set` is `true`, returns every set of features instead of each
/// feature alone.
fn of(name: &str, features: &[&str], every_set: bool) -> Vec<Vec<String>> {
    let package = vec!["-p".to_owned(), name.to_owned()];
    if features.is_empty() {
        return vec![package];
    }
    let features: Vec<&str> = features
        .iter()
        .copied()
        .filter(|feature| *feature != "default")
        .collect();
    let mut sets = sets(&features);
    if !every_set {
        sets.retain(|set| set.len() <= 1);
    }
    let of_set = |set: Vec<&str>| {
        let mut selection = package.clone();
        selection.push("--no-default-features".to_owned());
        if !set.is_empty() {
            selection.extend(["--features".to_owned(), set.join(",")]);
        }
        selection
    };
    std::iter::once(package.clone())
        .chain(sets.into_iter().map(of_set))
        .collect()
}

/// Returns every subset of the features. The empty set is first.
fn sets<'a>(features: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut sets: Vec<Vec<&'a str>> = vec![Vec::new()];
    for &feature in features {
        let with: Vec<Vec<&str>> = sets
            .iter()
            .map(|set| [set.as_slice(), &[feature]].concat())
            .collect();
        sets.extend(with);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(features: &[&str], every_set: bool) -> Vec<String> {
        let selections = of("a", features, every_set);
        selections.iter().map(|words| words.join(" ")).collect()
    }

    #[test]
    fn selects_each_feature_alone() {
        assert_eq!(
            lines(&["alb", "default", "http"], false),
            [
                "-p a",
                "-p a --no-default-features",
                "-p a --no-default-features --features alb",
                "-p a --no-default-features --features http",
            ]
        );
        assert_eq!(lines(&[], true), ["-p a"]);
    }

    #[test]
    fn selects_every_set_of_features() {
        let found = lines(&["alb", "default", "http", "test-util"], true);
        assert_eq!(found.len(), 1 + 8);
        let all = "-p a --no-default-features --features alb,http,test-util";
        assert_eq!(found.last().map(String::as_str), Some(all));
    }
}
