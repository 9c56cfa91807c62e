//! The strings of the hosted pages, in several languages.

mod english;
mod french;
mod german;
mod japanese;
mod spanish;

use cognito_core::user::STANDARD_ATTRIBUTES;

use crate::model::failure::Failure;
use crate::model::policy::PasswordPolicy;

/// The strings of the hosted pages in one language. In a string, `{}` stands for a value that is
/// inserted.
#[derive(Debug)]
pub(super) struct Texts {
    /// The BCP 47 tag of the language of these strings.
    pub(super) language: &'static str,
    /// The key of this language in `Links` of a terms document.
    pub(super) terms_key: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) sign_in_with: &'static str,
    pub(super) sign_up: &'static str,
    pub(super) terms_of_use: &'static str,
    pub(super) privacy_policy: &'static str,
    pub(super) next: &'static str,
    pub(super) other_way: &'static str,
    pub(super) username: &'static str,
    pub(super) email_or_phone: &'static str,
    pub(super) password: &'static str,
    pub(super) new_password: &'static str,
    pub(super) forgot_password: &'static str,
    pub(super) forgot_password_title: &'static str,
    pub(super) send_code: &'static str,
    pub(super) resend_code: &'static str,
    pub(super) code: &'static str,
    pub(super) code_sent: &'static str,
    pub(super) confirm_account: &'static str,
    pub(super) confirm: &'static str,
    pub(super) confirmed: &'static str,
    pub(super) wait_for_operator: &'static str,
    pub(super) change_password: &'static str,
    pub(super) password_changed: &'static str,
    pub(super) email_code: &'static str,
    pub(super) sms_code: &'static str,
    pub(super) authenticator_app: &'static str,
    pub(super) passkey: &'static str,
    pub(super) use_passkey: &'static str,
    pub(super) passkey_failed: &'static str,
    pub(super) add_passkey: &'static str,
    pub(super) passkey_not_added: &'static str,
    pub(super) set_up_title: &'static str,
    pub(super) no_set_up: &'static str,
    pub(super) scan: &'static str,
    pub(super) qr_code: &'static str,
    pub(super) type_secret: &'static str,
    pub(super) app_code: &'static str,
    pub(super) at_least: &'static str,
    pub(super) uppercase: &'static str,
    pub(super) lowercase: &'static str,
    pub(super) number: &'static str,
    pub(super) symbol: &'static str,
    /// The labels of [`STANDARD_ATTRIBUTES`] without `updated_at`, in the same order.
    attributes: [&'static str; STANDARD_ATTRIBUTES.len() - 1],
    /// The translated messages of common errors. `None` if the pages show AWS's message for every
    /// error.
    errors: Option<Errors>,
}

/// The messages of common errors in the language of the page. They replace AWS's messages.
#[derive(Debug)]
struct Errors {
    incorrect: &'static str,
    session_expired: &'static str,
    wrong_code: &'static str,
    code_expired: &'static str,
    too_many_attempts: &'static str,
    user_exists: &'static str,
    weak_password: &'static str,
    not_confirmed: &'static str,
    reset_required: &'static str,
}

/// The strings of the hosted pages in all languages. The first language is the default.
static LANGUAGES: [&Texts; 5] = [
    &english::TEXTS,
    &french::TEXTS,
    &german::TEXTS,
    &japanese::TEXTS,
    &spanish::TEXTS,
];

/// Returns the strings in the first language of `tags` that the pages support. Default: English.
pub(super) fn find(tags: &[Option<&str>]) -> &'static Texts {
    let known = |tag: &str| LANGUAGES.into_iter().find(|texts| texts.language == tag);
    let mut found = tags.iter().copied().flatten().filter_map(known);
    found.next().unwrap_or(LANGUAGES[0])
}

impl Texts {
    /// Returns the label of an attribute. The label of a custom attribute is its name without the
    /// prefix `custom:`.
    pub(super) fn attribute<'a>(&self, name: &'a str) -> &'a str {
        let names = STANDARD_ATTRIBUTES.into_iter();
        let names = names.filter(|name| *name != "updated_at");
        let mut labels = names.zip(self.attributes);
        let label = labels.find(|(known, _)| *known == name);
        label.map_or_else(
            || name.strip_prefix("custom:").unwrap_or(name),
            |(_, label)| label,
        )
    }

    /// Returns the requirements of a pool for passwords, one string for each.
    pub(super) fn policy(&self, policy: &PasswordPolicy) -> Vec<String> {
        let length = self.at_least.replace("{}", &policy.min_length.to_string());
        let rules = [
            (policy.uppercase, self.uppercase),
            (policy.lowercase, self.lowercase),
            (policy.numbers, self.number),
            (policy.symbols, self.symbol),
        ];
        let rules = rules.into_iter().filter(|(is_required, _)| *is_required);
        let rules = rules.map(|(_, text)| text.to_owned());
        std::iter::once(length).chain(rules).collect()
    }

    /// Returns the message for an error in the language of these texts. If the error has no message
    /// in this language, returns AWS's message.
    pub(super) fn failure<'f>(&self, failure: &'f Failure) -> &'f str {
        let Some(errors) = &self.errors else {
            return failure.message();
        };
        match failure.code() {
            "NotAuthorizedException" if *failure == Failure::incorrect() => errors.incorrect,
            "NotAuthorizedException" if failure.message().starts_with("Invalid session") => {
                errors.session_expired
            }
            "CodeMismatchException" | "EnableSoftwareTokenMFAException" => errors.wrong_code,
            "ExpiredCodeException" => errors.code_expired,
            "LimitExceededException" => errors.too_many_attempts,
            "UsernameExistsException" => errors.user_exists,
            "InvalidPasswordException" => errors.weak_password,
            "UserNotConfirmedException" => errors.not_confirmed,
            "PasswordResetRequiredException" => errors.reset_required,
            _ => failure.message(),
        }
    }

    /// Returns the notice that a code was sent to a masked address.
    pub(super) fn code_sent_to(&self, address: &str) -> String {
        self.code_sent.replace("{}", address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_found_by_tag() {
        assert_eq!(find(&[None]).language, "en");
        assert_eq!(
            find(&[Some("xx"), None, Some("ja"), Some("de")]).language,
            "ja"
        );
        assert_eq!(find(&[Some("DE")]).language, "en");
    }

    #[test]
    fn texts_with_values_have_one_place() {
        for texts in LANGUAGES {
            for text in [texts.code_sent, texts.at_least] {
                assert_eq!(text.matches("{}").count(), 1, "{text}");
            }
        }
    }

    #[test]
    fn errors_without_a_text_keep_their_message() {
        let rare = Failure::not_authorized("Something rare");
        assert_eq!(german::TEXTS.failure(&rare), "Something rare");
        let wrong = Failure::incorrect();
        assert_eq!(english::TEXTS.failure(&wrong), wrong.message());
        assert_ne!(german::TEXTS.failure(&wrong), wrong.message());
    }
}
