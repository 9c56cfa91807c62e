//! The messages that the pools have created, such as codes and invitations ([`Inbox`]). The
//! emulator does not send them as e-mail or SMS.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use cognito_core::clock::rfc3339;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::model::attributes::standard::mask;
use crate::model::named::named;
use crate::model::trigger::Trigger;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;

/// The maximum number of messages in an inbox. If it is reached, the oldest message is removed.
const CAPACITY: usize = 10_000;

/// The e-mails and text messages that the pools would have sent. At most 10,000 messages are kept.
/// If there are more, the oldest are removed.
///
/// Clones share the messages. Addresses are compared without regard to the case of ASCII letters.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<Messages>>);

#[derive(Default)]
struct Messages {
    kept: VecDeque<Message>,
    /// The number of messages since the start, including the removed messages.
    delivered: u64,
    scope: Scope,
}

impl Messages {
    /// Marks the state file's entry of a message as changed. `place` is the index of the message in
    /// `kept`.
    fn mark(&self, place: usize) {
        if self.scope.is_tracking() {
            self.scope.mark(Kind::Message, &self.key(place));
        }
    }

    /// Returns the key under which the state file stores a message. The key is the index of the
    /// message among all messages since the start, with leading zeros. `place` is the index of the
    /// message in `kept`.
    fn key(&self, place: usize) -> String {
        let removed = self.delivered - self.kept.len() as u64;
        format!("{:012}", removed + place as u64)
    }
}

impl Inbox {
    pub(crate) fn new(scope: Scope) -> Self {
        Self(Arc::new(Mutex::new(Messages {
            scope,
            ..Messages::default()
        })))
    }

    /// Calls `visit` with each message and the key of its state file entry, from the oldest to the
    /// newest message.
    pub(super) fn visit(&self, mut visit: impl FnMut(&str, &Message)) {
        let messages = self.0.lock();
        for (place, message) in messages.kept.iter().enumerate() {
            visit(&messages.key(place), message);
        }
    }

    /// Returns `true` if [`restore`](Self::restore) accepts the key of an entry.
    pub(super) fn is_key(key: &str) -> bool {
        key.parse::<u64>().is_ok_and(|number| number < u64::MAX / 2)
    }

    /// Calls `visit` with the message whose state file entry has this key. Does nothing if there is
    /// no such message.
    pub(super) fn visit_one(&self, key: &str, visit: impl FnOnce(&Message)) {
        let messages = self.0.lock();
        let removed = messages.delivered - messages.kept.len() as u64;
        let number = key.parse::<u64>().ok();
        let place = number.and_then(|number| number.checked_sub(removed));
        let place = place.and_then(|place| usize::try_from(place).ok());
        let place = place.filter(|place| messages.key(*place) == key);
        if let Some(message) = place.and_then(|place| messages.kept.get(place)) {
            visit(message);
        }
    }

    /// Replaces the messages of the inbox with messages from a state file. `restored` contains each
    /// message with the key of its state file entry, and must be sorted by key.
    pub(super) fn restore(&self, restored: Vec<(String, Message)>) {
        let mut messages = self.0.lock();
        let last = restored.last().and_then(|(key, _)| key.parse::<u64>().ok());
        messages.kept = restored.into_iter().map(|(_, message)| message).collect();
        let kept = messages.kept.len() as u64;
        messages.delivered = last.map_or(0, |last| last.saturating_add(1)).max(kept);
    }

    /// Returns the code or the temporary password in the newest message to an address. Returns
    /// `None` if there is no message, or if a custom sender has received it.
    pub fn latest_code(&self, to: &str) -> Option<String> {
        let message = self.latest(to)?;
        message.trigger.is_none().then_some(message.code)
    }

    /// Returns the newest message to an address. Returns `None` if there is no message.
    pub fn latest(&self, to: &str) -> Option<Message> {
        let messages = self.0.lock();
        messages
            .kept
            .iter()
            .rev()
            .find(|message| message.is_to(to))
            .cloned()
    }

    /// Returns all messages to an address, from the oldest to the newest.
    pub fn messages(&self, to: &str) -> Vec<Message> {
        let messages = self.0.lock();
        messages
            .kept
            .iter()
            .filter(|message| message.is_to(to))
            .cloned()
            .collect()
    }

    /// Returns all messages in the inbox, from the oldest to the newest.
    pub fn all(&self) -> Vec<Message> {
        self.0.lock().kept.iter().cloned().collect()
    }

    /// Returns the number of messages in the inbox.
    pub fn len(&self) -> usize {
        self.0.lock().kept.len()
    }

    /// Returns `true` if the inbox contains no messages.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all messages from the inbox.
    pub fn clear(&self) {
        let mut messages = self.0.lock();
        messages.scope.mark_all(Kind::Message);
        messages.kept.clear();
    }

    /// Adds a message. If the inbox is full, removes the oldest message.
    pub(crate) fn deliver(&self, message: Message) {
        let mut messages = self.0.lock();
        if messages.kept.len() >= CAPACITY {
            messages.mark(0);
            messages.kept.pop_front();
        }
        messages.kept.push_back(message);
        messages.delivered += 1;
        messages.mark(messages.kept.len() - 1);
    }

    /// Returns the number of messages since the start, and the messages after the message with the
    /// number `after`, from the newest to the oldest. Returns at most `most` messages.
    pub(crate) fn newest(&self, after: u64, most: usize) -> (u64, Vec<Message>) {
        let messages = self.0.lock();
        let new = messages.delivered.saturating_sub(after);
        let new = usize::try_from(new).unwrap_or(usize::MAX).min(most);
        let newest = messages.kept.iter().rev().take(new);
        (messages.delivered, newest.cloned().collect())
    }

    /// Returns the message with this number. The messages are numbered from 1, in the order in which
    /// they were delivered. Returns `None` if the inbox does not contain the message.
    pub(crate) fn numbered(&self, number: u64) -> Option<Message> {
        let messages = self.0.lock();
        let newer = messages.delivered.checked_sub(number)?;
        let newer = usize::try_from(newer).ok()?;
        messages.kept.iter().rev().nth(newer).cloned()
    }

    /// Returns the JSON of the inbox page: the messages to the address `to`. If `to` is `None`,
    /// returns all messages.
    pub(crate) fn page(&self, to: Option<&str>) -> Value {
        let messages = to.map_or_else(|| self.all(), |to| self.messages(to));
        messages.iter().map(Message::to_json).collect()
    }
}

/// Security: `Debug` shows the number of messages, not their content.
impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("len", &self.len()).finish()
    }
}

/// A message that a pool would have sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The e-mail address or phone number to which the message would be sent.
    pub to: String,
    /// Whether the message is an e-mail or a text message.
    pub medium: Medium,
    /// The reason for the message, such as a sign-up.
    pub purpose: Purpose,
    /// The code or the temporary password in the message. Empty if a custom sender has received
    /// the message.
    pub code: String,
    /// The subject of an e-mail. Empty for a text message. Also empty if a custom sender has
    /// received the message, because the sender writes the subject.
    pub subject: String,
    /// The body of the message, with the code. The body of an e-mail is HTML. Empty if a custom
    /// sender has received the message, because the sender writes the body.
    pub text: String,
    /// The custom sender to which the pool has sent the message. `None` if the pool has no custom
    /// sender for the medium.
    pub trigger: Option<Trigger>,
    /// The emulator's time when the message was sent.
    pub sent_at: SystemTime,
}

impl Message {
    /// Returns `true` if the message is an e-mail whose body contains HTML tags or character
    /// references. Such a body must be shown as HTML, not as plain text.
    pub(crate) fn has_html(&self) -> bool {
        let starts_markup = |(place, _): (usize, &str)| {
            let mut rest = self.text[place..].bytes();
            match (rest.next(), rest.next()) {
                (Some(b'<'), Some(next)) => next.is_ascii_alphabetic() || b"!/?".contains(&next),
                (Some(b'&'), Some(next)) => next.is_ascii_alphabetic() || next == b'#',
                _ => false,
            }
        };
        self.medium == Medium::Email && self.text.match_indices(['<', '&']).any(starts_markup)
    }

    fn is_to(&self, address: &str) -> bool {
        self.to.eq_ignore_ascii_case(address)
    }

    fn to_json(&self) -> Value {
        json!({
            "to": self.to,
            "medium": self.medium.name(),
            "purpose": self.purpose.name(),
            "code": self.code,
            "subject": self.subject,
            "text": self.text,
            "trigger": self.trigger.map(Trigger::setting),
            "sent_at": rfc3339(self.sent_at),
        })
    }
}

/// Security: `Debug` shows neither the address nor the content of the message.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("medium", &self.medium)
            .field("purpose", &self.purpose)
            .field("trigger", &self.trigger)
            .field("sent_at", &rfc3339(self.sent_at))
            .finish_non_exhaustive()
    }
}

named! {
    /// The medium of a message.
    #[non_exhaustive]
    pub enum Medium {
        /// The message is an e-mail.
        Email = "EMAIL",
        /// The message is a text message (SMS).
        Sms = "SMS",
    }
}

named! {
    /// The reason why a pool sends a message to a user.
    #[non_exhaustive]
    pub enum Purpose {
        /// The message contains a code to verify a new or changed address of a user.
        AttributeVerification = "attribute_verification",
        /// The message contains a temporary password for a user whom an operator has created.
        Invitation = "invitation",
        /// The message contains a code for the second factor of a sign-in, or for the set-up of
        /// this factor.
        Mfa = "mfa",
        /// The message contains a code to replace a forgotten password.
        PasswordReset = "password_reset",
        /// The message informs the user of a sign-in with a risk. It contains no code.
        RiskNotification = "risk_notification",
        /// The message contains a code for the first factor of a sign-in.
        SignIn = "sign_in",
        /// The message contains a code to confirm a sign-up.
        SignUp = "sign_up",
    }
}

impl Purpose {
    /// Returns the subject of an e-mail with this purpose, if the pool has no template for it.
    pub(crate) const fn subject(self) -> &'static str {
        match self {
            Self::AttributeVerification | Self::SignUp => "Your verification code",
            Self::Invitation => "Your temporary password",
            Self::Mfa | Self::SignIn => "Your authentication code",
            Self::PasswordReset => "Your password reset code",
            // The message is from the risk configuration.
            Self::RiskNotification => "",
        }
    }

    /// Returns the body of a message with this purpose, as in Cognito's default templates.
    pub(crate) fn text(self, username: &str, code: &str) -> String {
        match self {
            Self::AttributeVerification | Self::SignUp => {
                format!("Your verification code is {code}")
            }
            Self::Invitation => {
                format!("Your username is {username} and temporary password is {code}")
            }
            Self::Mfa | Self::SignIn => format!("Your authentication code is {code}"),
            Self::PasswordReset => format!("Your password reset code is {code}"),
            // The message is from the risk configuration.
            Self::RiskNotification => String::new(),
        }
    }
}

impl Medium {
    /// Returns the name of the user attribute that contains the address for messages of this
    /// medium: `email` or `phone_number`.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "phone_number",
        }
    }
}

/// Returns `CodeDeliveryDetails` of a message. The address is masked.
pub(crate) fn delivery(to: &str, medium: Medium, attribute: &str) -> Value {
    json!({
        "Destination": mask(to),
        "DeliveryMedium": medium.name(),
        "AttributeName": attribute,
    })
}

/// Returns the medium of a message to the address in `attribute`: SMS for `phone_number`, otherwise
/// e-mail.
pub(crate) fn medium(attribute: &str) -> Medium {
    if attribute == "phone_number" {
        Medium::Sms
    } else {
        Medium::Email
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn message(to: &str, code: &str) -> Message {
        Message {
            to: to.to_owned(),
            medium: Medium::Email,
            purpose: Purpose::SignUp,
            code: code.to_owned(),
            subject: Purpose::SignUp.subject().to_owned(),
            text: Purpose::SignUp.text(to, code),
            trigger: None,
            sent_at: UNIX_EPOCH,
        }
    }

    #[test]
    fn the_newest_code_wins_and_memory_is_bounded() {
        let inbox = Inbox::default();
        for number in 0..=CAPACITY {
            inbox.deliver(message("a@example.com", &format!("{number:06}")));
        }
        assert_eq!(inbox.len(), CAPACITY);
        assert_eq!(
            inbox.latest_code("A@example.com").as_deref(),
            Some("010000")
        );
        assert_eq!(inbox.messages("a@example.com")[0].code, "000001");
        assert_eq!(inbox.latest_code("b@example.com"), None);
    }

    #[test]
    fn numbers_of_removed_messages_are_unknown() {
        let inbox = Inbox::default();
        let code = |number| inbox.numbered(number).map(|message| message.code);
        for number in ["1", "2", "3"] {
            inbox.deliver(message("a@example.com", number));
        }
        assert_eq!(code(1).as_deref(), Some("1"));
        assert_eq!(code(3).as_deref(), Some("3"));
        assert_eq!((code(0), code(4), code(u64::MAX)), (None, None, None));
        inbox.clear();
        inbox.deliver(message("a@example.com", "4"));
        assert_eq!((code(3), code(4).as_deref()), (None, Some("4")));
    }

    #[test]
    fn only_emails_with_markup_have_html() {
        let mut message = message("a@example.com", "123456");
        for (text, expected) in [
            ("<b>123456</b>", true),
            ("Tom &amp; Ann", true),
            ("&#49;", true),
            ("<!-- a -->", true),
            ("1 < 2 & 3 <3", false),
            ("123456 <", false),
            ("ä & ö", false),
        ] {
            message.text = text.to_owned();
            assert_eq!(message.has_html(), expected, "{text}");
        }
        message.text = "<b>123456</b>".to_owned();
        message.medium = Medium::Sms;
        assert!(!message.has_html());
    }
}
