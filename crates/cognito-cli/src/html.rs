//! Reports as HTML pages: one file without scripts and without external resources, for light and
//! dark screens.

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::failure::{Failure, Outcome};
use crate::output::printable;
use crate::private_file;

/// The styles of all reports.
const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8886;--bar:#2f6fde;--high:#c62828;--medium:#d9730d;\
--low:#9a7d0a;--info:#5b6b7a}\
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line);\
overflow-wrap:anywhere}\
td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
td.chart{width:50%}\
svg{display:block;width:100%;height:1rem}rect{fill:var(--bar)}\
rect.high{fill:var(--high)}rect.medium{fill:var(--medium)}rect.low{fill:var(--low)}\
rect.info{fill:var(--info)}\
code{font:.9em ui-monospace,monospace}.note{opacity:.75}";

/// A bar of a chart.
pub(crate) struct Bar<'a> {
    pub(crate) label: &'a str,
    pub(crate) count: u64,
    /// The class of the bar, which sets its color. Empty for the usual color.
    pub(crate) class: &'static str,
}

/// Returns a string for a page. Control characters and invisible characters are escaped; `maud`
/// escapes the characters of HTML.
pub(crate) fn text(value: &str) -> String {
    printable(value)
}

/// Returns a chart with one line for each bar. `total` is the count of a bar with the full width.
pub(crate) fn chart(bars: &[Bar<'_>], total: u64) -> Markup {
    html! {
        table {
            @for bar in bars {
                @let percent = bar.count.saturating_mul(100) / total.max(1);
                tr {
                    th scope="row" { (text(bar.label)) }
                    td.number { (bar.count) }
                    td.number { (percent) " %" }
                    td.chart {
                        svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img"
                            aria-label=(format!("{percent} %")) {
                            rect class=(bar.class) width=(percent) height="10" {}
                        }
                    }
                }
            }
        }
    }
}

/// Returns a page with a title. The Content Security Policy of the page forbids scripts, requests
/// and forms.
pub(crate) fn page(title: &str, body: &Markup) -> String {
    let title = text(title);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; \
                             base-uri 'none'";
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                (body)
            }
        }
    };
    page.into_string()
}

/// Writes a report to a file that only its owner can read. An existing file is replaced when the
/// report is complete.
pub(crate) fn write(path: &Path, content: &str) -> Outcome<()> {
    let written = private_file::replace(path, content.as_bytes());
    written.map_err(|error| Failure::usage(format!("the HTML file cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped() {
        let hostile = "\"><script>alert(1)</script>\u{1b}[2J\u{202e}";
        let bars = [Bar {
            label: hostile,
            count: 1,
            class: "",
        }];
        let page = page(hostile, &chart(&bars, 1));
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains(['\u{1b}', '\u{202e}']), "{page}");
        assert!(page.contains("&lt;script&gt;"), "{page}");
    }
}
