//! The patterns in the service model. They are Java regular expressions.

use std::fmt;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

/// A pattern in the service model. It is compiled when it is first used.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub(super) struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Returns the pattern in Java's syntax, as error messages show it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns `true` if the pattern can be compiled.
    #[cfg(test)]
    pub(super) fn is_valid(&self) -> bool {
        self.compiled.get_or_init(|| compile(&self.text)).is_some()
    }

    /// Returns `true` if the pattern matches the whole value. A pattern that cannot be compiled
    /// matches every value.
    pub(super) fn matches(&self, value: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| compile(&self.text));
        // A test checks that every pattern of the model compiles.
        compiled.as_ref().is_none_or(|regex| regex.is_match(value))
    }
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        let compiled = OnceLock::new();
        Self { text, compiled }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn compile(text: &str) -> Option<Regex> {
    Regex::new(&format!(r"\A(?:{})\z", translate(text))).ok()
}

/// Converts a Java pattern to the syntax of the crate `regex`.
///
/// In Java, `\w`, `\d` and `\s` match only ASCII characters, and `.` matches line terminators only
/// if the pattern starts with `(?s)`.
fn translate(text: &str) -> String {
    const SPACE: &str = r"\t\n\x0B\f\r ";
    let dot = if text.starts_with("(?s)") {
        "."
    } else {
        r"[^\n\r\u{85}\u{2028}\u{2029}]"
    };
    let mut translated = String::with_capacity(text.len() * 2);
    let mut in_class = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let escaped = letters.next().unwrap_or('\\');
                let class = match escaped {
                    'w' => "A-Za-z0-9_",
                    'd' => "0-9",
                    's' => SPACE,
                    'S' => {
                        translated.push_str(&format!("[^{SPACE}]"));
                        continue;
                    }
                    // The Unicode word boundary needs tables that are otherwise unused.
                    'b' => {
                        translated.push_str(r"(?-u:\b)");
                        continue;
                    }
                    _ => {
                        translated.extend(['\\', escaped]);
                        continue;
                    }
                };
                if in_class {
                    translated.push_str(class);
                } else {
                    translated.push_str(&format!("[{class}]"));
                }
            }
            '[' => {
                in_class = true;
                translated.push('[');
            }
            ']' => {
                in_class = false;
                translated.push(']');
            }
            '.' if !in_class => translated.push_str(dot),
            other => translated.push(other),
        }
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_java() {
        for (pattern, good, bad) in [
            (r"[\w-]+_[0-9a-zA-Z]+", "us-east-1_Ab", "us-east-1_\u{e9}"),
            (r"[\w+]+", "a_1+", "\u{e9}"),
            (r"[\w\s+=,.@-]+", "a b\u{b}c", "a\u{2003}b"),
            (r"[\S]+", "a\u{2003}b", "a b"),
            (r"^[\S]+.*[\S]+$", "two words", "a"),
            (r"^[\S]+.*[\S]+$", "ab", "a\nb "),
            (r".*\{####\}.*", "a {####} b", "a\n{####}"),
            (r"(?s).*", "a\nb", ""),
            (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "\u{e9}$1!", "a b"),
            (r"^[a-z]+$", "a", "a\n"),
            (r"a\b-b", "a-b", "a-"),
        ] {
            let compiled = compile(pattern).expect(pattern);
            assert!(compiled.is_match(good), "{pattern}: {good}");
            assert!(
                !compiled.is_match(bad) || bad.is_empty(),
                "{pattern}: {bad}"
            );
        }
    }
}
