//! The rule for the root module of a library: it must have so few public names that its
//! documentation fits on one page.

use super::Finding;
use super::files::File;
use crate::source;

/// The maximum number of public names in the root module of a crate.
const LIMIT: usize = 70;

/// Returns a finding if the root module of a library has too many public names, and a second
/// finding if it exports names with `*`. Returns an empty list for other files.
pub(super) fn check(file: &File) -> Vec<Finding> {
    if !(file.path.starts_with("crates/") && file.path.ends_with("/src/lib.rs")) {
        return Vec::new();
    }
    let names = names(&source::code(&file.text));
    let mut found = Vec::new();
    if names.len() > LIMIT {
        let message = format!(
            "{} public names in the root module, the limit is {LIMIT}: move names into modules",
            names.len()
        );
        found.push(Finding::new(&file.path, 1, message));
    }
    if names.iter().any(|name| name == "*") {
        let message = "`pub use …::*` in the root module hides the public names: list the names";
        found.push(Finding::new(&file.path, 1, message));
    }
    found
}

/// Returns the names of the public items in `code`, the source of a library's root module.
fn names(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for item in items(code) {
        let words: Vec<&str> = item.split_whitespace().collect();
        match words.as_slice() {
            ["pub", "use", tree @ ..] => names.extend(leaves(&tree.join(" "))),
            ["pub", rest @ ..] => {
                let name = rest.iter().find(|word| !BEFORE_THE_NAME.contains(word));
                let end = |c: char| !c.is_alphanumeric() && c != '_';
                names.extend(
                    name.and_then(|name| name.split(end).next())
                        .map(str::to_owned),
                );
            }
            _ => {}
        }
    }
    names
}

/// The keywords between `pub` and the name of an item.
const BEFORE_THE_NAME: &[&str] = &[
    "async", "const", "enum", "fn", "mod", "static", "struct", "trait", "type",
];

/// Returns the top-level items of a file without their attributes and bodies.
fn items(code: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut depth = 0_usize;
    let mut in_use = false;
    let mut attribute = 0_usize;
    for c in code.chars() {
        match c {
            '[' if attribute > 0 || item.trim_start().starts_with('#') => attribute += 1,
            ']' if attribute > 0 => {
                attribute -= 1;
                if attribute == 0 {
                    item.clear();
                }
            }
            '{' if depth == 0 => {
                in_use = item.split_whitespace().nth(1) == Some("use");
                depth = 1;
                item.push(c);
            }
            '{' => {
                depth += 1;
                item.push(c);
            }
            '}' => {
                depth = depth.saturating_sub(1);
                item.push(c);
                if depth == 0 && !in_use {
                    items.push(std::mem::take(&mut item));
                }
            }
            ';' if depth == 0 => items.push(std::mem::take(&mut item)),
            _ if depth > 0 && !in_use => {}
            _ => item.push(c),
        }
    }
    items
}

/// Returns the names that a `use` tree imports. The name of a path is its last segment, or the word
/// after `as`.
fn leaves(tree: &str) -> Vec<String> {
    tree.split(['{', '}', ','])
        .map(str::trim)
        .filter(|part| !part.is_empty() && !part.ends_with("::"))
        .filter_map(|part| part.rsplit([' ', ':']).next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: String) -> File {
        File {
            path: "crates/example/src/lib.rs".to_owned(),
            text,
        }
    }

    #[test]
    fn names_of_public_items_are_found() {
        let code = "#![doc = \"x\"]\npub mod a;\nmod b;\n#[cfg(feature = \"c\")]\npub use b::{C, d::{E, F as G}};\n\
                    pub use h::I;\npub fn j(k: u8) -> u8 { l(k) }\npub const M: u8 = 1;\n\
                    pub struct N<T>(T);\npub(crate) use o::P;\npub mod q { pub use r::S; }\npub enum T { U }\n";
        let code = source::code(code);
        assert_eq!(
            names(&code),
            ["a", "C", "E", "G", "I", "j", "M", "N", "q", "T"]
        );
    }

    #[test]
    fn rejects_more_names_than_the_limit() {
        let uses = |count: usize| -> String {
            (0..count).map(|n| format!("pub use a::B{n};\n")).collect()
        };
        assert!(check(&file(uses(LIMIT))).is_empty());
        assert_eq!(check(&file(uses(LIMIT + 1))).len(), 1);
    }

    #[test]
    fn rejects_globs_at_the_root() {
        assert_eq!(check(&file("pub use a::*;\n".to_owned())).len(), 1);
    }
}
