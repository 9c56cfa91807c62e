//! The baseline: findings that the operator accepts, each with a reason and an optional date.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::commands::audit::report::{Line, Report, Status};
use crate::failure::{Failure, Outcome};
use crate::private_file;

/// The maximum length of a baseline.
const MAX_LENGTH: u64 = 16 << 20;

/// The content of a baseline file: the accepted findings of one pool.
#[derive(Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    pool: String,
    accepted: Vec<Accepted>,
}

/// An accepted finding.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    check: String,
    subject: String,
    /// The accepted value. If the value of the setting changes, the finding counts again.
    found: String,
    reason: String,
    /// The last day on which the finding is accepted, such as `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

impl Accepted {
    fn is_for(&self, line: &Line) -> bool {
        self.check == line.check && self.subject == line.subject && self.found == line.found
    }

    fn has_expired(&self, today: &str) -> bool {
        self.expires.as_deref().is_some_and(|last| last < today)
    }
}

/// Returns the date if it has the form `2027-01-31`.
pub(super) fn date(text: &str) -> Result<String, String> {
    let is_date =
        text.len() == 10 && humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).is_ok();
    if is_date {
        Ok(text.to_owned())
    } else {
        Err("it must be a date, such as 2027-01-31".to_owned())
    }
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, if it is for another pool, or if an entry has no reason or
    /// a wrong date.
    pub(super) fn read(path: &Path, pool: &str) -> Outcome<Self> {
        let wrong = |what: String| Failure::usage(format!("the baseline {what}"));
        let mut text = String::new();
        let file = File::open(path).and_then(|file| {
            let mut limited = file.take(MAX_LENGTH);
            limited.read_to_string(&mut text)
        });
        file.map_err(|error| match error.kind() {
            ErrorKind::NotFound => wrong(
                "does not exist: correct the path of --baseline, or create the file with \
                 --write-baseline and --reason"
                    .to_owned(),
            ),
            _ => wrong(format!("cannot be read: {error}")),
        })?;
        let baseline: Self = serde_json::from_str(&text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            wrong(format!("is invalid in line {line}, column {column}"))
        })?;
        if baseline.pool != pool {
            let other = &baseline.pool;
            return Err(wrong(format!("is for the pool {other}, not for {pool}")));
        }
        for entry in &baseline.accepted {
            let name = format!("{} of {}", entry.check, entry.subject);
            if entry.reason.trim().is_empty() {
                return Err(wrong(format!("has no reason for {name}")));
            }
            if let Some(Err(error)) = entry.expires.as_deref().map(date) {
                return Err(wrong(format!("has a wrong date for {name}: {error}")));
            }
        }
        Ok(baseline)
    }

    /// Marks the findings of the report that the baseline accepts. Returns messages about entries
    /// that have expired, and about entries without a finding.
    pub(super) fn apply(&self, report: &mut Report) -> Vec<String> {
        let today = today(report).to_owned();
        let mut messages = Vec::new();
        for entry in &self.accepted {
            let name = format!("{} of {}", entry.check, entry.subject);
            let lines = report.lines.iter_mut();
            let mut lines = lines.filter(|line| line.status != Status::NotChecked);
            let Some(line) = lines.find(|line| entry.is_for(line)) else {
                messages.push(format!(
                    "the baseline accepts {name}, but there is no such finding"
                ));
                continue;
            };
            if entry.has_expired(&today) {
                messages.push(format!("the acceptance of {name} has expired"));
                continue;
            }
            line.status = Status::Accepted;
            line.accepted_because = Some(entry.reason.clone());
        }
        report.sort();
        messages
    }

    /// Adds the findings of the report that are not accepted yet, with a reason. Removes entries
    /// without a finding, unless their check could not run. Returns the number of new entries.
    pub(super) fn accept(&mut self, report: &Report, reason: &str, expires: Option<&str>) -> usize {
        self.pool.clone_from(&report.pool);
        let today = today(report);
        self.accepted.retain(|entry| {
            let mut lines = report.lines.iter();
            let is_known = lines.any(|line| match line.status {
                Status::NotChecked => line.check == entry.check,
                _ => entry.is_for(line),
            });
            is_known && !entry.has_expired(today)
        });
        let findings = report.with_status(Status::Finding);
        let new: Vec<Accepted> = findings
            .map(|line| Accepted {
                check: line.check.to_owned(),
                subject: line.subject.clone(),
                found: line.found.clone(),
                reason: reason.to_owned(),
                expires: expires.map(str::to_owned),
            })
            .collect();
        let count = new.len();
        self.accepted.extend(new);
        count
    }

    /// Writes the baseline. After a crash, the file has the old content or the new one.
    pub(super) fn write(&self, path: &Path) -> Outcome<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        let written = private_file::replace(path, text.as_bytes());
        written.map_err(|error| Failure::usage(format!("the baseline cannot be written: {error}")))
    }
}

/// Returns the date of the audit.
fn today(report: &Report) -> &str {
    report.time.get(..10).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_are_accepted() {
        assert!(date("2027-01-31").is_ok());
        for text in ["2027-1-31", "2027-02-30", "tomorrow", "", "2027-01-31T"] {
            assert!(date(text).is_err(), "{text}");
        }
    }
}
