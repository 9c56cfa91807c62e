//! The emulator's window (its web interface), which shows and changes the pools, clients and users.

mod control;
mod emails;
mod inbox;
mod pools;
mod requests;
mod rules;
mod tokens;
mod users;

use serde_json::Value;

use crate::browser::encoded;
use crate::support::{Pool, Reply};

pub(crate) const PATH: &str = "/_emulator/window";

/// Opens a page of the emulator's window (its web interface). `name` is its path without [`PATH`].
pub(crate) async fn open(pool: &Pool, name: &str, query: &[(&str, &str)]) -> String {
    let page = pool.get(&format!("{PATH}{name}?{}", encoded(query))).await;
    assert_eq!(page.status, 200, "{}", page.body);
    html(&page)
}

/// Sends a form of the emulator's window (its web interface), with the `Origin` of the window.
pub(crate) async fn send(pool: &Pool, name: &str, fields: &[(&str, &str)]) -> Reply {
    let origin = pool.emulator.endpoint();
    send_from(pool, name, fields, &[("origin", origin)]).await
}

/// Sends a form of the emulator's window (its web interface) with these additional headers.
pub(crate) async fn send_from(
    pool: &Pool,
    name: &str,
    fields: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Reply {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let headers = [&form, headers].concat();
    let path = format!("{PATH}{name}");
    pool.send("POST", &path, &headers, encoded(fields)).await
}

/// Returns the URL of the page to which the response to a form redirects.
#[track_caller]
pub(crate) fn next(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.body);
    reply.header("location").to_owned()
}

pub(crate) fn html(page: &Reply) -> String {
    match &page.body {
        Value::String(html) => html.clone(),
        other => panic!("no page: {other}"),
    }
}
