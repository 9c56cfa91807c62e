//! The result of an audit: findings, accepted findings and checks that could not run.

use std::collections::BTreeSet;

use cognito::clock::rfc3339;
use serde::Serialize;
use serde_json::Value;

use crate::commands::audit::check::{Check, Documents, Scope, Severity, Subject};
use crate::output::{Row, printable};

/// The state of a row of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    /// A setting is wrong.
    Finding,
    /// A setting is wrong, and the baseline accepts it.
    Accepted,
    /// The check could not run completely. This does not mean that it has passed.
    NotChecked,
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Accepted => "accepted",
            Self::NotChecked => "not checked",
        }
    }
}

/// A finding, or a check that could not run.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) status: Status,
    pub(super) check: &'static str,
    pub(super) severity: Severity,
    /// The object with the wrong setting, such as `client 1example23456789`.
    pub(super) subject: String,
    /// The name of the app client. Other objects have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) title: &'static str,
    /// The current value, or why the check could not run.
    pub(super) found: String,
    /// The check could not run because Cognito did not return a document.
    #[serde(skip)]
    pub(super) is_unread: bool,
    pub(super) reason: &'static str,
    pub(super) fix: &'static str,
    pub(super) source: &'static str,
    /// The reason why the baseline accepts the finding. `None` if the finding is not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) accepted_because: Option<String>,
}

impl Line {
    fn new(check: &'static Check, status: Status, subject: String, found: String) -> Self {
        Self {
            status,
            check: check.id,
            severity: check.severity,
            subject,
            name: None,
            title: check.title,
            found,
            is_unread: false,
            reason: check.reason,
            fix: check.fix,
            source: check.source,
            accepted_because: None,
        }
    }

    /// Returns the object and its name, for the terminal and for the HTML report.
    pub(super) fn place(&self) -> String {
        match self.name.as_deref() {
            Some(name) if !name.is_empty() => printable(&format!("{} ({name})", self.subject)),
            _ => printable(&self.subject),
        }
    }
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] =
        &["status", "severity", "check", "subject", "found", "fix"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.status.name().to_owned(),
            self.severity.name().to_owned(),
            self.check.to_owned(),
            self.subject.clone(),
            self.found.clone(),
            self.fix.to_owned(),
        ]
    }
}

/// The result of an audit.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) pool: String,
    /// The time of the audit, in RFC 3339.
    pub(super) time: String,
    /// The number of checks that ran completely and found nothing.
    pub(super) passed: usize,
    /// The lines, by status and severity, the most severe first.
    pub(super) lines: Vec<Line>,
}

impl Report {
    /// Runs the checks on the settings of a pool, and creates the report.
    pub(super) fn new(
        pool: &str,
        documents: &Documents,
        checks: impl Iterator<Item = &'static Check>,
    ) -> Self {
        let mut lines = Vec::new();
        let mut passed = 0;
        for check in checks {
            let before = lines.len();
            run(check, documents, &mut lines);
            passed += usize::from(lines.len() == before);
        }
        let mut report = Self {
            pool: pool.to_owned(),
            time: rfc3339(documents.now),
            passed,
            lines,
        };
        report.sort();
        report
    }

    /// Sorts the lines by status and severity. The order of the checks and objects is kept.
    pub(super) fn sort(&mut self) {
        self.lines
            .sort_by_key(|line| (line.status as u8, std::cmp::Reverse(line.severity)));
    }

    pub(super) fn with_status(&self, status: Status) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.status == status)
    }

    /// Returns the number of findings with this severity.
    pub(super) fn count(&self, severity: Severity) -> u64 {
        let findings = self.with_status(Status::Finding);
        findings.filter(|line| line.severity == severity).count() as u64
    }

    /// Returns the number of checks with at least this severity for which Cognito did not return a
    /// document.
    pub(super) fn unread(&self, lowest: Severity) -> usize {
        let lines = self.lines.iter();
        lines
            .filter(|line| line.is_unread && line.severity >= lowest)
            .count()
    }

    /// Returns the number of checks that did not run completely.
    pub(super) fn not_checked(&self) -> usize {
        let checks = self.with_status(Status::NotChecked).map(|line| line.check);
        checks.collect::<BTreeSet<_>>().len()
    }
}

/// Runs a check, and adds its findings to `lines`. If a document for the check was not read
/// completely, adds a line with [`Status::NotChecked`], and runs the check only on objects that
/// were read.
fn run(check: &'static Check, documents: &Documents, lines: &mut Vec<Line>) {
    let unread = check
        .documents()
        .find_map(|document| documents.unread.get(&document).map(|why| (document, why)));
    if let Some((document, why)) = unread {
        let found = format!(
            "{} failed: {}; IAM action cognito-idp:{}",
            why.operation.name(),
            why.reason,
            why.operation.name()
        );
        let subject = "pool".to_owned();
        let mut line = Line::new(check, Status::NotChecked, subject, found);
        line.is_unread = check.scope != Scope::Outside;
        lines.push(line);
        // The check has no use for the objects if a document besides them is missing.
        if check.scope.document() != Some(document) {
            return;
        }
    }
    match check.scope {
        Scope::Outside => {
            let before = lines.len();
            look(check, documents, documents.pool(), lines);
            if lines.len() > before {
                return;
            }
            let item = &Value::Null;
            if let Some(found) = (check.find)(Subject {
                item,
                all: documents,
            }) {
                let subject = "pool".to_owned();
                lines.push(Line::new(check, Status::NotChecked, subject, found));
            }
        }
        Scope::Pool => look(check, documents, documents.pool(), lines),
        scope => {
            let objects = scope.document().map(|document| documents.get(document));
            let objects = objects.and_then(Value::as_array).into_iter().flatten();
            for object in objects {
                look(check, documents, object, lines);
            }
        }
    }
}

fn look(check: &'static Check, documents: &Documents, item: &Value, lines: &mut Vec<Line>) {
    if item.is_null() {
        return;
    }
    let subject = Subject {
        item,
        all: documents,
    };
    if let Some(found) = (check.find)(subject) {
        let mut line = Line::new(check, Status::Finding, name_of(check.scope, item), found);
        line.name = item["ClientName"].as_str().map(str::to_owned);
        lines.push(line);
    }
}

/// Returns the name of an object. It stays the same, so baselines can refer to it.
fn name_of(scope: Scope, item: &Value) -> String {
    let text = |name: &str| item[name].as_str().unwrap_or_default();
    match scope {
        Scope::Pool | Scope::Outside => "pool".to_owned(),
        Scope::Client => format!("client {}", text("ClientId")),
        Scope::Provider => format!("provider {}", text("ProviderName")),
        Scope::Domain => format!("domain {}", text("Domain")),
        Scope::ResourceServer => format!("resource server {}", text("Identifier")),
        Scope::MetadataPolicy => format!("metadata policy {}", text("PolicyName")),
        Scope::Risk => match text("ClientId") {
            "" => "pool".to_owned(),
            client => format!("client {client}"),
        },
    }
}
