//! The report for the terminal: a list of findings, and a bar chart by severity.

use std::io::{self, Write};

use crate::commands::audit::check::{Check, Severity};
use crate::commands::audit::checks;
use crate::commands::audit::report::{Line, Report, Status};
use crate::failure::Outcome;
use crate::output::paragraph;

/// The width of the longest bar, in characters.
const WIDTH: u64 = 40;

/// The width of the column with the severity, in characters.
const INDENT: usize = 8;

/// The width of the columns before the title of a check in the list of all checks.
const BEFORE_TITLE: usize = 45;

/// The width of the column with the labels in the description of a check.
const LABELS: usize = 10;

/// Writes the report to stdout. The `fix` of each finding is below it.
pub(super) fn write(report: &Report) -> Outcome<()> {
    let mut out = io::stdout().lock();
    for line in report.with_status(Status::Finding) {
        let severity = line.severity.name();
        entry(&mut out, severity, line)?;
        paragraph(&mut out, "", INDENT, &format!("fix: {}", line.fix))?;
    }
    for line in report.with_status(Status::NotChecked) {
        entry(&mut out, "?", line)?;
        if !line.found.contains("IAM action") {
            paragraph(&mut out, "", INDENT, &format!("to check: {}", line.fix))?;
        }
    }
    chart(&mut out, report)
}

fn entry(out: &mut impl Write, mark: &str, line: &Line) -> io::Result<()> {
    let place = format!("{} · {}", line.check, line.place());
    paragraph(out, mark, INDENT, &place)?;
    paragraph(out, "", INDENT, &format!("{}: {}", line.title, line.found))
}

fn chart(out: &mut impl Write, report: &Report) -> Outcome<()> {
    let counts = Severity::ALL.map(|severity| (severity.name(), report.count(severity)));
    let most = counts.iter().map(|(_, count)| *count).max();
    let most = most.unwrap_or_default().max(1);
    writeln!(out)?;
    for (name, count) in counts {
        let length = usize::try_from((count * WIDTH).div_ceil(most)).unwrap_or_default();
        writeln!(out, "{name:<12} {count:>4} {}", "█".repeat(length))?;
    }
    let accepted = report.with_status(Status::Accepted).count();
    for (name, count) in [
        ("accepted", accepted),
        ("not checked", report.not_checked()),
        ("passed", report.passed),
    ] {
        writeln!(out, "{name:<12} {count:>4}")?;
    }
    Ok(())
}

/// Writes the list of all checks to stdout.
pub(super) fn list() -> Outcome<()> {
    let mut out = io::stdout().lock();
    for (topic, checks) in checks::TOPICS {
        writeln!(out, "{topic}")?;
        for check in *checks {
            let severity = check.severity.name();
            let mark = format!("  {:<34} {severity:<7} ", check.id);
            paragraph(&mut out, &mark, BEFORE_TITLE, check.title)?;
        }
    }
    Ok(())
}

/// Writes the description of one check to stdout.
pub(super) fn explain(check: &Check) -> Outcome<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{} ({})", check.id, check.severity.name())?;
    paragraph(&mut out, "", 2, check.title)?;
    for (label, text) in [
        ("  why:", check.reason),
        ("  fix:", check.fix),
        ("  source:", check.source),
    ] {
        paragraph(&mut out, label, LABELS, text)?;
    }
    let operations = check.documents();
    let operations = operations.flat_map(|document| document.operations().iter());
    let actions: Vec<String> = operations
        .map(|operation| format!("cognito-idp:{}", operation.name()))
        .collect();
    if !actions.is_empty() {
        paragraph(&mut out, "  IAM:", LABELS, &actions.join(", "))?;
    }
    Ok(())
}
