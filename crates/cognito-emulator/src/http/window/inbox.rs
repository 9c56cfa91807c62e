//! The page of the inbox in the emulator's window (its web interface), which shows new messages
//! without a reload.

use maud::{Markup, html};

use super::frame::{Frame, Section, copyable, live_list, new_entries};
use super::visit::{Visit, link};
use crate::http::page::Page;
use crate::model::time::iso8601;
use crate::state::inbox::{Medium, Message};

/// The maximum number of messages on the page.
const MOST_MESSAGES: usize = 200;

/// Returns the page with the newest messages.
pub(super) fn page(visit: &Visit<'_>) -> Page {
    let (delivered, messages) = visit.instance.pools.inbox.newest(0, MOST_MESSAGES);
    let frame = Frame::new(Section::Inbox, "Inbox");
    frame.page(&html! {
        p.soft {
            "The emulator sends no messages. They appear here, the newest first. The page updates by itself."
        }
        div role="log" aria-label="Messages" {
            (live_list("ol", &link("/inbox/new", &[]), delivered, MOST_MESSAGES, &list_items(&messages)))
        }
    })
}

/// Returns the HTML of the messages with a number above the parameter `after`. The script of the
/// page requests it and adds it to the list.
pub(super) fn new_messages(visit: &Visit<'_>) -> Page {
    let (delivered, messages) = visit
        .instance
        .pools
        .inbox
        .newest(visit.after_number(), MOST_MESSAGES);
    new_entries(delivered, list_items(&messages))
}

fn list_items(messages: &[Message]) -> Markup {
    html! { @for message in messages { (list_item(message)) } }
}

fn list_item(message: &Message) -> Markup {
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
            @if !message.code.is_empty() {
                p.code { (copyable(&format!("the code for {}", message.to), &message.code)) }
            }
            @if !message.text.is_empty() { p.text { (message.text) } }
            @for url in urls(&message.text) {
                p { a href=(url) rel="noreferrer noopener" target="_blank" { "Open " (url) } }
            }
        }
    }
}

/// Returns the HTTP and HTTPS URLs in the content of a message, without duplicates.
fn urls(text: &str) -> Vec<&str> {
    let ends = |letter: char| letter.is_whitespace() || "\"'<>".contains(letter);
    let mut found = Vec::new();
    for word in text.split(ends) {
        let is_url = word.starts_with("http://") || word.starts_with("https://");
        if is_url && !found.contains(&word) {
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
                    javascript:alert(1) http://localhost/confirmUser?code=1";
        let expected = ["http://localhost/confirmUser?code=1", "https://a.example/."];
        assert_eq!(urls(text), expected);
    }
}
