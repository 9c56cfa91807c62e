//! Finds the imports between the files of a crate: `use` declarations and paths in the code.
//!
//! The code is scanned, not compiled. Modules are found by the names of their files, and `use`
//! declarations that rename a path are followed. Macros are not expanded.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use crate::source::{self, is_word};

/// A path such as `a::b::c`, one segment per element.
type Path = Vec<String>;

/// The maximum number of `use` declarations that are followed to find the file of one path.
const MOST_HOPS: usize = 8;

/// A source file, with the paths in its code. Code that is compiled only for tests is excluded.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// The path of the source file below the folder `src` of its crate.
    file: String,
    module: Path,
    /// The names that `use` declarations import, each with its path.
    uses: Vec<(String, Mention)>,
    mentions: Vec<Mention>,
    /// The names of the child modules that this source file declares only for tests.
    test_modules: Vec<String>,
}

/// A path in the code, and the number of inline modules that contain it.
#[derive(Clone, Debug)]
struct Mention {
    path: Path,
    depth: usize,
}

impl SourceFile {
    pub(super) fn read(file: &str, text: &str) -> Self {
        let mut code = source::code(text);
        let test_modules = blank_tests(&mut code);
        let inline = inline_modules(&code);
        let depth = |at: usize| inline.iter().filter(|range| range.contains(&at)).count();
        let mut uses = Vec::new();
        for range in use_declarations(&code) {
            let depth = depth(range.start);
            let tree = &code[range.start..range.end];
            expand(tree, &[], &mut |name, path| {
                uses.push((name, Mention { path, depth }));
            });
            blank(&mut code, range);
        }
        let mentions = paths(&code)
            .map(|(at, path)| Mention {
                path,
                depth: depth(at),
            })
            .collect();
        Self {
            file: file.to_owned(),
            module: module(file),
            uses,
            mentions,
            test_modules,
        }
    }
}

/// Returns the name of the top-level module that contains a file. Returns `None` for the file of
/// the crate root.
pub(super) fn top_module(file: &str) -> Option<&str> {
    let top = file.split('/').next()?.trim_end_matches(".rs");
    (!is_root(file)).then_some(top)
}

fn is_root(file: &str) -> bool {
    matches!(file, "lib.rs" | "main.rs")
}

fn module(file: &str) -> Path {
    if is_root(file) {
        return Path::new();
    }
    let path = file.trim_end_matches(".rs");
    path.split('/').map(ToOwned::to_owned).collect()
}

/// Returns the files from which each file imports. Omits the files of tests, and the files of
/// programs (binary targets): all files in `bin/` and, if the crate has a library, `main.rs`.
pub(super) fn resolve(mut files: Vec<SourceFile>) -> BTreeMap<String, BTreeSet<String>> {
    let tests: Vec<Path> = files
        .iter()
        .flat_map(|file| {
            let child =
                |name: &String| [file.module.as_slice(), std::slice::from_ref(name)].concat();
            file.test_modules.iter().map(child)
        })
        .collect();
    // If there is a library, the files of programs are separate crates.
    let has_library = files.iter().any(|file| file.file == "lib.rs");
    files.retain(|file| {
        let is_program = file.file.starts_with("bin/") || (has_library && file.file == "main.rs");
        !is_program && !tests.iter().any(|test| file.module.starts_with(test))
    });
    let modules = Modules::new(&files);
    files
        .iter()
        .map(|file| {
            let used = file.uses.iter().map(|(_, mention)| mention);
            let imported = used
                .chain(&file.mentions)
                .filter_map(|mention| modules.file_of(&file.module, mention))
                .filter(|other| *other != file.file)
                .map(ToOwned::to_owned)
                .collect();
            (file.file.clone(), imported)
        })
        .collect()
}

/// The modules of a crate, by path: their files, and the names that they import.
struct Modules<'a> {
    files: HashMap<&'a [String], &'a str>,
    /// The names that modules import with `use`. The key is a pair: the path of the module, and the
    /// imported name. The value contains the path after `use`.
    names: HashMap<(&'a [String], &'a str), &'a Mention>,
}

impl<'a> Modules<'a> {
    fn new(files: &'a [SourceFile]) -> Self {
        let names = files.iter().flat_map(|file| {
            let key = |name: &'a String| (file.module.as_slice(), name.as_str());
            let uses = file.uses.iter();
            uses.map(move |(name, mention)| (key(name), mention))
        });
        Self {
            files: files
                .iter()
                .map(|file| (file.module.as_slice(), file.file.as_str()))
                .collect(),
            names: names.collect(),
        }
    }

    /// Returns the file of this crate that a path in `module` refers to. Returns `None` for a path
    /// of another crate.
    fn file_of(&self, module: &[String], mention: &Mention) -> Option<&'a str> {
        let path = self.absolute(module, mention, 0)?;
        self.follow(&path, 0)
    }

    fn follow(&self, path: &[String], hops: usize) -> Option<&'a str> {
        let length = (0..=path.len())
            .rev()
            .find(|length| self.files.contains_key(&path[..*length]))?;
        let (found, rest) = path.split_at(length);
        if let Some((name, rest)) = rest.split_first()
            && let Some(named) = self.names.get(&(found, name.as_str()))
            && hops < MOST_HOPS
            && let Some(mut other) = self.absolute(found, named, hops + 1)
        {
            other.extend_from_slice(rest);
            return self.follow(&other, hops + 1);
        }
        self.files.get(found).copied()
    }

    /// Converts a path in `module` to a path from the crate root. Returns `None` for a path of
    /// another crate. `hops` is the number of `use` declarations that were already followed.
    fn absolute(&self, module: &[String], mention: &Mention, hops: usize) -> Option<Path> {
        let (first, rest) = mention.path.split_first()?;
        let from = |module: &[String], rest: &[String]| Some([module, rest].concat());
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => from(module, rest),
            "super" => {
                let is_super = |segment: &&String| segment.as_str() == "super";
                let up = mention.path.iter().take_while(is_super).count();
                let left = module.len().checked_sub(up.saturating_sub(mention.depth))?;
                from(&module[..left], &mention.path[up..])
            }
            _ => {
                let child = [module, std::slice::from_ref(first)].concat();
                if self.files.contains_key(child.as_slice()) {
                    return from(&child, rest);
                }
                let named = self.names.get(&(module, first.as_str()))?;
                // `use std::fmt` and similar declarations refer to themselves.
                if hops >= MOST_HOPS || named.path.first() == Some(first) {
                    return None;
                }
                let mut path = self.absolute(module, named, hops + 1)?;
                path.extend_from_slice(rest);
                Some(path)
            }
        }
    }
}

/// Replaces the items that have the attribute `#[cfg(test)]` by spaces. Returns the names of the
/// replaced modules whose code is in another file.
fn blank_tests(code: &mut String) -> Vec<String> {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    let mut modules = Vec::new();
    while let Some(at) = code.find(ATTRIBUTE) {
        let start = at + ATTRIBUTE.len();
        let end = code[start..]
            .find(['{', ';'])
            .map_or(code.len(), |end| start + end);
        let item = &code[start..end];
        let end = if code[end..].starts_with('{') {
            closing(code, end)
        } else {
            let name = item.rsplit_once("mod ").map(|(_, name)| name.trim());
            modules.extend(name.map(ToOwned::to_owned));
            end
        };
        blank(code, at..(end + 1).min(code.len()));
    }
    modules
}

/// Replaces a range of the code by spaces. Line breaks are kept.
fn blank(code: &mut String, range: Range<usize>) {
    let blanked: String = code[range.clone()]
        .chars()
        .map(|character| {
            if character == '\n' {
                "\n".to_owned()
            } else {
                " ".repeat(character.len_utf8())
            }
        })
        .collect();
    code.replace_range(range, &blanked);
}

/// Returns the position of the brace that closes the brace at `open`. If no brace closes it,
/// returns the end of the code.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Returns the positions at which `word` occurs as a whole word.
fn words<'c>(code: &'c str, word: &'c str) -> impl Iterator<Item = usize> + 'c {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| {
            let after = code[at + word.len()..].chars().next();
            !code[..at].ends_with(is_word) && !after.is_some_and(is_word)
        })
}

/// Returns the ranges of the bodies of inline modules.
fn inline_modules(code: &str) -> Vec<Range<usize>> {
    words(code, "mod")
        .filter_map(|at| {
            let open = at + code[at..].find(['{', ';'])?;
            code[open..]
                .starts_with('{')
                .then(|| open..closing(code, open))
        })
        .collect()
}

/// Returns the ranges of the trees of `use` declarations. A range begins after `use` and ends
/// before the semicolon.
fn use_declarations(code: &str) -> Vec<Range<usize>> {
    words(code, "use")
        .filter_map(|at| {
            let start = at + "use".len();
            // `use<'a>` is a bound.
            let is_bound = code[start..].trim_start().starts_with('<');
            let end = start + code[start..].find(';')?;
            (!is_bound).then_some(start..end)
        })
        .collect()
}

/// Calls `found` with each name that a `use` tree imports and with the path of the imported item.
/// `before` is the path in front of the tree.
fn expand(tree: &str, before: &[String], found: &mut impl FnMut(String, Path)) {
    for part in split(tree) {
        let (path, group) = match part.split_once('{') {
            Some((path, group)) => {
                let group = group.trim_end();
                (path, Some(group.strip_suffix('}').unwrap_or(group)))
            }
            None => (part, None),
        };
        let (path, renamed) = match path.split_once(" as ") {
            Some((path, name)) => (path, Some(name.trim().to_owned())),
            None => (path, None),
        };
        let segments = path.split("::").map(str::trim);
        let segments = segments.filter(|segment| !segment.is_empty());
        let mut path: Path = before.to_vec();
        path.extend(segments.map(ToOwned::to_owned));
        if let Some(group) = group {
            expand(group, &path, found);
            continue;
        }
        // `a::{self}` imports `a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        if let Some(name) = renamed.or_else(|| path.last().cloned()) {
            found(name, path);
        }
    }
}

/// Splits a `use` tree at its commas, except at commas within braces.
fn split(tree: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, byte) in tree.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Returns the paths in the code that have two or more segments, with their positions.
fn paths(code: &str) -> impl Iterator<Item = (usize, Path)> {
    code.match_indices("::").filter_map(|(at, _)| {
        let first = code[..at].trim_end_matches(is_word);
        let start = first.len();
        // Only the first `::` of a path has exactly one segment in front of it.
        if start == at || first.ends_with("::") {
            return None;
        }
        let path = code[start..].split("::").map(|part| {
            let end = part.find(|character| !is_word(character));
            (&part[..end.unwrap_or(part.len())], end.is_none())
        });
        let mut segments = Path::new();
        for (segment, goes_on) in path {
            if !segment.is_empty() {
                segments.push(segment.to_owned());
            }
            if !goes_on {
                break;
            }
        }
        Some((start, segments))
    })
}
