//! Runs the steps of a command that consists of several checks, and prints their results and
//! durations.

use std::time::Instant;

use crate::{Result, table};

/// The result of a step of a command, if the step did not fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// The step passed. The string is a note for the table of results, and can be empty.
    Passed(String),
    /// The step was skipped, because a tool is missing. The string contains the command that
    /// installs it.
    Skipped(String),
    /// The step has nothing to check. The string is the reason.
    NotApplicable(String),
}

impl From<()> for Done {
    fn from((): ()) -> Self {
        Self::Passed(String::new())
    }
}

impl Done {
    /// Prints the result of a command that consists of one step.
    ///
    /// # Errors
    ///
    /// Fails if the step was skipped in continuous integration.
    pub(crate) fn report(self) -> Result {
        match self {
            Self::Skipped(reason) if crate::is_ci() => Err(reason),
            other => {
                println!("{}: {}", other.word(), other.note());
                Ok(())
            }
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Passed(_) => "passed",
            Self::Skipped(_) => "skipped",
            Self::NotApplicable(_) => "not applicable",
        }
    }

    fn note(&self) -> &str {
        match self {
            Self::Passed(note) | Self::Skipped(note) | Self::NotApplicable(note) => note,
        }
    }
}

/// The completed steps of a command, each with its name, its result and its duration in seconds.
#[derive(Debug)]
pub(crate) struct Steps {
    /// The word that the name of a step must contain. Steps without it are not run. If the word is
    /// empty, all steps are run.
    word: String,
    done: Vec<(String, Result<Done>, f64)>,
}

impl Steps {
    /// Creates an empty list of steps. Only steps whose name contains `word` will run. If `word` is
    /// empty, all steps will run.
    pub(crate) fn of(word: &str) -> Self {
        Self {
            word: word.to_owned(),
            done: Vec::new(),
        }
    }

    /// Runs a step if its name contains the filter from the command line, and stores its result. If
    /// the step fails, prints the reason.
    pub(crate) fn run<T: Into<Done>>(&mut self, name: &str, step: impl FnOnce() -> Result<T>) {
        if !name.contains(&self.word) {
            return;
        }
        println!("\n==== {name}");
        let start = Instant::now();
        let outcome = step().map(Into::into);
        match &outcome {
            Err(reason) => println!("{name}: {reason}"),
            Ok(Done::Passed(_)) => {}
            Ok(done) => println!("{name}: {}: {}", done.word(), done.note()),
        }
        let seconds = start.elapsed().as_secs_f64();
        self.done.push((name.to_owned(), outcome, seconds));
    }

    /// Returns a table with the result and the duration of each step that has run, followed by the
    /// total duration.
    pub(crate) fn text(&self) -> String {
        let rows: Vec<Vec<String>> = self.done.iter().map(row).collect();
        let sum: f64 = self.done.iter().map(|(.., seconds)| seconds).sum();
        let table = table::layout(&["step", "result", "seconds", "reason"], &rows);
        format!("{table}\n{:.1} minutes in all\n", sum / 60.0)
    }

    /// Returns the result of all steps.
    ///
    /// # Errors
    ///
    /// Fails if a step failed, or if no step was selected. In continuous integration, also fails if
    /// a step was skipped. The error message names the steps that did not pass.
    pub(crate) fn result(&self) -> Result {
        self.result_with(crate::is_ci())
    }

    fn result_with(&self, skipped_fails: bool) -> Result {
        if self.done.is_empty() {
            return Err(format!("no step has a name that contains `{}`", self.word));
        }
        let bad: Vec<&str> = self
            .done
            .iter()
            .filter(|(_, outcome, _)| match outcome {
                Err(_) => true,
                Ok(Done::Skipped(_)) => skipped_fails,
                Ok(Done::Passed(_) | Done::NotApplicable(_)) => false,
            })
            .map(|(name, ..)| name.as_str())
            .collect();
        if bad.is_empty() {
            Ok(())
        } else {
            Err(format!("these steps did not pass: {}", bad.join("; ")))
        }
    }
}

/// The maximum length of a reason in the table of results, in characters. The whole reason is
/// printed above this table.
const REASON: usize = 140;

/// Returns the row of a step in the results table, as a list of cells: name, result, duration and
/// reason.
fn row((name, outcome, seconds): &(String, Result<Done>, f64)) -> Vec<String> {
    let (word, note) = match outcome {
        Ok(done) => (done.word(), done.note()),
        Err(reason) => ("failed", reason.as_str()),
    };
    let mut reason: String = note.lines().take(1).collect();
    if reason.chars().count() > REASON {
        reason = reason.chars().take(REASON).chain(['…']).collect();
    }
    vec![
        name.clone(),
        word.to_owned(),
        format!("{seconds:.1}"),
        reason,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failing_step_is_named_and_others_run() {
        let mut steps = Steps::of("");
        steps.run("first", || Err::<(), _>("broken\nsee above".to_owned()));
        steps.run("second", || Ok(()));
        assert_eq!(steps.done.len(), 2);
        let error = steps.result().unwrap_err();
        assert_eq!(error, "these steps did not pass: first");
        let text = steps.text();
        assert!(text.contains("broken\nsecond  passed"), "{text}");
    }

    #[test]
    fn long_reason_is_cut_in_table() {
        let mut steps = Steps::of("");
        steps.run("first", || Ok(Done::Passed("é".repeat(REASON))));
        steps.run("second", || Err::<(), _>("é".repeat(REASON + 1)));
        let text = steps.text();
        assert_eq!(text.matches('é').count(), 2 * REASON);
        assert_eq!(text.matches('…').count(), 1);
    }

    #[test]
    fn a_word_selects_steps_by_name() {
        let mut steps = Steps::of("clippy");
        steps.run("doc", || Err::<(), _>("must not run".to_owned()));
        steps.run("clippy, all features", || Ok(()));
        assert_eq!(steps.result(), Ok(()));
        assert_eq!(steps.done.len(), 1);
    }

    #[test]
    fn a_word_without_a_step_fails() {
        let mut steps = Steps::of("clipy");
        steps.run("clippy, all features", || Ok(()));
        assert!(steps.result().unwrap_err().contains("`clipy`"));
    }

    #[test]
    fn skipped_step_fails_in_continuous_integration() {
        let mut steps = Steps::of("");
        steps.run("first", || Ok(Done::NotApplicable("no tag".to_owned())));
        assert_eq!(steps.result_with(true), Ok(()));
        steps.run("second", || Ok(Done::Skipped("no compiler".to_owned())));
        assert_eq!(steps.result_with(false), Ok(()));
        let error = steps.result_with(true).unwrap_err();
        assert_eq!(error, "these steps did not pass: second");
    }
}
