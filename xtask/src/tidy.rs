//! Checks the rules of this repository that no other tool checks: file sizes, file headers, test
//! names, sleeps in tests, manifests, links, public names, and paths that exist only on a
//! developer's host.

mod files;
mod leftovers;
mod manifest;
mod markdown;
mod root_names;
mod rust;

use std::fmt;
use std::path::Path;

use crate::Result;

/// A violation of a rule, with its position in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The position of the violation: `path:line`. The path is relative to the root of the
    /// repository.
    place: String,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            place: format!("{path}:{line}"),
            message: message.into(),
        }
    }
}

/// Checks the rules of the module [`tidy`](self), and prints a line for each violation.
///
/// # Errors
///
/// Fails if a file cannot be read, or if a rule is broken.
pub(crate) fn run() -> Result {
    let found = check(&crate::root())?;
    for finding in &found {
        println!("tidy: {finding}");
    }
    if found.is_empty() {
        println!("tidy: no errors");
        Ok(())
    } else {
        Err(format!(
            "{} places break the rules of this repository, see above",
            found.len()
        ))
    }
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
    found.extend(manifest::check(root)?);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let found = check(&crate::root()).unwrap();
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
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
