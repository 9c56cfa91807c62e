//! The page of the emulator's window (its web interface) with the log of requests. It shows new
//! requests without a reload.

use maud::{Markup, html};

use super::frame::{Frame, Section, live_list, new_entries, table_with};
use super::visit::{Visit, link};
use crate::http::page::Page;
use crate::http::request_log::Entry;
use crate::model::time::iso8601;

/// The maximum number of requests on the page of the request log.
const MOST_REQUESTS: usize = 300;

/// The columns of the table with the log of requests.
const COLUMNS: [&str; 6] = [
    "Time",
    "Operation",
    "Result",
    "Duration",
    "App client",
    "Region",
];

/// Returns the page with the newest requests.
pub(super) fn page(visit: &Visit<'_>) -> Page {
    let (recorded, entries) = visit.instance.traffic.log.newest(0, MOST_REQUESTS);
    let rows = table_rows(visit, &entries);
    let url = link("/requests/new", &[]);
    let body = live_list("tbody", &url, recorded, MOST_REQUESTS, &rows);
    let frame = Frame::new(Section::Requests, "Requests");
    frame.page(&html! {
        p.soft {
            "The newest requests are first. The page updates by itself. The log contains no passwords, \
             codes, tokens, user names and addresses: it has only the fixed parts of error messages, \
             and … replaces the values."
        }
        (table_with("Requests to operations and hosted pages", &COLUMNS, &body))
    })
}

/// Returns the table rows of the requests with a number above the parameter `after`. The script of
/// the page requests these rows and adds them to the table.
pub(super) fn new_requests(visit: &Visit<'_>) -> Page {
    let (recorded, entries) = visit
        .instance
        .traffic
        .log
        .newest(visit.after_number(), MOST_REQUESTS);
    new_entries(recorded, table_rows(visit, &entries))
}

fn table_rows(visit: &Visit<'_>, entries: &[Entry]) -> Markup {
    html! { @for entry in entries { (table_row(visit, entry)) } }
}

fn table_row(visit: &Visit<'_>, entry: &Entry) -> Markup {
    // Security: any other string is not the id of a client, and may be a secret.
    let is_client = |id: &&String| visit.instance.pools.has_client(id);
    let client = entry.unchecked_client.as_ref().filter(is_client);
    html! {
        tr {
            td { (iso8601(entry.at)) }
            th scope="row" { (entry.operation) }
            td {
                @match &entry.error {
                    None => span.good { (entry.status) },
                    Some(error) => {
                        span.bad { (entry.status) " " strong { (error.code) } }
                        @if !error.message.is_empty() { br; (error.message) }
                    }
                }
            }
            td.number { (milliseconds(entry.duration_micros)) " ms" }
            td { @if let Some(client) = client { code { (client) } } }
            td { (entry.region.as_deref().unwrap_or_default()) }
        }
    }
}

/// Returns a duration in milliseconds with one decimal.
fn milliseconds(micros: u64) -> String {
    let tenths = micros.saturating_add(50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}
