//! The page with the HTML of one e-mail, which the inbox of the emulator's window (its web interface)
//! shows in a frame.
//!
//! Security: the HTML is from a template or a trigger, so it can contain anything. The headers of
//! the page, and the attribute `sandbox` of the frame, allow no script, form or popup. The page has
//! an opaque origin, so it cannot read other pages. It can load nothing, except images in `data:`
//! URLs.

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY};
use http::{Response, StatusCode};
use http_body_util::Full;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::visit::{Visit, link};
use crate::http::page::{Page, with_header};
use crate::state::inbox::Message;

/// The header that disables DNS lookups for the links of a page.
const DNS_PREFETCH: HeaderName = HeaderName::from_static("x-dns-prefetch-control");

/// The content security policy of the page. An e-mail may use styles.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                      form-action 'none'; frame-ancestors 'self'; base-uri 'none'";

/// The default styles of an e-mail: dark text on white, as in most mail programs. A dark mode of
/// the browser does not change the colours.
const STYLE: &str = ":root{color-scheme:light}body{margin:.75rem;background:#fff;color:#1d2125;\
                     font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%}";

/// Returns the URL of the page with the e-mail that has this number in the inbox.
pub(super) fn url(number: u64) -> String {
    link("/message", &[("number", &number.to_string())])
}

/// Returns the page with the e-mail whose number is in the parameter `number`.
pub(super) fn page(visit: &Visit<'_>) -> Page {
    let number = visit.parameter("number").parse().ok();
    let message = number.and_then(|number| visit.instance.pools.inbox.numbered(number));
    match message.filter(Message::has_html) {
        Some(message) => document(
            StatusCode::OK,
            &message.subject,
            &PreEscaped(without_link_elements(&message.text)),
        ),
        None => document(
            StatusCode::NOT_FOUND,
            "No e-mail",
            &html! { p { "The inbox does not contain this e-mail." } },
        ),
    }
}

fn document(status: StatusCode, title: &str, content: &Markup) -> Page {
    let text = html! {
        (DOCTYPE)
        html {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // A link would open another window, which the sandbox does not allow.
                base target="_blank";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (content) }
        }
    };
    // A sandboxed page that has `Cross-Origin-Opener-Policy` cannot be opened in a tab.
    let page = Response::new(Full::new(Bytes::from(text.into_string())));
    let page = with_header(page, CONTENT_TYPE, "text/html;charset=utf-8");
    let page = with_header(page, CONTENT_SECURITY_POLICY, POLICY);
    let page = with_header(page, DNS_PREFETCH, "off");
    let mut page = with_header(page, REFERRER_POLICY, "no-referrer");
    *page.status_mut() = status;
    page
}

/// Renames the `link` elements of an HTML document, so that browsers ignore them.
///
/// Security: browsers connect to the host of `<link rel="preconnect">`, and no content security
/// policy prevents this. An e-mail often contains a code. A template could insert the code into the
/// host name and so send it to another server.
fn without_link_elements(html: &str) -> String {
    const START: &str = "<link";
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    // ASCII case does not change the places of the characters.
    let lower = html.to_ascii_lowercase();
    for (place, _) in lower.match_indices(START) {
        let (before, after) = rest.split_at(place - (html.len() - rest.len()));
        kept.push_str(before);
        kept.push_str("<x-");
        rest = &after[1..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_elements_are_renamed() {
        for (html, expected) in [
            ("<LINK rel=a><link/>ä", "<x-LINK rel=a><x-link/>ä"),
            ("ä<lİnk><b>link</b> <lin", "ä<lİnk><b>link</b> <lin"),
            ("<lin<link", "<lin<x-link"),
            ("", ""),
        ] {
            assert_eq!(without_link_elements(html), expected);
        }
    }
}
