//! The layout of all pages of the auth server.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::site::App;
use crate::site::form;
use crate::site::problem::Problem;
use crate::site::session::Session;
use crate::site::visit::{Visit, page_of};

/// The configuration of htmx. It disables the browser history, and the features that a strict
/// content security policy forbids.
const HTMX: &str = r#"{"allowEval":false,"allowScriptTags":false,"historyEnabled":false,"historyCacheSize":0,"includeIndicatorStyles":false,"selfRequestsOnly":true}"#;

#[must_use = "a page does nothing until it is returned"]
pub(crate) struct Page<'a> {
    visit: &'a Visit,
    title: &'static str,
    main: Markup,
    status: StatusCode,
    problem: Option<&'a Problem>,
    is_narrow: bool,
}

impl<'a> Page<'a> {
    pub(crate) const fn new(visit: &'a Visit, title: &'static str, main: Markup) -> Self {
        Self {
            visit,
            title,
            main,
            status: StatusCode::OK,
            problem: None,
            is_narrow: false,
        }
    }

    /// Makes the page as narrow as a form.
    pub(crate) const fn narrow(mut self) -> Self {
        self.is_narrow = true;
        self
    }

    pub(crate) const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Sets the error message and the status of the page. `None` removes the message.
    pub(crate) const fn problem(mut self, problem: Option<&'a Problem>) -> Self {
        if let Some(problem) = problem {
            self.status = problem.status;
        }
        self.problem = problem;
        self
    }

    fn document(&self) -> Markup {
        let visit = self.visit;
        let stack = if self.is_narrow {
            "stack narrow"
        } else {
            "stack"
        };
        let mistake = if self.problem.is_some() {
            "Error: "
        } else {
            ""
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(&format!("{mistake}{} · Auth server", self.title)))
                body {
                    a.skip href="#main" { "Skip to the content" }
                    @if visit.app.emulator.is_some() { (emulator()) }
                    (top(visit))
                    main #main tabindex="-1" {
                        div class=(stack) {
                            @if let Some(problem) = self.problem {
                                (form::summary(problem))
                            } @else {
                                @if let Some(done) = visit.done {
                                    p.notice role="status" tabindex="-1" data-focus { (done.text()) }
                                }
                                (undecided(visit))
                            }
                            (self.main)
                        }
                    }
                    (footer(&visit.app))
                }
            }
        }
    }
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        (self.status, Html(self.document().into_string())).into_response()
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="htmx-config" content=(HTMX);
            title { (title) }
            link rel="icon" type="image/svg+xml" href="/assets/icon.svg";
            link rel="stylesheet" href="/assets/style.css";
            script src="/assets/htmx.min.js" defer {}
            script src="/assets/site.js" defer {}
        }
    }
}

fn emulator() -> Markup {
    html! {
        aside.emulator aria-label="About this site" {
            "This is the " strong { "emulator" } ": no data leaves this computer, and no e-mail is \
             sent. Messages are in the " a href="/inbox" { "inbox" } "."
        }
    }
}

fn top(visit: &Visit) -> Markup {
    html! {
        header.top {
            div {
                a.brand href="/" {
                    (brand())
                    "Auth server"
                }
                nav aria-label="Main" {
                    ul {
                        @for (path, label) in places(visit) {
                            li {
                                a href=(path) aria-current=[current(visit, path)] { (label) }
                            }
                        }
                    }
                }
                @if let Some(person) = visit.person() {
                    div.who {
                        span { (person.name) }
                        form method="post" action="/sessions/end" {
                            button.plain.small type="submit" { "Sign out" }
                        }
                    }
                }
            }
        }
    }
}

fn brand() -> Markup {
    html! {
        svg viewBox="0 0 32 32" aria-hidden="true" focusable="false" {
            rect.plate width="32" height="32" rx="8" {}
            path.key d="M12 20a4 4 0 1 1 3.5-6H25v4h-3v3h-4v-3h-2.5A4 4 0 0 1 12 20z" {}
        }
    }
}

/// Returns the links of the navigation for this user.
fn places(visit: &Visit) -> Vec<(&'static str, &'static str)> {
    let mut places = match visit.person() {
        Some(_) => vec![
            ("/profile", "Profile"),
            ("/security", "Security"),
            ("/sessions", "Sessions"),
            ("/admins", "Admins"),
        ],
        None => vec![("/login", "Sign in"), ("/sign-up", "Sign up")],
    };
    places.push(("/inspector", "Inspector"));
    if visit.may_operate() {
        places.push(("/metrics", "Metrics"));
    }
    if visit.app.emulator.is_some() {
        places.push(("/inbox", "Inbox"));
    }
    places
}

fn current(visit: &Visit, path: &str) -> Option<&'static str> {
    let below = visit.path.strip_prefix(path)?;
    match below {
        "" => Some("page"),
        below if below.starts_with('/') => Some("true"),
        _ => None,
    }
}

/// Renders a notice for public pages if the user's tokens cannot be verified. Pages for signed-in
/// users show an error instead.
fn undecided(visit: &Visit) -> Markup {
    html! {
        @if let Session::Undecided(error, _) = &visit.session {
            p.notice.plainly role="status" { (Problem::of(error).text) }
        }
    }
}

fn footer(app: &App) -> Markup {
    html! {
        footer {
            p {
                "An example of Cognito for Rust, "
                @if app.emulator.is_some() {
                    "with an emulated user pool in this process."
                } @else {
                    "with the user pool that the environment variables name."
                }
            }
            (instance(app))
        }
    }
}

/// If instances share state, renders the name of the instance that created the page, with links to
/// the other instances.
fn instance(app: &App) -> Markup {
    html! {
        @if let Some(instance) = app.instance.as_ref().filter(|_| app.is_sharing) {
            p #instance {
                "This is the instance on port " strong { (instance.port) } "."
                @for port in instance.others() {
                    " " a href={ "http://localhost:" (port) "/" } { "Instance on port " (port) } "."
                }
            }
        }
    }
}

/// Renders a page that contains no data of the request, not even the signed-in user.
pub(crate) fn bare(app: &App, status: StatusCode, title: &'static str, text: &str) -> Response {
    let visit = Visit::of_nobody(app);
    let main = html! { h1 { (title) } p.lead { (text) } p { a.button href="/" { "Start page" } } };
    visit
        .page(title, main)
        .narrow()
        .status(status)
        .into_response()
}

/// Returns the response to a request with a method that the path does not accept.
pub(crate) async fn not_allowed(visit: Visit) -> Response {
    let page = page_of(&visit.path);
    let main = html! {
        h1 { "This path accepts forms only" }
        p.lead { "It has no page. Open the page with the form." }
        p.row {
            @if page != visit.path { a.button href=(page) { "Open the form" } }
            a href="/" { "Start page" }
        }
    };
    let page = visit.page("This path accepts forms only", main).narrow();
    page.status(StatusCode::METHOD_NOT_ALLOWED).into_response()
}

/// Returns the response to an unknown path.
pub(crate) async fn not_found(visit: Visit) -> Response {
    let main = html! {
        h1 { "Page not found" }
        p.lead { "The address may be mistyped, or the page has moved." }
        p { a.button href="/" { "Start page" } }
    };
    let page = visit.page("Page not found", main).narrow();
    page.status(StatusCode::NOT_FOUND).into_response()
}
