//! The rules for documents: each file, heading and function to which a document refers must exist.

use std::fs;
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::Finding;
use super::files::File;

/// The beginnings of paths in the repository. A code span that begins with one of these is a path.
const FOLDERS: &[&str] = &[".ci/", ".config/", "crates/", "docs/", "xtask/"];

/// Returns a finding for each reference in a document to a file, heading or function that does not
/// exist.
pub(super) fn check(file: &File, root: &Path) -> Vec<Finding> {
    let headings = headings(&file.text);
    let mut found = Vec::new();
    for (event, range) in parser(&file.text).into_offset_iter() {
        let reason = match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                broken_link(&file.path, &dest_url, &headings, root)
            }
            Event::Code(span) => broken_name(&span, root),
            _ => None,
        };
        if let Some(reason) = reason {
            let line = file.text[..range.start].matches('\n').count() + 1;
            found.push(Finding::new(&file.path, line, reason));
        }
    }
    found
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES)
}

/// Returns the anchors of the headings, as GitHub creates them.
fn headings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut heading: Option<String> = None;
    for event in parser(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                found.extend(heading.take().as_deref().map(anchor));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|&character| character.is_alphanumeric() || " -_".contains(character))
        .map(|character| if character == ' ' { '-' } else { character })
        .collect()
}

fn broken_link(from: &str, target: &str, headings: &[String], root: &Path) -> Option<String> {
    // The link is to another site, or to a Rust item, which rustdoc checks.
    if target.contains(':') {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    if path.is_empty() {
        let known = heading.is_empty() || headings.iter().any(|known| known == heading);
        return (!known).then(|| format!("no heading has the anchor `{heading}`"));
    }
    let folder = root.join(from).parent()?.to_path_buf();
    (!folder.join(path).exists()).then(|| format!("the target of the link `{path}` does not exist"))
}

/// Returns a message if a code span is a path that does not exist. The span can also refer to a
/// function in a file (`path::function`). Returns `None` if the path and the function exist, or if
/// the span is not a path.
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
        return Some(format!("`{path}` does not exist"));
    }
    let function = function?;
    let text = fs::read_to_string(place).unwrap_or_default();
    let defined = text.contains(&format!("fn {function}("));
    (!defined).then(|| format!("`{path}` has no function `{function}`"))
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
            "# Go *below*, `now`\n\n[below](#go-below-now)",
            "[type](crate::Secret)",
            "[by reference][root]\n\n[root]: ../Cargo.toml",
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
            ["the target of the link `nowhere.md` does not exist"]
        );
        assert_eq!(
            messages("# A\n\n[b][ref] and [c](#c)\n\n[ref]: nowhere.md"),
            [
                "the target of the link `nowhere.md` does not exist",
                "no heading has the anchor `c`"
            ]
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
            [format!("`{here}` has no function `no_such_test`")]
        );
        assert_eq!(
            messages("`crates/cognito-core/tests/nowhere.rs::a`"),
            ["`crates/cognito-core/tests/nowhere.rs` does not exist"]
        );
    }

    #[test]
    fn pattern_or_placeholder_is_not_a_path() {
        assert!(messages("`crates/*/src/lib.rs` and `crates/<crate>/tests`").is_empty());
    }
}
