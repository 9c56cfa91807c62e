//! The result for the terminal: a list, because a table of it is wider than a terminal.

use std::io::{self, Write};

use crate::commands::doctor::{Finding, Status};
use crate::failure::Outcome;
use crate::output::printable;

/// The width of a line, in characters.
const WIDTH: usize = 80;

/// The width of the column with the status, in characters.
const INDENT: usize = 10;

/// Writes the findings to stdout. The `fix` of a finding is below it.
pub(super) fn write(findings: &[Finding]) -> Outcome<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        let text = format!("{}: {}", finding.check, finding.result);
        entry(&mut out, finding.status.name(), &text)?;
        let label = match finding.status {
            Status::Problem => "fix",
            _ => "if needed",
        };
        if let Some(fix) = &finding.fix {
            entry(&mut out, "", &format!("{label}: {fix}"))?;
        }
    }
    Ok(())
}

fn entry(out: &mut impl Write, status: &str, text: &str) -> io::Result<()> {
    let mut mark = status;
    for line in wrapped(&printable(text)) {
        writeln!(out, "{mark:<INDENT$}{line}")?;
        mark = "";
    }
    Ok(())
}

/// Splits a string into lines at its spaces. A word that is longer than a line is not split, so that
/// the operator can copy it.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else {
            continue;
        };
        let length = line.chars().count() + 1 + word.chars().count();
        if line.is_empty() {
            line.push_str(word);
        } else if length <= WIDTH - INDENT {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_on_terminal() {
        let lines = wrapped(&"AdminGetUser, ".repeat(20));
        assert!(lines.len() > 1, "{lines:?}");
        assert!(
            lines.iter().all(|line| line.len() + INDENT <= WIDTH),
            "{lines:?}"
        );
    }

    #[test]
    fn long_word_stays_in_one_piece() {
        let url = format!("https://{}", "a".repeat(100));
        assert_eq!(wrapped(&format!("see {url} now")), ["see", &url, "now"]);
    }
}
