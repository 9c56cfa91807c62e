//! Messages, which are sent at the end of an operation. A trigger may change them, and no lock may
//! be held while a trigger runs.

use std::cell::RefCell;

use serde_json::Value;

use crate::model::trigger::user_attributes;
use crate::model::user::User;
use crate::state::inbox::Message;

/// The messages of one operation.
#[derive(Default)]
pub(crate) struct Outbox(RefCell<Vec<Letter>>);

pub(crate) struct Letter {
    pub(crate) message: Message,
    pub(crate) username: String,
    pub(crate) attributes: Value,
}

impl Outbox {
    pub(crate) fn post(&self, user: &User, message: Message) {
        self.0.borrow_mut().push(Letter {
            message,
            username: user.username.clone(),
            attributes: user_attributes(user),
        });
    }

    pub(crate) fn take(&self) -> Vec<Letter> {
        self.0.take()
    }
}
