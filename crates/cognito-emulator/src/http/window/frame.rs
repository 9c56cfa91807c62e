//! The frame of every page of the window: the navigation, the styles, the script and the headers.

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};
use http_body_util::Full;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::visit::{PATH, link};
use crate::http::page::{Page, hash, with_header};
use crate::model::aws::Api;
use crate::model::failure::Failure;
use crate::operations;

/// The header with the number of the newest entry of a list.
const NUMBER: HeaderName = HeaderName::from_static("x-emulator-number");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const SCRIPT: &str = include_str!("window.js");
const STYLE: &str = include_str!("window.css");

/// The content security policy of the window. Only the script and the styles of the window are
/// allowed, by their hashes.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        hash(SCRIPT),
        hash(STYLE),
    );
    HeaderValue::from_str(&policy).ok()
});

/// An entry of the navigation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Control,
    Inbox,
    Pools,
    Requests,
    Tokens,
    Users,
}

/// The entries of the navigation, with their titles and paths.
const SECTIONS: &[(Section, &str, &str)] = &[
    (Section::Pools, "Pools", ""),
    (Section::Users, "Users", "/users"),
    (Section::Inbox, "Inbox", "/inbox"),
    (Section::Requests, "Requests", "/requests"),
    (Section::Tokens, "Tokens", "/tokens"),
    (Section::Control, "Clock and faults", "/control"),
];

/// A page of the window without its content.
pub(super) struct Frame<'a> {
    section: Section,
    title: &'a str,
    /// The operation whose success the page reports. Empty if there is none.
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

    /// Reports the success of an operation at the top of the page. Does nothing if `operation` is not
    /// the name of an operation.
    ///
    /// Security: the name is from the URL. A link on another site could otherwise show any words on
    /// the page.
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

    /// Returns the page with its content.
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
        with_headers(self.status, text)
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

/// Returns a response with HTML and the security headers of the window. The header
/// `Referrer-Policy` must not be `no-referrer`: browsers would then send `Origin: null` with the
/// forms of the window.
pub(super) fn with_headers(status: StatusCode, content: Markup) -> Page {
    let page = Response::new(Full::new(Bytes::from(content.into_string())));
    let page = with_header(page, CONTENT_TYPE, "text/html;charset=utf-8");
    let page = with_header(page, CACHE_CONTROL, "no-store");
    let page = with_header(page, REFERRER_POLICY, "same-origin");
    let page = with_header(page, OPENER_POLICY, "same-origin");
    let page = with_header(page, RESOURCE_POLICY, "same-origin");
    let mut page = with_header(page, X_CONTENT_TYPE_OPTIONS, "nosniff");
    *page.status_mut() = status;
    let strict = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    let policy = POLICY.clone().unwrap_or(strict);
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    page
}

/// Returns a redirect to the URL `to`, which the browser requests with `GET`. If `to` is not a valid
/// header value, the redirect is to the first page of the window.
pub(in crate::http) fn redirect(to: &str) -> Page {
    let mut page = with_header(Response::new(Full::default()), CACHE_CONTROL, "no-store");
    *page.status_mut() = StatusCode::SEE_OTHER;
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static(PATH));
    page.headers_mut().insert(LOCATION, to);
    page
}

/// Returns a page that shows an error of an operation.
pub(super) fn failed(section: Section, title: &str, failure: &Failure) -> Page {
    let frame = Frame::new(section, title).with_status(StatusCode::BAD_REQUEST);
    frame.page(&html! {
        p role="alert" { strong { (failure.code()) } ": " (failure.message()) }
        p { a href=(PATH) { "Back to the pools" } }
    })
}

/// Returns a form that calls an operation. `hidden` contains the members of the request that the user
/// does not see. `back` is the URL of the page after the call.
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

/// Returns a labelled field of a form.
pub(super) fn field(label: &str, name: &str, kind: &str, is_required: bool) -> Markup {
    html! {
        label { span { (label) } input name=(name) type=(kind) required[is_required] autocomplete="off"; }
    }
}

/// Returns a form that deletes something. The form is collapsed, so that a click on the wrong place
/// deletes nothing.
pub(super) fn deletion(title: &str, form: &Markup) -> Markup {
    html! { details.danger { summary { (title) } (form) } }
}

/// Returns a table that can be scrolled if the screen is narrow.
pub(super) fn table(caption: &str, columns: &[&str], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// Returns a list to which the script of the window adds new entries at the top. `tag` is `ol` or
/// `tbody`. The script requests the new entries from `url`. `number` is the number of the newest entry
/// in `content`. If the list has more than `most` entries, the script removes the last ones.
pub(super) fn live(tag: &str, url: &str, number: u64, most: usize, content: &Markup) -> Markup {
    html! {
        @if tag == "ol" {
            ol.live data-live=(url) data-after=(number) data-most=(most) { (content) }
        } @else {
            tbody data-live=(url) data-after=(number) data-most=(most) { (content) }
        }
    }
}

/// Returns the new entries of a list of [`live`]. `number` is the number of the newest entry.
pub(super) fn rows(number: u64, content: Markup) -> Page {
    let mut page = with_headers(StatusCode::OK, content);
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
