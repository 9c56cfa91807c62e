//! The report as SARIF 2.1.0, for code scanning and dashboards.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::commands::audit::check::{Check, Severity};
use crate::commands::audit::checks;
use crate::commands::audit::report::{Line, Report, Status};
use crate::output::printable;

/// The JSON schema of SARIF 2.1.0.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Returns the report as a SARIF log. Checks that could not run are notifications, because SARIF has
/// no results for them. Accepted findings are suppressed results.
///
/// `is_complete` is `false` if a check that affects the exit code could not run.
pub(super) fn log(report: &Report, is_complete: bool) -> Value {
    let rules: Vec<Value> = checks::all().map(rule).collect();
    let results = report.lines.iter();
    let results = results.filter(|line| line.status != Status::NotChecked);
    let results: Vec<Value> = results.map(|line| result(report, line)).collect();
    let notifications = report.with_status(Status::NotChecked);
    let notifications: Vec<Value> = notifications.map(notification).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cognito audit",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": is_complete,
                "endTimeUtc": report.time,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

/// Returns the SARIF level of a finding with this severity.
const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// Returns the score by which GitHub sorts findings, which follows the scale of CVSS.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

fn rule(check: &'static Check) -> Value {
    json!({
        "id": check.id,
        "shortDescription": { "text": check.title },
        "fullDescription": { "text": check.reason },
        "help": { "text": format!("{}\n\nSource: {}", check.fix, check.source) },
        "defaultConfiguration": { "level": level(check.severity) },
        "properties": { "security-severity": score(check.severity), "tags": ["security"] },
    })
}

fn rule_index(line: &Line) -> Option<usize> {
    checks::all().position(|check| check.id == line.check)
}

fn result(report: &Report, line: &Line) -> Value {
    let place = line.place();
    let finding = format!("{}/{}/{}", report.pool, line.subject, line.check);
    let mut result = json!({
        "ruleId": line.check,
        "ruleIndex": rule_index(line),
        "level": level(line.severity),
        "message": { "text": format!("{place}: {}: {}", line.title, printable(&line.found)) },
        "locations": [{
            // A pool is not a file. Some dashboards reject a result without a file.
            "physicalLocation": {
                "artifactLocation": { "uri": format!("cognito/{}", report.pool) },
                "region": { "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1 },
            },
            "logicalLocations": [{
                "fullyQualifiedName": format!("{}/{}", report.pool, line.subject),
                "kind": "resource",
            }],
        }],
        "partialFingerprints": {
            "finding/v1": finding,
            "primaryLocationLineHash": line_hash(&finding),
        },
    });
    if let Some(reason) = &line.accepted_because {
        result["suppressions"] = json!([{ "kind": "external", "justification": reason }]);
    }
    result
}

/// Returns the fingerprint of a finding, by which GitHub recognizes it in later runs. The format is
/// a hash, a colon and a counter.
fn line_hash(finding: &str) -> String {
    let hash = digest(&SHA256, finding.as_bytes());
    let start = hash.as_ref().iter().take(8);
    let hex: String = start.map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}:1")
}

fn notification(line: &Line) -> Value {
    json!({
        "level": "note",
        "descriptor": { "id": line.check },
        "message": { "text": format!("not checked: {}: {}; {}", line.title, line.found, line.fix) },
    })
}
