//! Writes the findings of `cognito doctor` to the terminal, as a list.
//!
//! The findings contain sentences, which are hard to read in the columns of a table.

use std::io;

use crate::commands::doctor::{Finding, Status};
use crate::failure::Outcome;
use crate::output::paragraph;

/// The width of the column with the status, in characters.
const INDENT: usize = 10;

/// Writes the findings to stdout. The `fix` of a finding is below it.
pub(super) fn write(findings: &[Finding]) -> Outcome<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        let text = format!("{}: {}", finding.check, finding.result);
        paragraph(&mut out, finding.status.name(), INDENT, &text)?;
        let label = match finding.status {
            Status::Problem => "fix",
            _ => "if needed",
        };
        if let Some(fix) = &finding.fix {
            paragraph(&mut out, "", INDENT, &format!("{label}: {fix}"))?;
        }
    }
    Ok(())
}
