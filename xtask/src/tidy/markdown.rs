//! The rules for documents: links, paths and names of tests must exist.

use std::fs;
use std::path::Path;

use super::Finding;
use super::files::File;

/// The folders of the repository with which a path in a document may begin.
const FOLDERS: &[&str] = &[".ci/", ".config/", "crates/", "docs/", "xtask/"];

/// Applies the rules to one document.
pub(super) fn check(file: &File, root: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        let reasons = links(line)
            .filter_map(|target| broken_link(&file.path, target, root))
            .chain(code_spans(line).filter_map(|span| broken_name(span, root)));
        for reason in reasons {
            found.push(Finding::error(&file.path, index + 1, reason));
        }
    }
    found
}

/// Returns the targets of `[text](target)` outside of code.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](")
        .filter(|&(at, _)| line[..at].matches('`').count().is_multiple_of(2))
        .filter_map(|(at, _)| line[at + 2..].split(')').next())
}

/// Returns the text between pairs of backticks.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn broken_link(from: &str, target: &str, root: &Path) -> Option<String> {
    let path = target.split(['#', ' ']).next().unwrap_or_default();
    // Another site, a heading of this document, or a Rust item that rustdoc checks.
    if path.is_empty() || path.contains(':') {
        return None;
    }
    let folder = root.join(from).parent()?.to_path_buf();
    (!folder.join(path).exists()).then(|| format!("the link to `{path}` leads nowhere"))
}

/// Returns the fault of a path, or of a path with `::` and the name of a function in that file.
fn broken_name(span: &str, root: &Path) -> Option<String> {
    let is_path = FOLDERS.iter().any(|folder| span.starts_with(folder))
        && !span.contains(['*', '<', '{', ' ', '…']);
    if !is_path {
        return None;
    }
    let (path, function) = match span.split_once("::") {
        Some((path, rest)) => (path, rest.rsplit("::").next()),
        None => (span, None),
    };
    let place = root.join(path);
    if !place.exists() {
        return Some(format!("`{path}` is not there"));
    }
    let function = function?;
    let text = fs::read_to_string(place).unwrap_or_default();
    let defined = text.contains(&format!("fn {function}("));
    (!defined).then(|| format!("`{path}` has no fn `{function}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let file = File {
            path: "docs/page.md".to_owned(),
            text: text.to_owned(),
        };
        check(&file, &crate::root())
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn links_that_lead_somewhere_are_left_alone() {
        for good in [
            "[root](../Cargo.toml)",
            "[part](../Cargo.toml#dependencies)",
            "[site](https://example.com/nothing.md)",
            "[below](#below)",
            "[type](crate::Secret)",
            "`[not a link](nowhere.md)`",
            "```\n[example](nowhere.md)\n```",
        ] {
            assert_eq!(messages(good), Vec::<String>::new(), "{good}");
        }
    }

    #[test]
    fn a_broken_link_is_caught_and_named() {
        assert_eq!(
            messages("see [one](../Cargo.toml) and [two](nowhere.md#x)"),
            ["the link to `nowhere.md` leads nowhere"]
        );
    }

    #[test]
    fn a_named_test_must_exist_in_its_file() {
        let name = "a_named_test_must_exist_in_its_file";
        let here = "xtask/src/tidy/markdown.rs";
        assert!(
            messages(&format!(
                "`{here}`, `{here}::{name}`, `{here}::tests::{name}`"
            ))
            .is_empty()
        );
        assert_eq!(
            messages(&format!("`{here}::no_such_test`")),
            [format!("`{here}` has no fn `no_such_test`")]
        );
        assert_eq!(
            messages("`crates/cognito-core/tests/nowhere.rs::a`"),
            ["`crates/cognito-core/tests/nowhere.rs` is not there"]
        );
    }

    #[test]
    fn pattern_or_placeholder_is_not_a_path() {
        assert!(messages("`crates/*/src/lib.rs` and `crates/<crate>/tests`").is_empty());
    }
}
