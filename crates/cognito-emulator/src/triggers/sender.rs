//! Sends codes through the triggers `CustomEmailSender` and `CustomSMSSender`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::model::attributes::standard::ADDRESSES;
use crate::model::encrypted_message;
use crate::model::encrypted_message::Context;
use crate::model::trigger::Trigger;
use crate::state::call::Call;
use crate::state::inbox::{Medium, Message};
use crate::state::log_entries::on_lost_message;
use crate::state::outbox::Letter;
use crate::triggers::event::Subject;
use crate::triggers::message::source;

impl Call<'_> {
    /// Returns the trigger that sends messages of a medium. Returns `None` if the pool sends them
    /// itself, or if the operation must not call triggers.
    pub(super) fn sender(&self, medium: Medium) -> Option<Trigger> {
        let trigger = match medium {
            Medium::Email => Trigger::CustomEmailSender,
            Medium::Sms => Trigger::CustomSmsSender,
        };
        let has_sender = self.service.settings.triggers.has(trigger);
        (self.calls_triggers && has_sender).then_some(trigger)
    }

    /// Sends a message to a custom sender, with an encrypted code. Returns the message for the
    /// inbox, without the code.
    ///
    /// Cognito does not wait for a custom sender, so errors of the trigger do not change the result
    /// of the operation. The errors are logged.
    pub(super) fn hand_over(&self, trigger: Trigger, letter: &Letter) -> Message {
        let message = &letter.message;
        let code = self.encrypted(&message.code);
        let is_sent = code.is_some_and(|code| self.call_sender(trigger, letter, &code));
        if !is_sent {
            tracing::warn!(trigger = trigger.setting(), "a custom sender failed");
            on_lost_message(self, &format!("The trigger {} failed.", trigger.setting()));
        }
        Message {
            code: String::new(),
            subject: String::new(),
            text: String::new(),
            trigger: Some(trigger),
            to: message.to.clone(),
            ..*message
        }
    }

    /// Encrypts a code with the KMS key of the pool. Returns the encrypted message in base64.
    /// Returns `None` if the encryption fails.
    fn encrypted(&self, code: &str) -> Option<String> {
        let settings = &self.service.settings;
        let arn = settings.kms_key();
        // As in a code that Cognito has sent.
        let context = Context::from([("userpool-id".to_owned(), settings.pool_id.clone())]);
        let keys = &self.service.keys;
        let data_key = |context: &Context| keys.data_key(&settings.account, &arn, context);
        let message = encrypted_message::encrypt(code.as_bytes(), context, data_key)?;
        Some(STANDARD.encode(message))
    }

    /// Calls a custom sender. Returns `true` if the call succeeded. The response has no effect.
    fn call_sender(&self, trigger: Trigger, letter: &Letter, code: &str) -> bool {
        let message = &letter.message;
        let Some(source) = source(message.purpose, self.operation) else {
            return false;
        };
        let subject = Subject {
            username: Some(&letter.username),
            client: self.client_id(),
        };
        let kind = match trigger {
            Trigger::CustomSmsSender => "customSMSSenderRequestV1",
            _ => "customEmailSenderRequestV1",
        };
        let request = json!({
            "type": kind,
            "code": code,
            "clientMetadata": self.fields.get("ClientMetadata").unwrap_or(&Value::Null),
            "userAttributes": attributes(letter),
        });
        let event = self.event(trigger, source, &subject, request);
        self.send_event(trigger, event)
            .is_some_and(|sent| sent.is_ok())
    }
}

/// Returns the user attributes for the event that a custom sender trigger receives.
///
/// The message that the trigger must send can be for an address that the user does not have yet.
/// The event then contains this address as an unverified attribute of the user. If the user has an
/// address, but no `email_verified` or `phone_number_verified` for it, the event contains the
/// missing attribute with the value `"false"`, as in Cognito.
fn attributes(letter: &Letter) -> Value {
    let (mut attributes, message) = (letter.attributes.clone(), &letter.message);
    let name = message.medium.attribute();
    if attributes[name] != *message.to {
        attributes[name] = json!(message.to);
        attributes[format!("{name}_verified")] = json!("false");
    }
    for name in ADDRESSES {
        let verified = format!("{name}_verified");
        if attributes.get(name).is_some() && attributes.get(&verified).is_none() {
            attributes[verified] = json!("false");
        }
    }
    attributes
}
