//! The page of the inbox in the emulator's window (its web interface), which shows new messages
//! without a reload.

use std::borrow::Cow;

use maud::{Markup, html};

use super::frame::{Frame, Section, copyable, live_list, new_entries};
use super::message;
use super::visit::{Visit, link};
use crate::http::page::Page;
use crate::model::time::iso8601;
use crate::state::inbox::{Medium, Message};

/// The maximum number of messages on the page of the inbox.
const MOST_MESSAGES: usize = 200;

/// The maximum number of links that the page of the inbox shows for each message.
const MOST_LINKS: usize = 20;

/// The maximum length of an e-mail that the page shows in a low frame, in bytes. The frame of a
/// longer e-mail is higher.
const SHORT_EMAIL: usize = 300;

/// Returns the page with the newest messages.
pub(super) fn page(visit: &Visit<'_>) -> Page {
    let (delivered, items) = newest(visit, 0);
    let frame = Frame::new(Section::Inbox, "Inbox");
    frame.page(&html! {
        p.soft {
            "The emulator sends no messages. They appear here, the newest first. The page updates by \
             itself. E-mails are shown without scripts and external images, and have their links below them."
        }
        div role="log" aria-label="Messages" {
            (live_list("ol", &link("/inbox/new", &[]), delivered, MOST_MESSAGES, &items))
        }
    })
}

/// Returns the HTML of the messages with a number above the parameter `after`. The script of the
/// page requests it and adds it to the list.
pub(super) fn new_messages(visit: &Visit<'_>) -> Page {
    let (delivered, items) = newest(visit, visit.after_number());
    new_entries(delivered, items)
}

/// Returns the number of the newest message, and the HTML of the messages with a number above
/// `after`.
fn newest(visit: &Visit<'_>, after: u64) -> (u64, Markup) {
    let (delivered, messages) = visit.instance.pools.inbox.newest(after, MOST_MESSAGES);
    let numbers = (1..=delivered).rev();
    let items = html! {
        @for (number, message) in numbers.zip(&messages) { (list_item(visit, number, message)) }
    };
    (delivered, items)
}

fn list_item(visit: &Visit<'_>, number: u64, message: &Message) -> Markup {
    let kind = match message.medium {
        Medium::Email => "E-mail",
        Medium::Sms => "Text message",
    };
    html! {
        li.message {
            p.to { strong { (message.to) } }
            p.soft {
                (kind) ", " (message.purpose.name().replace('_', " ")) ", " (iso8601(message.sent_at))
            }
            @if message.trigger.is_some() {
                p { "A custom sender has received this message." }
            }
            @if !message.subject.is_empty() { p { span.soft { "Subject: " } (message.subject) } }
            @if !message.code.is_empty() {
                p.code { (copyable(&format!("the code for {}", message.to), &message.code)) }
            }
            @if message.has_html() {
                (email(number, message))
            } @else if !message.text.is_empty() {
                p.text { (message.text) }
            }
            (links(visit, message))
        }
    }
}

/// Returns a frame (`iframe`) with the HTML of an e-mail. A browser loads the e-mail when the frame
/// becomes visible.
fn email(number: u64, message: &Message) -> Markup {
    let url = message::url(number);
    let title = format!("E-mail {number}, to {}", message.to);
    let is_long = message.text.len() > SHORT_EMAIL;
    html! {
        iframe.email.long[is_long] title=(title) src=(url) sandbox="" loading="lazy" referrerpolicy="no-referrer" {}
        p {
            a href=(url) rel="noreferrer noopener" target="_blank" {
                "Open e-mail " (number) " in a tab"
            }
        }
    }
}

/// Returns the links of a message. Only the links to allowed hosts can be opened. The others can be
/// copied.
fn links(visit: &Visit<'_>, message: &Message) -> Markup {
    let is_own = |url: &str| visit.instance.hosts.has_own_host(url.as_bytes());
    let text = if message.has_html() {
        Cow::Owned(message.text.replace("&amp;", "&"))
    } else {
        Cow::Borrowed(message.text.as_str())
    };
    html! {
        @for url in urls(&text) {
            @if is_own(url) {
                p { a href=(url) rel="noreferrer noopener" target="_blank" { "Open " (url) } }
            } @else {
                p { (copyable(&format!("the link {url}"), url)) }
            }
        }
    }
}

/// Returns the HTTP and HTTPS URLs in the content of a message, in their order and without
/// duplicates. If there are more than [`MOST_LINKS`], returns only the first ones.
fn urls(text: &str) -> Vec<&str> {
    let ends = |letter: char| letter.is_whitespace() || "\"'<>".contains(letter);
    let mut found = Vec::new();
    for word in text.split(ends) {
        // The value of an HTML attribute need not have quotes.
        let word = word.strip_prefix("href=").unwrap_or(word);
        let is_url = word.starts_with("http://") || word.starts_with("https://");
        if is_url && found.len() < MOST_LINKS && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_end_at_quotes_and_tags() {
        let text = "<a href=\"http://localhost/confirmUser?code=1\">Verify</a> https://a.example/. \
                    javascript:alert(1) http://localhost/confirmUser?code=1 <a href=https://b.example>";
        let expected = [
            "http://localhost/confirmUser?code=1",
            "https://a.example/.",
            "https://b.example",
        ];
        assert_eq!(urls(text), expected);
    }
}
