//! The result of an import: a file with the outcome of each line, and the numbers of users.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::file::Input;
use super::journal::{Journal, RowOutcome, State};
use crate::failure::{Exit, Outcome};
use crate::{output, private_file};

/// The number of users with each outcome. `pending` counts the users without an outcome, and
/// `invalid` the lines that were left out.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    created: u64,
    updated: u64,
    unchanged: u64,
    conflict: u64,
    failed: u64,
    invalid: u64,
    pending: u64,
}

/// A line of the result file. `old_sub` and `sub` map the users of the old pool to the new users.
#[derive(Serialize)]
struct ResultLine<'a> {
    line: u64,
    outcome: &'a str,
    username: Option<&'a str>,
    old_sub: Option<&'a str>,
    sub: Option<&'a str>,
    error: Option<&'a str>,
}

/// Returns the path of the result file.
pub(super) fn path(file: &Path) -> PathBuf {
    private_file::beside(file, ".result.ndjson")
}

/// Writes the result file, and returns the numbers of users.
pub(super) fn write(file: &Path, input: &Input, journal: &Journal) -> Outcome<Summary> {
    let mut summary = Summary::default();
    let mut text = Vec::new();
    let mut add = |line: &ResultLine<'_>| {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
        Ok::<_, crate::failure::Failure>(())
    };
    for row in &input.rows {
        let state = journal.state(row.key);
        let (outcome, count) = match state.and_then(|state| state.outcome) {
            Some(RowOutcome::Created) => ("created", &mut summary.created),
            Some(RowOutcome::Updated) => ("updated", &mut summary.updated),
            Some(RowOutcome::Unchanged) => ("unchanged", &mut summary.unchanged),
            Some(RowOutcome::Conflict) => ("conflict", &mut summary.conflict),
            Some(RowOutcome::Failed) => ("failed", &mut summary.failed),
            None => ("pending", &mut summary.pending),
        };
        *count += 1;
        let text = |field: fn(&State) -> &Option<String>| state.and_then(|it| field(it).as_deref());
        add(&ResultLine {
            line: row.line,
            outcome,
            username: Some(&row.username),
            old_sub: row.sub.as_deref(),
            sub: text(|state| &state.sub),
            error: text(|state| &state.error),
        })?;
    }
    let mut last = 0;
    for problem in &input.problems {
        summary.invalid += u64::from(problem.line != last);
        last = problem.line;
        let error = format!("{} {}", problem.column, problem.reason);
        add(&ResultLine {
            line: problem.line,
            outcome: "invalid",
            username: None,
            old_sub: None,
            sub: None,
            error: Some(error.trim_start()),
        })?;
    }
    private_file::replace(&path(file), &text)?;
    Ok(summary)
}

impl Summary {
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        output::counts(&[
            ("created", self.created),
            ("updated", self.updated),
            ("unchanged", self.unchanged),
            ("conflict", self.conflict),
            ("failed", self.failed),
            ("invalid", self.invalid),
            ("pending", self.pending),
        ])
    }

    /// Returns [`Exit::Done`] if all users of the file were imported, otherwise [`Exit::Failed`].
    pub(super) const fn exit(&self) -> Exit {
        if self.conflict + self.failed + self.invalid + self.pending == 0 {
            Exit::Done
        } else {
            Exit::Failed
        }
    }
}
