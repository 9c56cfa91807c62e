//! The results of the test groups: counts, table and overall result.

use crate::{Result, table};

/// The numbers of tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Counts {
    /// Parses the summary lines of nextest or libtest in the output of a command.
    pub(super) fn read(text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(without_colour).collect();
        // `Summary [   0.012s] 12 tests run: 11 passed (1 slow), 1 failed, 3 skipped`
        let summary = lines.iter().rev().find_map(|line| {
            let rest = line.trim().strip_prefix("Summary [")?;
            rest.split_once(" run: ")
        });
        let mut sum = Self::default();
        if let Some((_, counts)) = summary {
            // nextest repeats the output of a failed test's own libtest, once or twice.
            sum.add(counts);
            return sum;
        }
        // `test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out`
        for line in &lines {
            let result = line.trim().strip_prefix("test result: ");
            if let Some((_, counts)) = result.and_then(|rest| rest.split_once(". ")) {
                sum.add(counts);
            }
        }
        sum
    }

    fn add(&mut self, counts: &str) {
        for part in counts.split([',', ';']) {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<usize>().ok());
            let Some(number) = number else { continue };
            match words.next() {
                Some("passed") => self.passed += number,
                // `1 timed out`, `1 exec failed`
                Some("failed" | "timed" | "exec") => self.failed += number,
                _ => {}
            }
        }
    }
}

/// The outcome of a test group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Failed { counts: Counts, reason: String },
    Passed { counts: Counts, note: String },
    Skipped { reason: String },
}

impl Outcome {
    /// Returns the outcome of a command that has printed test results. `success` is `true` if its
    /// exit status was 0.
    pub(super) fn of(success: bool, counts: Counts) -> Self {
        if success && counts.failed == 0 {
            return Self::Passed {
                counts,
                note: String::new(),
            };
        }
        let reason = if counts.failed == 0 {
            "did not build, or broke off"
        } else {
            "see above"
        };
        Self::Failed {
            counts: Counts {
                failed: counts.failed.max(1),
                ..counts
            },
            reason: reason.to_owned(),
        }
    }

    /// If the test group passed, returns the outcome with the note `left_out`, which names the
    /// skipped parts of the group. If the test group failed or was skipped, returns the outcome
    /// unchanged.
    pub(super) fn noting(self, left_out: String) -> Self {
        match self {
            Self::Passed { counts, .. } => Self::Passed {
                counts,
                note: left_out,
            },
            other => other,
        }
    }

    /// Returns the outcome of a test group that could not start although its tools are available.
    pub(super) fn broken(reason: String) -> Self {
        Self::Failed {
            counts: Counts {
                passed: 0,
                failed: 1,
            },
            reason,
        }
    }
}

/// A row of the summary: a test group with its outcome and duration.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) group: String,
    pub(super) outcome: Outcome,
    pub(super) seconds: f64,
}

/// The outcomes of all test groups.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    rows: Vec<Row>,
}

impl Summary {
    pub(super) fn new(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    /// Formats the outcomes of the test groups as a table, followed by a line with the total.
    pub(crate) fn text(&self) -> String {
        let header = ["group", "result", "passed", "failed", "seconds", "reason"];
        let rows: Vec<Vec<String>> = self.rows.iter().map(cells).collect();
        format!("{}\n{}", table::layout(&header, &rows), self.total())
    }

    /// Returns a line with the total of all test groups. A skipped group counts as a skipped test.
    pub(crate) fn total(&self) -> String {
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for row in &self.rows {
            match &row.outcome {
                Outcome::Failed { counts, .. } | Outcome::Passed { counts, .. } => {
                    passed += counts.passed;
                    failed += counts.failed;
                }
                Outcome::Skipped { .. } => skipped += 1,
            }
        }
        format!("total: {passed} passed, {failed} failed, {skipped} skipped")
    }

    /// Returns the overall result.
    ///
    /// # Errors
    ///
    /// Fails if a group failed, or if no group was run. In continuous integration, also fails if a
    /// group was skipped. The error message names these groups.
    pub(crate) fn result(&self) -> Result {
        self.result_with(crate::is_ci())
    }

    fn result_with(&self, skipped_fails: bool) -> Result {
        if self.rows.is_empty() {
            return Err("no test group was run".to_owned());
        }
        let bad: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| match row.outcome {
                Outcome::Failed { .. } => true,
                Outcome::Passed { .. } => false,
                Outcome::Skipped { .. } => skipped_fails,
            })
            .map(|row| row.group.as_str())
            .collect();
        if bad.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "these test groups did not pass: {}",
                bad.join("; ")
            ))
        }
    }
}

fn cells(row: &Row) -> Vec<String> {
    let number = |count: usize| count.to_string();
    let (word, passed, failed, reason) = match &row.outcome {
        Outcome::Failed { counts, reason } => (
            "failed",
            number(counts.passed),
            number(counts.failed),
            reason,
        ),
        Outcome::Passed { counts, note } => {
            ("passed", number(counts.passed), number(counts.failed), note)
        }
        Outcome::Skipped { reason } => ("skipped", "-".to_owned(), "-".to_owned(), reason),
    };
    let seconds = format!("{:.1}", row.seconds);
    vec![
        row.group.clone(),
        word.to_owned(),
        passed,
        failed,
        seconds,
        reason.clone(),
    ]
}

/// Removes the escape sequences for colours from a line of terminal output.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for escaped in characters.by_ref() {
                if escaped.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: &str, outcome: Outcome) -> Row {
        Row {
            group: group.to_owned(),
            outcome,
            seconds: 1.25,
        }
    }

    fn passed(count: usize) -> Outcome {
        Outcome::of(
            true,
            Counts {
                passed: count,
                failed: 0,
            },
        )
    }

    #[test]
    fn nextest_and_libtest_are_both_read() {
        let nextest = "     Summary [   1.2s] 14 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 2 exec failed, 3 skipped\n";
        assert_eq!(
            Counts::read(nextest),
            Counts {
                passed: 9,
                failed: 5
            }
        );
        let libtest = "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(
            Counts::read(libtest),
            Counts {
                passed: 7,
                failed: 1
            }
        );
        let coloured = "\u{1b}[32;1m Summary\u{1b}[0m [ 0.1s] \u{1b}[1m3\u{1b}[0m tests run: 3 passed, 0 skipped";
        assert_eq!(Counts::read(coloured).passed, 3);
        assert_eq!(Counts::read("12 passed\n"), Counts::default());
    }

    /// The output of nextest for one failed test, with `failure-output = "immediate-final"`.
    const FAILED_ONCE: &str = "    Starting 2 tests across 1 binary
        FAIL [   0.192s] (2/2) recorded tests::it_fails
  stdout ───

    running 1 test
    test tests::it_fails ... FAILED

    failures:
        tests::it_fails

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.18s

────────────
     Summary [   0.193s] 2 tests run: 1 passed, 1 failed, 0 skipped
        FAIL [   0.192s] (2/2) recorded tests::it_fails
  stdout ───

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.18s

error: test run failed
";

    #[test]
    fn repeated_failure_is_counted_once() {
        let counts = Counts::read(FAILED_ONCE);
        assert_eq!((counts.passed, counts.failed), (1, 1));
    }

    #[test]
    fn build_failure_counts_without_failed_test() {
        let outcome = Outcome::of(false, Counts::default());
        let Outcome::Failed { counts, reason } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(counts.failed, 1);
        assert_eq!(reason, "did not build, or broke off");
    }

    #[test]
    fn a_skipped_group_fails_in_continuous_integration_only() {
        let skipped = Outcome::Skipped {
            reason: "no python3".to_owned(),
        };
        let summary = Summary::new(vec![row("units", passed(3)), row("foreign", skipped)]);
        assert_eq!(summary.total(), "total: 3 passed, 0 failed, 1 skipped");
        assert!(summary.result_with(false).is_ok());
        let reason = summary.result_with(true).unwrap_err();
        assert!(reason.ends_with(": foreign"), "{reason}");
        assert!(summary.text().contains("no python3"));
    }

    #[test]
    fn summary_lists_skipped_tests() {
        let outcome = passed(3).noting("two instances are not walked".to_owned());
        let summary = Summary::new(vec![row("auth server", outcome)]);
        assert!(summary.result_with(true).is_ok());
        let text = summary.text();
        assert!(text.contains("two instances are not walked"), "{text}");
    }

    #[test]
    fn nothing_run_is_not_a_success() {
        assert!(Summary::new(Vec::new()).result_with(false).is_err());
    }

    #[test]
    fn a_failed_group_fails_everywhere_and_is_named() {
        let summary = Summary::new(vec![
            row("units", passed(3)),
            row("doctests", Outcome::broken("no cargo".to_owned())),
        ]);
        let reason = summary.result_with(false).unwrap_err();
        assert!(reason.ends_with(": doctests"), "{reason}");
        assert_eq!(summary.total(), "total: 3 passed, 1 failed, 0 skipped");
    }
}
