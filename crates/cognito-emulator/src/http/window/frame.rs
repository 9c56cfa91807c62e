//! The parts that all pages of the emulator's window (its web interface) share: the navigation, the
//! styles, the script and the headers.

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
};
use http::{Response, StatusCode};
use http_body_util::Full;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::visit::{PATH, link};
use crate::http::page::{Page, hash, with_header};
use crate::model::aws::Api;
use crate::model::failure::Failure;
use crate::operations;

/// The response header with the number of the newest entry of a list that updates itself
/// ([`live_list`]).
const NUMBER: HeaderName = HeaderName::from_static("x-emulator-number");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const SCRIPT: &str = include_str!("window.js");
const STYLE: &str = include_str!("window.css");

/// The content security policy of the emulator's window (its web interface). It allows only the
/// script and the styles of the window, by their hashes.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; \
         form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'",
        hash(SCRIPT),
        hash(STYLE),
    );
    HeaderValue::from_str(&policy).ok()
});

/// A section of the emulator's window (its web interface). Each section has an entry in the
/// navigation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Control,
    Inbox,
    Pools,
    Requests,
    Tokens,
    Users,
}

/// The sections in the order of the navigation, each with its title and its path below [`PATH`].
const SECTIONS: &[(Section, &str, &str)] = &[
    (Section::Pools, "Pools", ""),
    (Section::Users, "Users", "/users"),
    (Section::Inbox, "Inbox", "/inbox"),
    (Section::Requests, "Requests", "/requests"),
    (Section::Tokens, "Tokens", "/tokens"),
    (Section::Control, "Clock and faults", "/control"),
];

/// A page of the emulator's window (its web interface), without its content.
pub(super) struct Frame<'a> {
    section: Section,
    title: &'a str,
    /// The operation that has just succeeded, which the page reports. Empty if there is none.
    done: &'a str,
    status: StatusCode,
}

impl<'a> Frame<'a> {
    pub(super) const fn new(section: Section, title: &'a str) -> Self {
        Self {
            section,
            title,
            done: "",
            status: StatusCode::OK,
        }
    }

    /// Reports at the top of the page that `operation` has succeeded. Does nothing if `operation`
    /// is not the name of an operation.
    ///
    /// Security: `operation` is from the URL. Without the check, a link on another site could show
    /// any words on the page.
    pub(super) fn with_done(self, operation: &'a str) -> Self {
        match operations::find(Api::Cognito, operation) {
            Some(_) => Self {
                done: operation,
                ..self
            },
            None => self,
        }
    }

    pub(super) const fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Returns the complete page with this content.
    pub(super) fn page(&self, content: &Markup) -> Page {
        let text = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " – Cognito emulator" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    header {
                        a.name href=(PATH) { "Cognito emulator" }
                        (self.navigation())
                    }
                    main #content tabindex="-1" {
                        h1 { (self.title) }
                        @if !self.done.is_empty() {
                            p.done role="status" { (self.done) " succeeded." }
                        }
                        (content)
                    }
                    p #status role="status" {}
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        html_page(self.status, text)
    }

    /// Returns a page that shows only an error, with a link to the URL `back`.
    pub(super) fn rejected(self, status: StatusCode, message: &Markup, back: &str) -> Page {
        self.with_status(status).page(&html! {
            p role="alert" { (message) }
            p { a href=(back) { "Back" } }
        })
    }

    fn navigation(&self) -> Markup {
        html! {
            nav aria-label="Window" {
                ul {
                    @for (section, title, path) in SECTIONS {
                        li {
                            a href=(link(path, &[]))
                                aria-current=[(*section == self.section).then_some("page")] {
                                (title)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns an HTML response with the security headers that only the emulator's window (its web
/// interface) has. The server adds the other security headers
/// ([`unembeddable`](crate::http::page::unembeddable)).
///
/// The header `Referrer-Policy` must not be `no-referrer`. Browsers would then send `Origin: null`
/// with the forms of the window, and the emulator would reject the forms.
fn html_page(status: StatusCode, content: Markup) -> Page {
    let page = Response::new(Full::new(Bytes::from(content.into_string())));
    let page = with_header(page, CONTENT_TYPE, "text/html;charset=utf-8");
    let page = with_header(page, REFERRER_POLICY, "same-origin");
    let mut page = with_header(page, OPENER_POLICY, "same-origin");
    *page.status_mut() = status;
    if let Some(policy) = POLICY.clone() {
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    page
}

/// Returns a redirect to the URL `to`, which the browser requests with `GET`. If `to` is not a
/// valid header value, redirects to the first page of the emulator's window (its web interface).
pub(in crate::http) fn redirect(to: &str) -> Page {
    let mut page = Page::default();
    *page.status_mut() = StatusCode::SEE_OTHER;
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static(PATH));
    page.headers_mut().insert(LOCATION, to);
    page
}

/// Returns a page that shows the error of an operation. `back` is the URL of the page from which the
/// user came.
pub(super) fn operation_failed(
    section: Section,
    title: &str,
    failure: &Failure,
    back: &str,
) -> Page {
    let message = html! { strong { (failure.code()) } ": " (failure.message()) };
    Frame::new(section, title).rejected(StatusCode::BAD_REQUEST, &message, back)
}

/// Returns an HTML form that calls an operation. `hidden` contains the members of the request that
/// the form does not show. `back` is the URL of the page that is shown after the call.
pub(super) fn form(
    operation: &str,
    hidden: &[(&str, &str)],
    back: &str,
    content: &Markup,
) -> Markup {
    html! {
        form method="post" action=(link("/call", &[])) data-call {
            input type="hidden" name="Action" value=(operation);
            input type="hidden" name="back" value=(back);
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            (content)
        }
    }
}

/// Returns an input field of a form, with a label.
pub(super) fn field(label: &str, name: &str, kind: &str, is_required: bool) -> Markup {
    html! {
        label { span { (label) } input name=(name) type=(kind) required[is_required] autocomplete="off"; }
    }
}

/// Returns a form that deletes something, such as a user. The form is collapsed, so a click in the
/// wrong place deletes nothing.
pub(super) fn deletion_form(title: &str, form: &Markup) -> Markup {
    html! { details.danger { summary { (title) } (form) } }
}

/// Returns a table with these rows.
pub(super) fn table(caption: &str, columns: &[&str], rows: &Markup) -> Markup {
    table_with(caption, columns, &html! { tbody { (rows) } })
}

/// Returns a table with this `tbody` element. The table can be scrolled if the screen is narrow.
pub(super) fn table_with(caption: &str, columns: &[&str], body: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                (body)
            }
        }
    }
}

/// Returns a list that updates itself: the script of the page requests new entries from `url`, and
/// adds them at the top. `tag` is the HTML element of the list, `ol` or `tbody`. `number` is the
/// number of the newest entry in `content`. If the list has more than `most` entries, the script
/// removes the last ones.
pub(super) fn live_list(
    tag: &str,
    url: &str,
    number: u64,
    most: usize,
    content: &Markup,
) -> Markup {
    html! {
        @if tag == "ol" {
            ol.live data-live=(url) data-after=(number) data-most=(most) { (content) }
        } @else {
            tbody data-live=(url) data-after=(number) data-most=(most) { (content) }
        }
    }
}

/// Returns the response with the new entries for a list that updates itself ([`live_list`]).
/// `number` is the number of the newest entry.
pub(super) fn new_entries(number: u64, content: Markup) -> Page {
    let mut page = html_page(StatusCode::OK, content);
    page.headers_mut().insert(NUMBER, HeaderValue::from(number));
    page
}

/// Returns a value in a fixed-width font with a button that copies it.
pub(super) fn copyable(label: &str, value: &str) -> Markup {
    html! {
        span.copyable {
            code { (value) }
            button.copy type="button" data-copy=(value) aria-label=(format!("Copy {label}")) {
                "Copy"
            }
        }
    }
}
