//! Error messages on pages. [`Error::substitute`] decides what may be revealed; this file only
//! contains the messages.

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
    /// The id of the field that the user must correct.
    pub(crate) field: Option<&'static str>,
    /// The kind of the error, as far as it may be public.
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

    /// Creates a message for a code that could not be sent. Returns `None` if the page must look as
    /// if the code was sent.
    pub(crate) fn of_sending(error: &Error) -> Option<Self> {
        let is_hidden = POLICY.substitute(error) == Some(Substitute::CodeSent);
        (!is_hidden).then(|| Self::of(error))
    }

    /// Marks a field, if the public error is one of these kinds.
    pub(crate) fn at_field(mut self, field: &'static str, kinds: &[ErrorKind]) -> Self {
        if self.kind.is_some_and(|kind| kinds.contains(&kind)) {
            self.field = Some(field);
        }
        self
    }

    /// Replaces the message with a custom one.
    pub(crate) fn saying(mut self, text: &'static str) -> Self {
        self.text = Cow::Borrowed(text);
        self
    }
}

/// Returns `true` if the code was requested with the name of the account, not during a sign-in.
fn is_asked_by_name(error: &Error) -> bool {
    matches!(
        error.operation(),
        Some(Operation::ConfirmForgotPassword | Operation::ConfirmSignUp)
    )
}

/// Returns the site's own message, if it can be more specific than the library's.
const fn sentence(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::ChallengeExpired => "This sign-in has expired. Start again.",
        ErrorKind::CodeExpired => "That code has expired. Ask for a new one.",
        ErrorKind::CodeMismatch => "That code is not right. Look at the newest one and try again.",
        ErrorKind::InvalidCredentials | ErrorKind::NotAuthorized => {
            "The e-mail address or the password is not right."
        }
        ErrorKind::InvalidParameter => "Something in this form cannot be taken as it is.",
        ErrorKind::NotEnabled => "This user pool does not offer that.",
        ErrorKind::PasswordHistory => "You have used this password before. Choose another.",
        ErrorKind::PasswordPolicy => PASSWORD_RULE,
        ErrorKind::StoreUnavailable => {
            "What the instances of this site share cannot be reached now. Nothing is lost: try again in \
             a moment."
        }
        ErrorKind::UserExists => {
            "There is an account with this address. Sign in, or choose a new password."
        }
        _ => return None,
    })
}

/// The message with Cognito's default password rule. A site for a pool with another rule must
/// change it.
pub(crate) const PASSWORD_RULE: &str = "The password is too easy to guess. Take at least eight \
     characters, with upper case, lower case, a digit and a symbol.";

/// The only message for a code that was not accepted. It is the same for every name and reason.
const CODE_REFUSED: &str = "That code is not right, has expired, or is not needed any more. Look at the \
     newest one, or ask for another.";

const POLICY: EnumerationPolicy = EnumerationPolicy::Hide;
