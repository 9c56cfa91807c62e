//! The rules for Rust files: the header, the size, the length of test names, and no sleeps in
//! tests.

use std::ops::Range;

use super::Finding;
use super::files::File;
use crate::source::{self, is_word};

/// The maximum number of lines of a file, not counting the lines of its tests.
const FILE_LINES: usize = 450;
/// The maximum number of words in the name of a test.
const TEST_NAME_WORDS: usize = 8;

/// Returns a finding for each violation of a rule in a Rust file.
pub(super) fn check(file: &File) -> Vec<Finding> {
    let code = source::code(&file.text);
    let tests = test_lines(&file.path, &code);
    let mut found = Vec::new();
    header(file, &mut found);
    size(file, &tests, &mut found);
    test_names_are_short(file, &code, &mut found);
    sleeps(file, &code, &tests, &mut found);
    found
}

/// The lines of a file that belong to tests. Line numbers start at 0.
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
        let message = "the first line must be a comment that says what the file contains (`//!`)";
        found.push(Finding::new(&file.path, 1, message));
    }
}

fn size(file: &File, tests: &TestLines, found: &mut Vec<Finding>) {
    let lines = (0..file.text.lines().count())
        .filter(|&line| !tests.contains(line))
        .count();
    if lines > FILE_LINES {
        let message =
            format!("{lines} lines without tests, the limit is {FILE_LINES}: split the file");
        found.push(Finding::new(&file.path, lines, message));
    }
}

fn test_names_are_short(file: &File, code: &str, found: &mut Vec<Finding>) {
    for function in functions(code) {
        let words = function.name.split('_').count();
        if words > TEST_NAME_WORDS && is_test(attributes(code, function.first_line)) {
            let message = format!(
                "the test name {} has {words} words, the limit is {TEST_NAME_WORDS}: name the \
                 behaviour, and write the reason into a comment",
                function.name
            );
            found.push(Finding::new(&file.path, function.first_line + 1, message));
        }
    }
}

/// Returns `true` if the attributes of a function make it a test.
fn is_test(attributes: &str) -> bool {
    ["#[test]", "::test]", "::test(", "#[rstest"]
        .iter()
        .any(|attribute| attributes.contains(attribute))
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
            let message = "a test sleeps: use a clock that the test sets instead";
            found.push(Finding::new(&file.path, index + 1, message));
        }
    }
}

/// Returns `true` if the clock of the runtime is paused at a line, so that a sleep takes no time.
/// If the line is in a test, the attributes of the test must contain `start_paused`. If it is in a
/// helper function, at least one test of the file must have this attribute.
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

/// Returns the code between the previous item and a line. It contains the attributes of the item
/// that begins at this line.
fn attributes(code: &str, line: usize) -> &str {
    let start = code.lines().take(line).map(|line| line.len() + 1).sum();
    let above = &code[..start];
    let end_of_last = above.rfind(['}', ';', '{']).unwrap_or_default();
    &above[end_of_last..]
}

/// Returns `true` if a line contains a pattern. A match that begins within a word does not count.
fn contains_word(line: &str, pattern: &str) -> bool {
    line.match_indices(pattern)
        .any(|(at, _)| !line[..at].ends_with(is_word) || !pattern.starts_with(is_word))
}

/// Returns the lines of a file that belong to tests: all lines if the path is for tests or
/// benchmarks, otherwise the lines of the test modules.
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

/// A function with a body in a source file: its name, its first line and its number of lines.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    /// The number of the first line of the function. The first line of the file has the number 0.
    first_line: usize,
    lines: usize,
}

/// Returns the functions in a source file, including nested functions. `code` is the result of
/// [`source::code`].
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
                return None; // `fn` begins a function type.
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

/// Returns the position of the brace that opens the body of the function at `at`. Returns `None` if
/// the function has no body, such as in a trait.
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
        // The bracket around a function type is closed, so there is no body.
        if depth < 0 {
            return None;
        }
    }
    None
}

/// Returns the position of the brace that closes the brace at `open`. If no brace closes it,
/// returns the end of the code.
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
