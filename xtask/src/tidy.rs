//! Checks the rules of this repository that no other tool checks: sizes, headers, leftovers,
//! manifests, links.

mod files;
mod leftovers;
mod manifest;
mod markdown;
mod root_names;
mod rust;

use std::path::Path;

use crate::Result;

/// A violation of a rule at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// `path:line`, with the path from the root of the repository.
    place: String,
    message: String,
    severity: Severity,
}

/// Whether a finding is an error or a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Error,
    Warning,
}

impl Finding {
    fn error(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            place: format!("{path}:{line}"),
            message: message.into(),
            severity: Severity::Error,
        }
    }

    fn warning(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(path, line, message)
        }
    }
}

/// Prints a line for each violation of a rule.
///
/// # Errors
///
/// Fails if a file cannot be read, or if there is at least one error.
pub(crate) fn run() -> Result {
    let found = check(&crate::root())?;
    for finding in &found {
        let word = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        println!("tidy: {word}: {}: {}", finding.place, finding.message);
    }
    let errors = errors(&found).count();
    if errors == 0 {
        println!("tidy: {} warnings, no errors", found.len());
        Ok(())
    } else {
        Err(format!("{errors} places break the house rules"))
    }
}

fn errors(found: &[Finding]) -> impl Iterator<Item = &Finding> {
    found
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
}

fn check(root: &Path) -> Result<Vec<Finding>> {
    let files = files::read(root)?;
    let mut found = Vec::new();
    for file in &files {
        match file.extension() {
            "rs" => {
                found.extend(rust::check(file));
                found.extend(root_names::check(file));
            }
            "md" => found.extend(markdown::check(file, root)),
            _ => {}
        }
        found.extend(leftovers::check(file));
    }
    found.extend(manifest::check(&files));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let found = check(&crate::root()).unwrap();
        let lines: Vec<String> = errors(&found)
            .map(|finding| format!("{}: {}", finding.place, finding.message))
            .collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }

    #[test]
    fn the_whole_tree_is_looked_at() {
        let files = files::read(&crate::root()).unwrap();
        for path in ["Cargo.toml", "deny.toml", ".ci/run", "xtask/src/tidy.rs"] {
            assert!(files.iter().any(|file| file.path == path), "{path}");
        }
    }
}
