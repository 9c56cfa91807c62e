//! The command `cognito audit`: compares the settings of a pool and its app clients with a list of
//! checks.

mod baseline;
mod check;
mod checks;
mod page;
mod reader;
#[cfg(test)]
mod reference;
mod report;
mod sarif;
mod terminal;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::commands::audit::baseline::Baseline;
use crate::commands::audit::check::{Check, Severity};
use crate::commands::audit::reader::Reader;
use crate::commands::audit::report::{Report, Status};
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::global::Format;
use crate::output::Row;
use crate::output::count_of;
use crate::{html, output, private_file};

/// Find unsafe settings of the pool and its app clients. Reads only.
///
/// The exit code is 1 if there is a finding with the severity of --fail-on or a higher one. It is 3
/// if a check with such a severity could not run, because its settings cannot be read. The report
/// shows this check as "not checked", with the IAM action that it needs.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito audit --fail-on high --html audit.html")]
pub(crate) struct Audit {
    /// The lowest severity of a finding that makes the exit code 1.
    #[arg(long, value_enum, default_value_t = FailOn::Medium, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Write the findings to this file as SARIF 2.1.0, for code scanning.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Write the report to this file as an HTML page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The file with the accepted findings. Create it with --write-baseline.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Accept all findings: add them to the file of --baseline, with --reason.
    #[arg(long, requires_all = ["baseline", "reason"])]
    write_baseline: bool,
    /// The reason for accepting the findings.
    #[arg(long, value_name = "TEXT", requires = "write_baseline")]
    reason: Option<String>,
    /// The last day on which the findings are accepted, such as 2027-01-31.
    #[arg(long, value_name = "DATE", requires = "write_baseline", value_parser = baseline::date)]
    expires: Option<String>,
    /// Explain this check, such as client-implicit-flow, without reading the pool.
    #[arg(long, value_name = "CHECK")]
    explain: Option<String>,
    /// List all checks, without reading the pool.
    #[arg(long)]
    list: bool,
}

/// The lowest severity of a finding that makes the command fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    High,
    Medium,
    Low,
    Never,
}

impl FailOn {
    const fn severity(self) -> Option<Severity> {
        match self {
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Never => None,
        }
    }
}

impl Audit {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        if self.list {
            match context.global.output {
                Format::Table => terminal::list()?,
                format => output::rows(format, &listed())?,
            }
            return Ok(Exit::Done);
        }
        if let Some(id) = &self.explain {
            let Some(check) = checks::named(id) else {
                return Err(Failure::usage(
                    "no such check: `cognito audit --list` shows the names of all checks",
                ));
            };
            match context.global.output {
                Format::Table => terminal::explain(check)?,
                format => output::rows(format, &[Listed::from(check)])?,
            }
            return Ok(Exit::Done);
        }
        self.check_files()?;
        let config = context.settings(false).await?;
        let pool = config.user_pool_id.as_str();
        // A wrong baseline ends the command before it sends requests.
        let baseline = self.baseline(pool)?;
        let documents = Reader::new(context).read().await?;
        let mut report = Report::new(pool, &documents, checks::all());
        for message in baseline.apply(&mut report) {
            context.message(&message);
        }
        if self.write_baseline {
            self.accept(context, baseline, &mut report)?;
        }
        self.write(context, &report)?;
        Ok(self.exit(context, &report))
    }

    /// Rejects files that the command cannot replace, and a file that is given twice.
    fn check_files(&self) -> Outcome<()> {
        let baseline = self.baseline.as_ref();
        let written = baseline.filter(|_| self.write_baseline);
        for path in [&self.html, &self.sarif]
            .into_iter()
            .flatten()
            .chain(written)
        {
            private_file::check_target(path).map_err(|error| {
                Failure::usage(format!("{} cannot be written: {error}", path.display()))
            })?;
        }
        let named = [&self.html, &self.sarif, &self.baseline];
        let files: Vec<PathBuf> = named
            .into_iter()
            .flatten()
            .map(|path| located(path))
            .collect();
        let is_twice = |at: usize| files.iter().skip(at + 1).any(|other| *other == files[at]);
        if (0..files.len()).any(is_twice) {
            return Err(Failure::usage(
                "--html, --sarif and --baseline must be different files",
            ));
        }
        Ok(())
    }

    /// Reads the baseline. Without `--baseline`, it is empty. With `--write-baseline`, the file may
    /// be missing.
    fn baseline(&self, pool: &str) -> Outcome<Baseline> {
        match &self.baseline {
            Some(path) if !self.write_baseline || path.exists() => Baseline::read(path, pool),
            _ => Ok(Baseline::default()),
        }
    }

    /// Adds all findings to the baseline. With `--dry-run`, changes nothing.
    fn accept(
        &self,
        context: &Context,
        mut baseline: Baseline,
        report: &mut Report,
    ) -> Outcome<()> {
        let (Some(path), Some(reason)) = (&self.baseline, &self.reason) else {
            return Ok(());
        };
        if reason.trim().is_empty() {
            return Err(Failure::usage("--reason must not be empty"));
        }
        let count = baseline.accept(report, reason, self.expires.as_deref());
        if context.global.dry_run {
            let findings = count_of(count, "finding");
            context.error(&format!("dry run, not done: accept {findings}"));
            return Ok(());
        }
        baseline.write(path)?;
        baseline.apply(report);
        context.message(&format!(
            "{} added to the accepted findings",
            count_of(count, "finding")
        ));
        Ok(())
    }

    /// Writes the result to stdout and to the files.
    fn write(&self, context: &Context, report: &Report) -> Outcome<()> {
        match context.global.output {
            Format::Table => terminal::write(report)?,
            Format::Json => output::record(Format::Json, report, &[])?,
            format => output::rows(format, &report.lines)?,
        }
        if let Some(path) = &self.html {
            html::write(path, &page::page(report))?;
        }
        if let Some(path) = &self.sarif {
            write_sarif(path, report, self.is_complete(report))?;
        }
        Ok(())
    }

    /// Returns `true` if all checks that can affect the exit code could run: the checks with the
    /// severity of `--fail-on` or a higher one.
    fn is_complete(&self, report: &Report) -> bool {
        let lowest = self.fail_on.severity();
        lowest.is_none_or(|lowest| report.unread(lowest) == 0)
    }

    fn exit(&self, context: &Context, report: &Report) -> Exit {
        let Some(lowest) = self.fail_on.severity() else {
            return Exit::Done;
        };
        let findings = report.with_status(Status::Finding);
        let count = findings.filter(|line| line.severity >= lowest).count();
        let severity = match lowest {
            Severity::High => "high".to_owned(),
            other => format!("{} or higher", other.name()),
        };
        if count > 0 {
            let findings = count_of(count, "finding");
            context.message(&format!(
                "{findings} with the severity {severity}; `cognito audit --explain CHECK` explains a \
                 check"
            ));
        }
        let unread = report.unread(lowest);
        if unread > 0 {
            let checks = count_of(unread, "check");
            context.message(&format!(
                "{checks} with the severity {severity} could not run, because settings could not be \
                 read"
            ));
            return Exit::Permission;
        }
        match count {
            0 => Exit::Done,
            _ => Exit::Failed,
        }
    }
}

/// A check in the list of all checks.
#[derive(Serialize)]
struct Listed {
    check: &'static str,
    severity: Severity,
    title: &'static str,
    reason: &'static str,
    fix: &'static str,
    source: &'static str,
}

impl Row for Listed {
    const COLUMNS: &'static [&'static str] =
        &["check", "severity", "title", "reason", "fix", "source"];

    fn cells(&self) -> Vec<String> {
        let severity = self.severity.name();
        [
            self.check,
            severity,
            self.title,
            self.reason,
            self.fix,
            self.source,
        ]
        .map(str::to_owned)
        .to_vec()
    }
}

impl From<&Check> for Listed {
    fn from(check: &Check) -> Self {
        Self {
            check: check.id,
            severity: check.severity,
            title: check.title,
            reason: check.reason,
            fix: check.fix,
            source: check.source,
        }
    }
}

fn listed() -> Vec<Listed> {
    checks::all().map(Listed::from).collect()
}

/// Returns the absolute path of a file without symbolic links, so that two paths to the same file
/// are equal. The file need not exist. If its folder does not exist, returns `path`.
fn located(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn write_sarif(path: &Path, report: &Report, is_complete: bool) -> Outcome<()> {
    let text = serde_json::to_string_pretty(&sarif::log(report, is_complete))?;
    let written = private_file::replace(path, text.as_bytes());
    written.map_err(|error| Failure::usage(format!("the SARIF file cannot be written: {error}")))
}
