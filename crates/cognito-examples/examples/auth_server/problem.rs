//! Error messages on pages. [`Error::substitute`] determines what a message may reveal.

use std::borrow::Cow;
use std::time::UNIX_EPOCH;

use axum::http::StatusCode;
use cognito::error::Substitute;
use cognito::{Error, ErrorKind, Operation};
use cognito_axum::{EnumerationPolicy, ErrorBody};

/// An error message on a page.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) text: Cow<'static, str>,
    /// The id of the field that the user must correct. `None` if the message is not about a field.
    pub(crate) field: Option<&'static str>,
    /// The kind of the library's error, or a substitute if the page must not reveal this kind.
    /// `None` if the message is not about an error of the library.
    kind: Option<ErrorKind>,
}

impl Problem {
    /// Creates a message for a field that is wrong or missing.
    pub(crate) const fn at(field: &'static str, text: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            text: Cow::Borrowed(text),
            field: Some(field),
            kind: None,
        }
    }

    /// Creates a message for a page that this user is not allowed to see.
    pub(crate) const fn forbidden(text: &'static str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            text: Cow::Borrowed(text),
            field: None,
            kind: None,
        }
    }

    /// Creates a message for an error of the library. It does not reveal whether an account exists.
    pub(crate) fn of(error: &Error) -> Self {
        let body = ErrorBody::new(error, POLICY, UNIX_EPOCH);
        let kind = POLICY.kind(error);
        let text = match (kind, POLICY.retry_after(error)) {
            (ErrorKind::AttemptLimit, Some(wait)) => {
                let minutes = wait.as_secs().div_ceil(60).max(1);
                let unit = if minutes == 1 { "minute" } else { "minutes" };
                format!("Too many attempts. Wait {minutes} {unit}, then try again.").into()
            }
            (ErrorKind::CodeMismatch, _) if is_asked_by_name(error) => CODE_REFUSED.into(),
            _ => sentence(kind).map_or(body.message, Cow::Borrowed),
        };
        Self {
            status: StatusCode::from_u16(body.status_code).unwrap_or(StatusCode::BAD_GATEWAY),
            text,
            field: None,
            kind: Some(kind),
        }
    }

    /// Creates a message for a code that could not be sent. Returns `None` if this error would
    /// reveal whether an account exists: the page must then be the same as after a code was sent.
    pub(crate) fn of_sending(error: &Error) -> Option<Self> {
        let is_hidden = POLICY.substitute(error) == Some(Substitute::CodeSent);
        (!is_hidden).then(|| Self::of(error))
    }

    /// Assigns the message to `field`, if the kind of the message is one of `kinds`. Otherwise
    /// changes nothing.
    pub(crate) fn at_field(mut self, field: &'static str, kinds: &[ErrorKind]) -> Self {
        if self.kind.is_some_and(|kind| kinds.contains(&kind)) {
            self.field = Some(field);
        }
        self
    }

    /// Replaces the message that the page shows with `text`.
    pub(crate) fn saying(mut self, text: &'static str) -> Self {
        self.text = Cow::Borrowed(text);
        self
    }
}

/// Returns `true` if the error is from the confirmation of a sign-up or of a password reset.
/// Security: both work without a sign-in, so any caller can enter the name of any user. The message
/// must not reveal the state of the account.
fn is_asked_by_name(error: &Error) -> bool {
    matches!(
        error.operation(),
        Some(Operation::ConfirmForgotPassword | Operation::ConfirmSignUp)
    )
}

/// Returns the site's message for a kind of error, if it is more specific than the message of the
/// library.
const fn sentence(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::ChallengeExpired => "This sign-in has expired. Start again.",
        ErrorKind::CodeExpired => "The code has expired. Request a new code.",
        ErrorKind::CodeMismatch => "The code is wrong. Enter the newest code.",
        ErrorKind::InvalidCredentials | ErrorKind::NotAuthorized => {
            "The e-mail address or the password is wrong."
        }
        ErrorKind::InvalidParameter => "A value in this form is not valid.",
        ErrorKind::NotEnabled => "This user pool does not support that.",
        ErrorKind::PasswordHistory => "You have used this password before. Choose another.",
        ErrorKind::PasswordPolicy => PASSWORD_RULE,
        ErrorKind::StoreUnavailable => {
            "The shared store of this site is unavailable. No data is lost. Try again in a moment."
        }
        ErrorKind::UserExists => {
            "There is an account with this address. Sign in, or choose a new password."
        }
        _ => return None,
    })
}

/// The message for a password that does not meet Cognito's default password policy. For a pool with
/// another policy, change this message.
pub(crate) const PASSWORD_RULE: &str = "The password is too easy to guess. Use at least eight \
     characters, with upper case, lower case, a digit and a symbol.";

/// The message for a rejected code of a sign-up or a password reset. It is the same for every
/// account and reason.
const CODE_REFUSED: &str = "The code is wrong, has expired, or is no longer needed. Enter the newest \
     code, or request another.";

const POLICY: EnumerationPolicy = EnumerationPolicy::Hide;
