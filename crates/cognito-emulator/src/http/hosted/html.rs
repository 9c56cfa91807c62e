//! The HTML pages. They have no scripts, no styles and no external resources.

use bytes::Bytes;
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};
use http_body_util::Full;
use maud::{DOCTYPE, Markup, html};

use super::request::unstored;
use crate::http::page::{Page, with};

/// One field of a form.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) kind: Kind,
    pub(super) value: &'a str,
}

impl<'a> Field<'a> {
    pub(super) const fn new(name: &'a str, label: &'a str, kind: Kind, value: &'a str) -> Self {
        Self {
            name,
            label,
            kind,
            value,
        }
    }

    pub(super) const fn hidden(name: &'a str, value: &'a str) -> Self {
        Self::new(name, "", Kind::Hidden, value)
    }
}

/// The kind of a field.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// One of several options. The label names it.
    Choice,
    /// A code from a message or an app.
    Code,
    /// A hidden field.
    Hidden,
    NewPassword,
    Password,
    Text,
    Username,
}

impl Kind {
    /// Returns `type` and `autocomplete`.
    const fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::Choice => ("radio", "off"),
            Self::Code => ("text", "one-time-code"),
            Self::Hidden => ("hidden", "off"),
            Self::NewPassword => ("password", "new-password"),
            Self::Password => ("password", "current-password"),
            Self::Text => ("text", "on"),
            Self::Username => ("text", "username"),
        }
    }
}

/// A page with one form.
pub(super) struct FormPage<'a> {
    pub(super) title: &'a str,
    /// A message for the user: an error, or the destination of a code.
    pub(super) notice: Option<&'a str>,
    pub(super) action: &'a str,
    pub(super) fields: &'a [Field<'a>],
    pub(super) button: &'a str,
    /// The URL of the final redirect, for the content security policy: browsers also apply the
    /// policy to redirects after a form.
    pub(super) leads_to: &'a str,
}

impl FormPage<'_> {
    pub(super) fn page(&self, status: StatusCode) -> Page {
        let body = html! {
            @if let Some(notice) = self.notice { (alert(notice)) }
            form method="post" action=(self.action) {
                @for field in self.fields { (shown(field)) }
                p { button type="submit" { (self.button) } }
            }
        };
        let policy = format!(
            "default-src 'none'; form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'",
            origin(self.leads_to)
        );
        whole(status, self.title, &body, &policy)
    }
}

/// Returns an error page without a redirect.
pub(super) fn error(status: StatusCode, message: &str) -> Page {
    let policy = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
    whole(status, "An error was encountered", &alert(message), policy)
}

fn alert(message: &str) -> Markup {
    html! { p role="alert" { (message) } }
}

fn whole(status: StatusCode, title: &str, body: &Markup, policy: &str) -> Page {
    let text = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
            }
            body { main { h1 { (title) } (body) } }
        }
    };
    let page = unstored(Response::new(Full::new(Bytes::from(text.into_string()))));
    let page = with(page, CONTENT_TYPE, "text/html;charset=utf-8");
    let page = with(page, REFERRER_POLICY, "no-referrer");
    let mut page = with(page, X_CONTENT_TYPE_OPTIONS, "nosniff");
    *page.status_mut() = status;
    let policy = HeaderValue::from_str(policy);
    let strict = HeaderValue::from_static("default-src 'none'");
    let headers = page.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(strict));
    page
}

fn shown(field: &Field<'_>) -> Markup {
    let Field {
        name,
        label,
        kind,
        value,
    } = *field;
    let (input_type, autocomplete) = kind.attributes();
    let input = |id: &str, is_required: bool| {
        html! {
            input id=(id) name=(name) type=(input_type) value=(value) autocomplete=(autocomplete)
                required[is_required];
        }
    };
    match kind {
        Kind::Hidden => input(name, false),
        Kind::Choice => {
            let id = format!("{name}-{value}");
            html! { p { (input(&id, true)) " " label for=(id) { (label) } } }
        }
        _ => html! { p { label for=(name) { (label) } " " (input(name, true)) } },
    }
}

/// Returns scheme and host of a URL. For the URL of an app, returns only the scheme.
fn origin(address: &str) -> String {
    let (scheme, rest) = address.split_once(':').unwrap_or_default();
    if !matches!(scheme, "http" | "https") {
        return format!("{scheme}:");
    }
    let authority = rest.trim_start_matches('/');
    let end = authority
        .find(['/', '?', ';', ' '])
        .unwrap_or(authority.len());
    format!("{scheme}://{}", &authority[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped() {
        let field = Field {
            name: "username",
            label: "<b>",
            kind: Kind::Text,
            value: "\" onfocus=\"x",
        };
        let html = shown(&field).into_string();
        assert!(html.contains("&lt;b&gt;"), "{html}");
        assert!(html.contains("value=\"&quot; onfocus=&quot;x\""), "{html}");
    }

    #[test]
    fn a_policy_names_where_the_browser_will_go() {
        for (address, source) in [
            ("https://shop.example/callback?a=b", "https://shop.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://a.example;script-src/x", "https://a.example"),
            ("myapp://in", "myapp:"),
        ] {
            assert_eq!(origin(address), source);
        }
    }
}
