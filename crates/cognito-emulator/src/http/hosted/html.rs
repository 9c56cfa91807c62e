//! The HTML pages. They have no scripts, no styles and no external resources.

use bytes::Bytes;
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};
use http_body_util::Full;

use super::request::unstored;
use crate::http::page::Page;

/// One field of a form.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) kind: Kind,
    pub(super) value: &'a str,
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
        let notice = self.notice.map_or_else(String::new, |notice| {
            format!("<p role=\"alert\">{}</p>\n", escaped(notice))
        });
        let fields: String = self.fields.iter().map(shown).collect();
        let body = format!(
            "{notice}<form method=\"post\" action=\"{}\">\n{fields}<p><button type=\"submit\">{}\
             </button></p>\n</form>",
            escaped(self.action),
            escaped(self.button)
        );
        let policy = format!(
            "default-src 'none'; form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'",
            origin(self.leads_to)
        );
        whole(status, self.title, &body, &policy)
    }
}

/// Returns an error page without a redirect.
pub(super) fn error(status: StatusCode, message: &str) -> Page {
    let body = format!("<p role=\"alert\">{}</p>", escaped(message));
    let policy = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
    whole(status, "An error was encountered", &body, policy)
}

fn whole(status: StatusCode, title: &str, body: &str, policy: &str) -> Page {
    let title = escaped(title);
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    );
    let mut page = unstored(Response::new(Full::new(Bytes::from(text))));
    *page.status_mut() = status;
    let headers = page.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html;charset=utf-8"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = HeaderValue::from_str(policy);
    let strict = HeaderValue::from_static("default-src 'none'");
    headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(strict));
    page
}

fn shown(field: &Field<'_>) -> String {
    let [name, label, value] = [field.name, field.label, field.value].map(escaped);
    let (kind, autocomplete) = field.kind.attributes();
    let input = |id: &str, more: &str| {
        format!(
            "<input id=\"{id}\" name=\"{name}\" type=\"{kind}\" value=\"{value}\" \
             autocomplete=\"{autocomplete}\"{more}>"
        )
    };
    match field.kind {
        Kind::Hidden => format!("{}\n", input(&name, "")),
        Kind::Choice => {
            let id = format!("{name}-{value}");
            let input = input(&id, " required");
            format!("<p>{input} <label for=\"{id}\">{label}</label></p>\n")
        }
        _ => {
            let input = input(&name, " required");
            format!("<p><label for=\"{name}\">{label}</label> {input}</p>\n")
        }
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

/// Escapes a string for use in an element or attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_escaped() {
        assert_eq!(
            escaped("<b a=\"1\" c='2'>&"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;"
        );
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
