//! The templates of a pool for its messages to users ([`Template`]).

use serde_json::Value;

use crate::state::call::Call;
use crate::state::inbox::{Medium, Message, Purpose};

/// The default body template of an e-mail with a verification link.
const BY_LINK: &str =
    "Please click the link below to verify your email address. {##Verify Email##} ";

/// The default subject of an e-mail with a verification link.
const SUBJECT_BY_LINK: &str = "Your verification link";

/// The subject and the body of a message, with placeholders.
pub(super) struct Template<'a> {
    /// The subject of the message. Only an e-mail uses it.
    pub(super) subject: &'a str,
    /// The pool's template for the body of the message. `None` if the pool has no template: the
    /// message then keeps its default body.
    pub(super) text: Option<&'a str>,
}

impl Call<'_> {
    /// Returns the template for a message. `has_link` is `true` if the message contains a link
    /// instead of a code.
    pub(super) fn template(&self, message: &Message, has_link: bool) -> Template<'_> {
        let settings = &self.service.settings;
        let member = |name| settings.members.get(name).and_then(Value::as_str);
        let is_email = message.medium == Medium::Email;
        let (subject, text) = match message.purpose {
            Purpose::SignUp if has_link => (
                self.verification("EmailSubjectByLink")
                    .or(Some(SUBJECT_BY_LINK)),
                self.verification("EmailMessageByLink").or(Some(BY_LINK)),
            ),
            Purpose::SignUp | Purpose::AttributeVerification => {
                let name = if is_email {
                    "EmailMessage"
                } else {
                    "SmsMessage"
                };
                (self.verification("EmailSubject"), self.verification(name))
            }
            Purpose::Invitation => {
                let name = if is_email {
                    "EmailMessage"
                } else {
                    "SMSMessage"
                };
                let path = |name| format!("/InviteMessageTemplate/{name}");
                let created = settings.members.get("AdminCreateUserConfig");
                let text = |name| created?.pointer(&path(name))?.as_str();
                (text("EmailSubject"), text(name))
            }
            Purpose::Mfa | Purpose::SignIn if is_email => {
                let email = settings.mfa_members.get("EmailMfaConfiguration");
                let text = |name| email?.get(name)?.as_str();
                (text("Subject"), text("Message"))
            }
            Purpose::Mfa | Purpose::SignIn => (None, member("SmsAuthenticationMessage")),
            Purpose::PasswordReset | Purpose::RiskNotification => (None, None),
        };
        Template {
            subject: subject.unwrap_or_else(|| message.purpose.subject()),
            text,
        }
    }

    /// Returns a member of the templates for verification messages. Returns `None` if it is missing.
    pub(super) fn verification(&self, name: &str) -> Option<&str> {
        let template = self
            .service
            .settings
            .members
            .get("VerificationMessageTemplate")?;
        template.get(name)?.as_str()
    }
}
