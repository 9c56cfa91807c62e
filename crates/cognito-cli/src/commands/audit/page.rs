//! The report as an HTML page.

use maud::{Markup, html};

use crate::commands::audit::check::Severity;
use crate::commands::audit::report::{Line, Report, Status};
use crate::html::{self, Bar, text};

/// Returns the HTML page of a report.
pub(super) fn page(report: &Report) -> String {
    let bars = Severity::ALL.map(|severity| Bar {
        label: severity.name(),
        count: report.count(severity),
        class: severity.name(),
    });
    let total = bars.iter().map(|bar| bar.count).sum();
    let body = html! {
        p.note {
            (text(&report.time)) ": " (total) " findings, " (report.passed) " checks passed, "
            (report.not_checked()) " not checked"
        }
        (html::chart(&bars, total))
        @for severity in Severity::ALL {
            @let lines = of(report, |line| {
                line.status == Status::Finding && line.severity == severity
            });
            (section(severity.name(), &lines))
        }
        (section("accepted", &of(report, |line| line.status == Status::Accepted)))
        (section("not checked", &of(report, |line| line.status == Status::NotChecked)))
    };
    html::page(&format!("Audit of the user pool {}", report.pool), &body)
}

fn of(report: &Report, is_wanted: impl Fn(&Line) -> bool) -> Vec<&Line> {
    let lines = report.lines.iter();
    lines.filter(|line| is_wanted(line)).collect()
}

/// Returns a table with a heading. Returns nothing if there are no lines.
fn section(title: &str, lines: &[&Line]) -> Markup {
    html! {
        @if !lines.is_empty() {
            h2 { (title) " (" (lines.len()) ")" }
            table {
                tr { th { "check" } th { "where" } th { "what" } th { "what to do" } }
                @for line in lines {
                    tr {
                        td { code { (line.check) } }
                        td { (line.place()) }
                        td {
                            (line.title) ": " (text(&line.found))
                            br; span.note { (line.reason) }
                            @if let Some(reason) = &line.accepted_because {
                                br; "Accepted: " (text(reason))
                            }
                        }
                        td { (line.fix) br; span.note { (line.source) } }
                    }
                }
            }
        }
    }
}
