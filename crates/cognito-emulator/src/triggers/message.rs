//! Delivers messages to users. The trigger `CustomMessage` can change their text.

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::trigger::Trigger;
use crate::state::call::Call;
use crate::state::inbox::{Medium, Message, Purpose};
use crate::state::outbox::Letter;
use crate::triggers::event::Subject;

/// The placeholder in the text that the trigger `CustomMessage` returns. The emulator replaces it
/// with the code.
const CODE: &str = "{####}";
/// The placeholder in the text that the trigger `CustomMessage` returns. The emulator replaces it
/// with the user name.
const USERNAME: &str = "{username}";

impl Call<'_> {
    /// Delivers the messages that the operation has created to the inbox, or to the custom senders
    /// of the pool. The trigger `CustomMessage` can change the text of messages in the inbox. Fails
    /// if this trigger fails. The changes of the operation are then kept.
    pub(crate) fn deliver(&self) -> Result<(), Failure> {
        for letter in self.outbox.take() {
            let message = match self.sender(letter.message.medium) {
                Some(trigger) => self.hand_over(trigger, &letter),
                None => self.worded(letter)?,
            };
            self.service.inbox.deliver(message);
        }
        Ok(())
    }

    /// Delivers the messages that the operation has created, and returns the result of the
    /// operation. If the operation succeeded and the delivery fails, returns the error of the
    /// delivery.
    pub(crate) fn settle(&self, answer: Answer) -> Answer {
        let delivered = self.deliver();
        let answer = answer?;
        delivered.map(|()| answer)
    }

    fn worded(&self, letter: Letter) -> Result<Message, Failure> {
        let mut message = letter.message;
        let Some(source) = source(message.purpose, self.operation) else {
            return Ok(message);
        };
        let subject = Subject {
            username: Some(&letter.username),
            client: self.client_id(),
        };
        let request = json!({
            "userAttributes": letter.attributes,
            "codeParameter": CODE,
            "usernameParameter": USERNAME,
            "clientMetadata": self.client_metadata(),
        });
        let response = json!({ "smsMessage": null, "emailMessage": null, "emailSubject": null });
        let trigger = Trigger::CustomMessage;
        let Some(returned) = self.invoke(trigger, source, &subject, request, response)? else {
            return Ok(message);
        };
        if let Some(text) = text(&returned, &message, &letter.username) {
            message.text = text;
        }
        Ok(message)
    }
}

/// Returns the text that the trigger has returned, with the placeholders replaced. Returns `None`
/// if there is no text, or if it has no placeholder for the code. The default text is then used.
fn text(returned: &Map<String, Value>, message: &Message, username: &str) -> Option<String> {
    let name = match message.medium {
        Medium::Email => "emailMessage",
        Medium::Sms => "smsMessage",
    };
    let text = returned.get(name)?.as_str()?;
    let text = text.contains(CODE).then_some(text)?;
    Some(
        text.replace(CODE, &message.code)
            .replace(USERNAME, username),
    )
}

/// Returns the part of `triggerSource` after the underscore for a message (AWS developer guide,
/// "Custom message Lambda trigger sources" and "Custom email sender Lambda trigger sources").
pub(super) fn source(purpose: Purpose, operation: &str) -> Option<&'static str> {
    Some(match (purpose, operation) {
        (Purpose::SignUp, "SignUp") => "SignUp",
        (Purpose::SignUp, _) => "ResendCode",
        (Purpose::Invitation, _) => "AdminCreateUser",
        (Purpose::PasswordReset, _) => "ForgotPassword",
        (Purpose::AttributeVerification, "GetUserAttributeVerificationCode") => {
            "VerifyUserAttribute"
        }
        (Purpose::AttributeVerification, _) => "UpdateUserAttribute",
        (Purpose::Mfa | Purpose::SignIn, _) => "Authentication",
    })
}
