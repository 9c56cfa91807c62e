//! Delivers messages to users. The trigger `CustomMessage` can change their body and the
//! subject of e-mails.

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::trigger::Trigger;
use crate::state::call::Call;
use crate::state::inbox::{Medium, Message, Purpose};
use crate::state::outbox::Letter;
use crate::triggers::event::Subject;

/// The placeholder in the body that the trigger `CustomMessage` returns. The emulator replaces it
/// with the code.
const CODE: &str = "{####}";
/// The placeholder in the body that the trigger `CustomMessage` returns. The emulator replaces it
/// with the user name.
const USERNAME: &str = "{username}";
/// The placeholder for a link. The trigger `CustomMessage` receives the placeholder and can include
/// it in the body that it returns. The words between [`LINK_START`] and [`LINK_END`] become the
/// text of the link, and the trigger can change them.
const LINK: &str = "{##Click Here##}";
const LINK_START: &str = "{##";
const LINK_END: &str = "##}";

impl Call<'_> {
    /// Delivers the messages that the operation has created to the inbox, or to the custom senders
    /// of the pool. The trigger `CustomMessage` can change the body of messages in the inbox. If
    /// this trigger fails, returns its error, but keeps the changes of the operation.
    pub(crate) fn deliver(&self) -> Result<(), Failure> {
        for letter in self.outbox.take() {
            // It is unknown what a custom sender receives about a risk.
            let is_for_sender = letter.message.purpose != Purpose::RiskNotification;
            let sender = self.sender(letter.message.medium);
            let message = match sender.filter(|_| is_for_sender) {
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
        let link = self.link(&message, &letter.username);
        let template = self.template(&message, link.is_some());
        if message.medium == Medium::Email {
            template.subject.clone_into(&mut message.subject);
        }
        if let Some(text) = template.text {
            message.text = filled(text, &message, &letter.username, link.as_deref());
        }
        let subject = Subject {
            username: Some(&letter.username),
            client: self.client_id(),
        };
        let request = json!({
            "userAttributes": letter.attributes,
            "codeParameter": CODE,
            "linkParameter": LINK,
            "usernameParameter": USERNAME,
            "clientMetadata": self.client_metadata(),
        });
        let response = json!({ "smsMessage": null, "emailMessage": null, "emailSubject": null });
        let trigger = Trigger::CustomMessage;
        let Some(returned) = self.invoke(trigger, source, &subject, request, response)? else {
            return Ok(message);
        };
        if let Some(text) = text(&returned, &message, &letter.username, link.as_deref()) {
            message.text = text;
        }
        let subject = returned.get("emailSubject").and_then(Value::as_str);
        if let Some(subject) = subject.filter(|_| message.medium == Medium::Email) {
            subject.clone_into(&mut message.subject);
        }
        Ok(message)
    }

    /// Returns the URL that confirms a sign-up, if the pool sends links by e-mail
    /// (`DefaultEmailOption`). Returns `None` for all other messages: they contain a code.
    fn link(&self, message: &Message, username: &str) -> Option<String> {
        let option = self.verification("DefaultEmailOption");
        let is_link = message.medium == Medium::Email
            && message.purpose == Purpose::SignUp
            && option == Some("CONFIRM_WITH_LINK");
        let client = self.client_id().filter(|_| is_link)?;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", client)
            .append_pair("user_name", username)
            .append_pair("confirmation_code", &message.code)
            .finish();
        let endpoint = &self.service.settings.endpoint;
        Some(format!("{endpoint}/confirmUser?{query}"))
    }
}

/// Returns a template with its placeholders replaced. `link` is the URL for the placeholder of a
/// link.
fn filled(template: &str, message: &Message, username: &str, link: Option<&str>) -> String {
    let text = template
        .replace(CODE, &message.code)
        .replace(USERNAME, username);
    match link {
        Some(link) => with_link(&text, link),
        None => text,
    }
}

/// Replaces each placeholder for a link, such as `{##Verify Email##}`, with an HTML link.
fn with_link(text: &str, link: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(LINK_START) {
        let Some((label, end)) = after.split_once(LINK_END) else {
            break;
        };
        filled.push_str(&format!("{before}<a href=\"{link}\">{label}</a>"));
        rest = end;
    }
    filled + rest
}

/// Returns the body that the trigger has returned, with the placeholders replaced. Returns `None`
/// if there is no body, or if it has no placeholder for the code or the link. The caller then uses
/// the template or the default body.
fn text(
    returned: &Map<String, Value>,
    message: &Message,
    username: &str,
    link: Option<&str>,
) -> Option<String> {
    let name = match message.medium {
        Medium::Email => "emailMessage",
        Medium::Sms => "smsMessage",
    };
    let text = returned.get(name)?.as_str()?;
    let has_link = link.is_some() && text.contains(LINK_START) && text.contains(LINK_END);
    let is_complete = has_link || text.contains(CODE);
    is_complete.then(|| filled(text, message, username, link))
}

/// Returns the second part of `triggerSource` for a message: the part after the underscore. Returns
/// `None` for a message that calls no trigger. Source: AWS developer guide, "Custom message Lambda
/// trigger sources" and "Custom email sender Lambda trigger sources".
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
        (Purpose::RiskNotification, _) => return None,
    })
}
