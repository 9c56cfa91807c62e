//! The rules for Rust files: header, sizes, test names, leftovers, sleeping tests.

use std::ops::Range;

use super::Finding;
use super::files::File;
use crate::source::{Source, is_word};

/// The number of lines of a file without its tests. A file with more lines than the first number is
/// a warning, with more than the second an error.
const FILE_LINES: (usize, usize) = (450, 600);
/// The maximum number of lines of a function.
const FUNCTION_LINES: usize = 80;
/// The words of a test name: a name with more words than the first number is a warning, with more
/// than the second an error.
const TEST_NAME_WORDS: (usize, usize) = (8, 10);

/// Patterns that finished code must not contain, with the reason.
const UNFINISHED: &[(&str, &str)] = &[
    ("todo!", "unfinished"),
    ("unimplemented!", "unfinished"),
    ("dbg!", "a debugging aid"),
    ("#[ignore", "a test that is switched off"),
    ("#[should_panic", "say which error is due instead"),
];

/// Applies all rules to one Rust file.
pub(super) fn check(file: &File) -> Vec<Finding> {
    let source = Source::parse(&file.text);
    let tests = test_lines(&file.path, &source.code);
    let mut found = Vec::new();
    header(file, &mut found);
    size(file, &tests, &mut found);
    functions_are_short(file, &source.code, &tests, &mut found);
    test_names_are_short(file, &source.code, &mut found);
    unfinished(file, &source, &mut found);
    sleeps(file, &source.code, &tests, &mut found);
    found
}

/// The lines of tests, counted from zero.
enum TestLines {
    All,
    Within(Vec<Range<usize>>),
}

impl TestLines {
    fn contains(&self, line: usize) -> bool {
        match self {
            Self::All => true,
            Self::Within(ranges) => ranges.iter().any(|range| range.contains(&line)),
        }
    }
}

fn header(file: &File, found: &mut Vec<Finding>) {
    // The root of a crate may include a page as its documentation.
    let documented = ["//!", "#![doc = include_str!("];
    if !documented.iter().any(|start| file.text.starts_with(start)) {
        let message = "the first line must say what the file is for (`//!`)";
        found.push(Finding::error(&file.path, 1, message));
    }
    if file.name() == "mod.rs" {
        let message = "name it after its module: `x.rs` beside `x/`";
        found.push(Finding::error(&file.path, 1, message));
    }
}

fn size(file: &File, tests: &TestLines, found: &mut Vec<Finding>) {
    let lines = (0..file.text.lines().count())
        .filter(|&line| !tests.contains(line))
        .count();
    let (look, limit) = FILE_LINES;
    if lines > limit {
        let message = format!("{lines} lines without tests; the limit is {limit}");
        found.push(Finding::error(&file.path, lines, message));
    } else if lines > look {
        let message = format!("{lines} lines without tests; it may hold two things");
        found.push(Finding::warning(&file.path, lines, message));
    }
}

fn functions_are_short(file: &File, code: &str, tests: &TestLines, found: &mut Vec<Finding>) {
    for function in functions(code) {
        if function.lines <= FUNCTION_LINES {
            continue;
        }
        let message = format!(
            "fn {} has {} lines; the limit is {FUNCTION_LINES}",
            function.name, function.lines
        );
        // A test may be one long scenario, so this is a warning.
        found.push(if tests.contains(function.first_line) {
            Finding::warning(&file.path, function.first_line + 1, message)
        } else {
            Finding::error(&file.path, function.first_line + 1, message)
        });
    }
}

fn test_names_are_short(file: &File, code: &str, found: &mut Vec<Finding>) {
    let (look, limit) = TEST_NAME_WORDS;
    for function in functions(code) {
        let words = function.name.split('_').count();
        if words <= look || !is_test(attributes(code, function.first_line)) {
            continue;
        }
        let message = format!(
            "test {} has {words} words; the limit is {look}: name the behaviour, and write the \
             reason into a comment",
            function.name
        );
        found.push(if words > limit {
            Finding::error(&file.path, function.first_line + 1, message)
        } else {
            Finding::warning(&file.path, function.first_line + 1, message)
        });
    }
}

/// Returns whether the attributes of a function make it a test.
fn is_test(attributes: &str) -> bool {
    ["#[test]", "::test]", "::test(", "#[rstest"]
        .iter()
        .any(|attribute| attributes.contains(attribute))
}

fn unfinished(file: &File, source: &Source, found: &mut Vec<Finding>) {
    let note = concat!("FIX", "ME");
    let lines = source.code.lines().zip(source.comments.lines());
    for (index, (code, comment)) in lines.enumerate() {
        for (pattern, reason) in UNFINISHED {
            let in_code = contains_word(code, pattern);
            let in_example = pattern.ends_with('!') && comment.contains(&format!("{pattern}("));
            if in_code || in_example {
                let message = format!("`{pattern}`: {reason}");
                found.push(Finding::error(&file.path, index + 1, message));
            }
        }
        if comment.contains(note) {
            let message = format!("`{note}`: finish it, or say in plain words what holds");
            found.push(Finding::error(&file.path, index + 1, message));
        }
    }
}

fn sleeps(file: &File, code: &str, tests: &TestLines, found: &mut Vec<Finding>) {
    // A benchmark measures real time and waits for other programs.
    if file.path.contains("/benches/") {
        return;
    }
    for (index, line) in code.lines().enumerate() {
        if !tests.contains(index) || line.contains("fn sleep") {
            continue;
        }
        let blocks = contains_word(line, "thread::sleep(");
        let waits = contains_word(line, "sleep(") || contains_word(line, "sleep_until(");
        if blocks || (waits && !time_stands_still(code, index)) {
            let message = "a test that sleeps: move a clock by hand instead";
            found.push(Finding::error(&file.path, index + 1, message));
        }
    }
}

/// Returns `true` if the runtime's clock is paused at a line, so that waiting takes no time. Either
/// the test pauses it, or the line is in a helper of a file whose tests pause it.
fn time_stands_still(code: &str, line: usize) -> bool {
    let around: Vec<&str> = functions(code)
        .iter()
        .filter(|function| {
            (function.first_line..function.first_line + function.lines).contains(&line)
        })
        .map(|function| attributes(code, function.first_line))
        .collect();
    let paused = |text: &str| text.contains("start_paused = true");
    if around.iter().any(|text| text.contains("test")) {
        around.into_iter().any(paused)
    } else {
        paused(code)
    }
}

/// Returns the attributes directly above a line.
fn attributes(code: &str, line: usize) -> &str {
    let start = code.lines().take(line).map(|line| line.len() + 1).sum();
    let above = &code[..start];
    let end_of_last = above.rfind(['}', ';', '{']).unwrap_or_default();
    &above[end_of_last..]
}

/// Returns `true` if a line contains a pattern that does not start in the middle of a word.
fn contains_word(line: &str, pattern: &str) -> bool {
    line.match_indices(pattern)
        .any(|(at, _)| !line[..at].ends_with(is_word) || !pattern.starts_with(is_word))
}

/// Returns the lines of tests: all lines of a test file, or those of test modules.
fn test_lines(path: &str, code: &str) -> TestLines {
    let for_tests = |part: &str| matches!(part, "tests" | "benches" | "tests.rs");
    if path.split('/').any(for_tests) {
        return TestLines::All;
    }
    let mut ranges = Vec::new();
    for (at, _) in code.match_indices("#[cfg(") {
        let attribute = code[at..].split(']').next().unwrap_or_default();
        let after = code
            .get(at + attribute.len() + 1..)
            .unwrap_or_default()
            .trim_start();
        if !contains_word(attribute, "test)") && !contains_word(attribute, "test,") {
            continue;
        }
        let open = code.len() - after.len() + after.find(['{', ';']).unwrap_or_default();
        if after.starts_with("mod ") && code[open..].starts_with('{') {
            ranges.push(line_of(code, at)..line_of(code, closing(code, open)) + 1);
        }
    }
    TestLines::Within(ranges)
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    /// The line number, starting at 0.
    first_line: usize,
    lines: usize,
}

/// Returns the functions in a source file, including nested functions. `code` is [`Source::code`].
fn functions(code: &str) -> Vec<Function> {
    code.match_indices("fn ")
        .filter(|&(at, _)| !code[..at].ends_with(is_word) && !code[..at].ends_with('#'))
        .filter_map(|(at, _)| {
            let name: String = code[at + 3..]
                .trim_start()
                .chars()
                .take_while(|&character| is_word(character) || character == '#')
                .collect();
            if name.is_empty() {
                return None; // The type of a function.
            }
            let open = body(code, at)?;
            let first_line = line_of(code, at);
            Some(Function {
                name,
                first_line,
                lines: line_of(code, closing(code, open)) - first_line + 1,
            })
        })
        .collect()
}

/// Returns the position of the brace that opens the body of a function. A function of a trait may
/// have no body.
fn body(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (index, byte) in code.bytes().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(index),
            b';' if depth == 0 => return None,
            _ => {}
        }
        // The end of the brackets around a function type.
        if depth < 0 {
            return None;
        }
    }
    None
}

/// Returns the position of the matching closing brace, or the end of the text.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_i32;
    for (index, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    code.len()
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].bytes().filter(|&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests;
