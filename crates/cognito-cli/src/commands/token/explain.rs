//! Explains a verification: lists the checks of the verifier, in order, with their results.

use cognito::verifier::{Check, VerifyError};
use serde::Serialize;

use crate::commands::token::facts::Facts;
use crate::output::Row;

/// A check and its result.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) check: &'static str,
    pub(crate) result: CheckResult,
    pub(crate) detail: String,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CheckResult {
    Passed,
    Failed,
    /// The verifier did not run the check, because an earlier check failed.
    NotReached,
    /// The verifier did not run the check, because no option requires the check, or because the
    /// command does not support the check.
    Skipped,
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &["check", "result", "detail"];

    fn cells(&self) -> Vec<String> {
        let result = match self.result {
            CheckResult::Passed => "passed",
            CheckResult::Failed => "FAILED",
            CheckResult::NotReached => "not reached",
            CheckResult::Skipped => "skipped",
        };
        vec![
            self.check.to_owned(),
            result.to_owned(),
            self.detail.clone(),
        ]
    }
}

/// Returns a line for each check of the verifier. `error` is the verifier's error and contains the
/// check that failed. It is `None` if the token is valid. `message` describes the error. `skipped`
/// returns why the command does not run a check, or `None` if the command runs it.
pub(crate) fn lines(
    error: Option<&VerifyError>,
    message: &str,
    facts: &Facts<'_>,
    skipped: impl Fn(Check) -> Option<&'static str>,
) -> Vec<Line> {
    let failed = error.map(VerifyError::check);
    let line = |&check: &Check| {
        let value = facts.value(check);
        let description = check.description();
        let (result, detail) = if failed == Some(check) {
            let found = value.map(|value| format!("; the token has: {value}"));
            let detail = format!("{message}{}", found.unwrap_or_default());
            (CheckResult::Failed, detail)
        } else if let Some(reason) = skipped(check) {
            (CheckResult::Skipped, reason.to_owned())
        } else if failed.is_some_and(|failed| check > failed) {
            (CheckResult::NotReached, description.to_owned())
        } else {
            let value = value.map(|value| format!(": {value}"));
            let detail = format!("{description}{}", value.unwrap_or_default());
            (CheckResult::Passed, detail)
        };
        Line {
            check: check.name(),
            result,
            detail,
        }
    };
    Check::ALL.iter().map(line).collect()
}
