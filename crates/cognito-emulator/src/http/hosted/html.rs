//! The HTML of the hosted pages. The pages have no external resources. Only the page for a passkey
//! has a script. Only a page with branding has styles.

use bytes::Bytes;
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};
use http_body_util::Full;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::look::Look;
use super::request::unstored;
use crate::http::page::{Page, hash, with_header};

#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) kind: Kind,
    pub(super) value: &'a str,
    /// `true` if the field is required: the browser then does not submit the form without a value
    /// for it.
    is_required: bool,
    /// Rules for the value, which the page shows below the field.
    rules: &'a [String],
}

impl<'a> Field<'a> {
    pub(super) const fn new(name: &'a str, label: &'a str, kind: Kind, value: &'a str) -> Self {
        Self {
            name,
            label,
            kind,
            value,
            is_required: true,
            rules: &[],
        }
    }

    pub(super) const fn required_if(mut self, is_required: bool) -> Self {
        self.is_required = is_required;
        self
    }

    pub(super) const fn rules(mut self, rules: &'a [String]) -> Self {
        self.rules = rules;
        self
    }

    pub(super) const fn hidden(name: &'a str, value: &'a str) -> Self {
        Self::new(name, "", Kind::Hidden, value)
    }
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A radio button. The label names the option that the button selects.
    Choice,
    /// A field for a code from a message or from an authenticator app.
    Code,
    Hidden,
    /// An input field. The values are its HTML attributes `type` and `autocomplete`.
    Input(&'static str, &'static str),
    NewPassword,
    Password,
    Text,
    Username,
}

impl Kind {
    /// Returns the values of the attributes `type` and `autocomplete` of the `input` element.
    const fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::Choice => ("radio", "off"),
            Self::Code => ("text", "one-time-code"),
            Self::Hidden => ("hidden", "off"),
            Self::Input(input_type, autocomplete) => (input_type, autocomplete),
            Self::NewPassword => ("password", "new-password"),
            Self::Password => ("password", "current-password"),
            Self::Text => ("text", "on"),
            Self::Username => ("text", "username"),
        }
    }
}

/// A page with a form. If [`fields`](Self::fields) is empty, the page shows no form.
pub(super) struct FormPage<'a> {
    pub(super) title: &'a str,
    /// A message for the user: an error, or the masked address to which a code was sent. `None` if
    /// there is no message.
    pub(super) notice: Option<&'a str>,
    /// The content of the page above the form.
    pub(super) intro: Markup,
    pub(super) action: String,
    /// The fields of the form.
    pub(super) fields: &'a [Field<'a>],
    pub(super) button: &'a str,
    /// The content of the page below the form: links to other pages, or another form.
    pub(super) more: Markup,
    /// The data for the script that requests a passkey from the browser when the user sends the
    /// form. `None` if the page needs no passkey.
    pub(super) passkey: Option<Passkey<'a>>,
    pub(super) language: &'static str,
    pub(super) look: &'a Look,
    /// The redirect URI of the app client. The server redirects to this URL after the last form of
    /// a sign-in. The content security policy allows this URL, because browsers apply `form-action`
    /// to redirects too.
    pub(super) leads_to: &'a str,
}

impl FormPage<'_> {
    pub(super) fn page(&self, status: StatusCode) -> Page {
        let body = html! {
            @if let Some(notice) = self.notice { (alert(notice)) }
            (self.intro)
            @if !self.fields.is_empty() {
                (form_with(&self.action, self.fields, self.button, self.passkey))
            }
            (self.more)
        };
        let mut policy = format!(
            "default-src 'none'; form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'",
            origin(self.leads_to)
        );
        if self.passkey.is_some() {
            policy.push_str(&format!("; script-src 'sha256-{}'", hash(PASSKEY_SCRIPT)));
        }
        add_branding(&mut policy, self.look);
        let frame = Frame {
            language: self.language,
            look: self.look,
        };
        whole(status, self.title, &body, &policy, &frame)
    }
}

/// Adds the style sheet and the logo of a page's branding to a content security policy.
fn add_branding(policy: &mut String, look: &Look) {
    if !look.css.is_empty() {
        policy.push_str(&format!("; style-src 'sha256-{}'", hash(&look.css)));
    }
    if look.logo.is_some() {
        policy.push_str("; img-src data:");
    }
}

/// Returns a page without a form, with the branding of an app client.
pub(super) fn message(status: StatusCode, title: &str, body: &Markup, frame: &Frame<'_>) -> Page {
    let mut policy = NO_FORM.to_owned();
    add_branding(&mut policy, frame.look);
    whole(status, title, body, &policy, frame)
}

/// The content security policy of pages without a form.
const NO_FORM: &str =
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// The data for the script of a page that creates a passkey or signs in with a passkey.
#[derive(Clone, Copy)]
pub(super) struct Passkey<'a> {
    /// The method of `navigator.credentials` that the script calls: `create` or `get`.
    pub(super) ceremony: &'static str,
    /// The options that the script passes to `navigator.credentials`, as JSON.
    pub(super) options: &'a str,
    /// The message that the page shows if `navigator.credentials` fails, for example because the
    /// user cancels the request for a passkey.
    pub(super) failed: &'a str,
}

/// The script of the page for a passkey. The content security policy allows the script by its hash,
/// so the script must be the same on every page. The response of the browser becomes the value of
/// the field `credential`.
const PASSKEY_SCRIPT: &str = include_str!("passkey.js");

/// Returns a form with one button.
pub(super) fn form(action: &str, fields: &[Field<'_>], button: &str) -> Markup {
    form_with(action, fields, button, None)
}

fn form_with(
    action: &str,
    fields: &[Field<'_>],
    button: &str,
    passkey: Option<Passkey<'_>>,
) -> Markup {
    html! {
        form method="post" action=(action) data-options=[passkey.map(|passkey| passkey.options)]
            data-ceremony=[passkey.map(|passkey| passkey.ceremony)] {
            @for field in fields { (shown(field)) }
            @if let Some(passkey) = passkey {
                p #failed role="alert" hidden { (passkey.failed) }
            }
            p { button type="submit" { (button) } }
        }
        @if passkey.is_some() { script { (PreEscaped(PASSKEY_SCRIPT)) } }
    }
}

/// The script of a page that sends its form immediately.
const SENDING_SCRIPT: &str = "document.forms[0].submit();";

/// Returns a page that immediately sends a form to a URL. If the browser runs no scripts, the user
/// sends the form.
///
/// The content security policy has no `form-action`: browsers apply it to redirects too, and the
/// last redirect goes to the app client, whose URL is not known here.
pub(super) fn sending(title: &str, action: &str, fields: &[Field<'_>]) -> Page {
    let body = html! {
        (form(action, fields, "Continue"))
        script { (PreEscaped(SENDING_SCRIPT)) }
    };
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; frame-ancestors 'none'; base-uri 'none'",
        hash(SENDING_SCRIPT)
    );
    whole(StatusCode::OK, title, &body, &policy, &PLAIN)
}

/// Returns a paragraph with a link.
pub(super) fn link(url: &str, text: &str) -> Markup {
    html! { p { a href=(url) { (text) } } }
}

/// Returns a paragraph with a link to a page of another site. The link opens a new tab, so that the
/// values in the form on this page are kept. The other page cannot access this page and does not
/// receive its URL.
pub(super) fn outer_link(url: &str, text: &str) -> Markup {
    html! { p { a href=(url) target="_blank" rel="noopener noreferrer" { (text) } } }
}

/// Returns an error page in HTML. The browser is not redirected.
pub(super) fn error(status: StatusCode, message: &str) -> Page {
    let title = "An error was encountered";
    whole(status, title, &alert(message), NO_FORM, &PLAIN)
}

pub(super) fn alert(message: &str) -> Markup {
    html! { p role="alert" { (message) } }
}

/// The language and the branding of a page.
pub(super) struct Frame<'a> {
    pub(super) language: &'static str,
    pub(super) look: &'a Look,
}

/// The frame of pages without branding, in English.
pub(super) static PLAIN: Frame<'static> = Frame {
    language: "en",
    look: &Look::NONE,
};

pub(super) fn whole(
    status: StatusCode,
    title: &str,
    body: &Markup,
    policy: &str,
    frame: &Frame<'_>,
) -> Page {
    let Look { css, logo } = frame.look;
    let text = html! {
        (DOCTYPE)
        html lang=(frame.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                @if !css.is_empty() { style { (PreEscaped(css)) } }
            }
            body {
                @if let Some(logo) = logo { header { img src=(logo) alt=""; } }
                main { h1 { (title) } (body) }
            }
        }
    };
    let page = unstored(Response::new(Full::new(Bytes::from(text.into_string()))));
    let page = with_header(page, CONTENT_TYPE, "text/html;charset=utf-8");
    let page = with_header(page, REFERRER_POLICY, "no-referrer");
    let mut page = with_header(page, X_CONTENT_TYPE_OPTIONS, "nosniff");
    *page.status_mut() = status;
    let policy = HeaderValue::from_str(policy);
    let strict = HeaderValue::from_static("default-src 'none'");
    let headers = page.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(strict));
    page
}

pub(super) fn shown(field: &Field<'_>) -> Markup {
    let Field {
        name,
        label,
        kind,
        value,
        is_required,
        rules,
    } = *field;
    let (input_type, autocomplete) = kind.attributes();
    let rules_id = (!rules.is_empty()).then(|| format!("{name}-rules"));
    let input = |id: &str, is_required: bool| {
        html! {
            input id=(id) name=(name) type=(input_type) value=(value) autocomplete=(autocomplete)
                aria-describedby=[rules_id.as_deref()] required[is_required];
        }
    };
    match kind {
        Kind::Hidden => html! { input name=(name) type="hidden" value=(value); },
        Kind::Choice => {
            let id = format!("{name}-{value}");
            html! { p { (input(&id, true)) " " label for=(id) { (label) } } }
        }
        _ => html! {
            p { label for=(name) { (label) } " " (input(name, is_required)) }
            @if let Some(id) = &rules_id {
                ul id=(id) { @for rule in rules { li { (rule) } } }
            }
        },
    }
}

/// Returns the scheme, host and port of a URL. If the URL is not HTTP or HTTPS, returns only the
/// scheme.
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
