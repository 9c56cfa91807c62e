//! The emulator's window (its web interface): pages at `/_emulator/window` that show the pools, app
//! clients and users of the emulator, and change them.
//!
//! Security: the window has the same rule as the other endpoints of the emulator. A page of another
//! site can neither read nor change anything ([`Hosts`](crate::http::origin::Hosts)). A change needs
//! the method `POST`, for which browsers send the header `Origin`. Pools, app clients and users are
//! changed by calls of AWS's operations, so the checks and triggers of the operations apply.

mod calls;
mod client;
mod control;
mod frame;
mod inbox;
mod message;
mod pools;
mod requests;
mod settings;
mod tokens;
mod user;
mod users;
mod visit;

use std::sync::Arc;

use http::{Method, Request, StatusCode};
use maud::html;

use crate::http::admin;
use crate::http::body::{RequestBody, read};
use crate::http::instance::Instance;
use crate::http::origin;
use crate::http::page::{Page, not_allowed};
pub(super) use frame::redirect;
use frame::{Frame, Section};
pub(super) use visit::PATH;
use visit::Visit;

/// The paths of the pages that accept only `GET`. Each path is relative to [`PATH`].
const PAGES: &[&str] = &[
    "",
    "/",
    "/client",
    "/control",
    "/inbox",
    "/inbox/new",
    "/message",
    "/pool",
    "/requests",
    "/requests/new",
    "/user",
    "/users",
];

/// The paths that accept only a form, sent with `POST`. Each path is relative to [`PATH`].
const FORMS: &[&str] = &["/call", "/clock", "/faults", "/faults/clear"];

/// Returns `true` if a path belongs to the emulator's window (its web interface).
pub(super) fn has_path(path: &str) -> bool {
    let rest = path.strip_prefix(PATH);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Handles a request to the emulator's window (its web interface).
pub(super) async fn page(instance: &Arc<Instance>, request: Request<impl RequestBody>) -> Page {
    let (head, body) = request.into_parts();
    let is_foreign = instance.hosts.is_foreign(&head.method, &head.headers);
    if is_foreign || origin::is_embedded(&head.headers) {
        return admin::foreign();
    }
    let query = head.uri.query().unwrap_or_default();
    match head.method {
        Method::GET | Method::HEAD => match Visit::new(instance, &head, query.as_bytes()) {
            Some(visit) => get(&visit).await,
            None => too_many_parameters(),
        },
        Method::POST => match read(body).await {
            Ok(body) => match Visit::new(instance, &head, &body) {
                Some(visit) => post(&visit).await,
                None => too_many_parameters(),
            },
            Err(page) => page,
        },
        _ => not_allowed("GET, HEAD, POST"),
    }
}

/// Returns the page of the emulator's window that a `GET` request asks for.
async fn get(visit: &Visit<'_>) -> Page {
    match visit.page {
        "" | "/" => pools::overview(visit),
        "/client" => client::page(visit).await,
        "/control" => control::page(visit),
        "/inbox" => inbox::page(visit),
        "/inbox/new" => inbox::new_messages(visit),
        "/message" => message::page(visit),
        "/pool" => pools::pool(visit).await,
        "/requests" => requests::page(visit),
        "/requests/new" => requests::new_requests(visit),
        "/tokens" => tokens::page(),
        "/user" => user::page(visit).await,
        "/users" => users::page(visit).await,
        page if FORMS.contains(&page) => not_allowed("POST"),
        _ => not_found(),
    }
}

/// Handles a form, which is sent with `POST`.
async fn post(visit: &Visit<'_>) -> Page {
    match visit.page {
        "/call" => calls::answer(visit).await,
        "/clock" => control::steer_clock(visit),
        "/faults" => control::inject_fault(visit),
        "/faults/clear" => control::clear_faults(visit),
        "/tokens" => tokens::decode(visit),
        page if PAGES.contains(&page) => not_allowed("GET"),
        _ => not_found(),
    }
}

fn too_many_parameters() -> Page {
    let frame = Frame::new(Section::Pools, "Too many parameters");
    let message = html! { "A request can have at most 200 parameters." };
    frame.rejected(StatusCode::BAD_REQUEST, &message, PATH)
}

fn not_found() -> Page {
    let frame = Frame::new(Section::Pools, "Page not found");
    let message = html! { "The window has no such page." };
    frame.rejected(StatusCode::NOT_FOUND, &message, PATH)
}
