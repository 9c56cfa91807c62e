//! The messages of an operation ([`Outbox`]). A trigger can change a message, and no lock may be
//! held while the trigger runs. Therefore the messages are sent only after the operation has ended
//! and released its locks.

use std::cell::RefCell;

use serde_json::Value;

use crate::model::trigger::user_attributes;
use crate::model::user::User;
use crate::state::inbox::Message;

/// The messages of one operation that are not sent yet.
#[derive(Default)]
pub(crate) struct Outbox(RefCell<Vec<Letter>>);

/// A message, with the user name and the attributes that the trigger `CustomMessage` receives.
pub(crate) struct Letter {
    pub(crate) message: Message,
    pub(crate) username: String,
    pub(crate) attributes: Value,
}

impl Outbox {
    /// Adds a message that will be sent to a user.
    pub(crate) fn post(&self, user: &User, message: Message) {
        self.0.borrow_mut().push(Letter {
            message,
            username: user.username.clone(),
            attributes: user_attributes(user),
        });
    }

    /// Removes and returns all messages that are not sent yet.
    pub(crate) fn take(&self) -> Vec<Letter> {
        self.0.take()
    }
}
