//! What went wrong, in words for the person in front of the page.

use std::borrow::Cow;
use std::time::UNIX_EPOCH;

use axum::http::StatusCode;
use cognito::{EnumerationPolicy, Error, ErrorKind};

/// What a page says about something that went wrong.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) text: Cow<'static, str>,
    /// The id of the field where it can be put right.
    pub(crate) field: Option<&'static str>,
}

impl Problem {
    /// Something that was typed, or was not.
    pub(crate) const fn at(field: &'static str, text: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            text: Cow::Borrowed(text),
            field: Some(field),
        }
    }

    /// What Cognito, or the facade before it, did not accept. It does not tell who has an account.
    pub(crate) fn of(error: &Error) -> Self {
        let body = error.to_body(EnumerationPolicy::Hide, UNIX_EPOCH);
        let is_hidden = body.message != error.message();
        let kind = if is_hidden {
            ErrorKind::InvalidCredentials
        } else {
            error.kind()
        };
        Self {
            status: StatusCode::from_u16(body.status_code).unwrap_or(StatusCode::BAD_GATEWAY),
            text: match (kind, error.retry_after()) {
                (ErrorKind::AttemptLimit, Some(wait)) => {
                    let minutes = wait.as_secs().div_ceil(60).max(1);
                    let unit = if minutes == 1 { "minute" } else { "minutes" };
                    format!("Too many attempts. Wait {minutes} {unit}, then try again.").into()
                }
                _ => sentence(kind).unwrap_or(body.message).into(),
            },
            field: None,
        }
    }

    /// The same, at a field, if it is of these kinds.
    pub(crate) fn at_field(
        mut self,
        error: &Error,
        field: &'static str,
        kinds: &[ErrorKind],
    ) -> Self {
        if kinds.contains(&error.kind()) {
            self.field = Some(field);
        }
        self
    }

    /// The same, with a text of the page's own.
    pub(crate) fn saying(mut self, text: &'static str) -> Self {
        self.text = Cow::Borrowed(text);
        self
    }
}

/// What the site says where it can say more than the sentence that every edge answers with.
const fn sentence(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::ChallengeExpired => "This sign-in has expired. Start again.",
        ErrorKind::CodeExpired => "That code has expired. Ask for a new one.",
        ErrorKind::CodeMismatch => "That code is not right. Look at the newest one and try again.",
        ErrorKind::InvalidCredentials | ErrorKind::NotAuthorized | ErrorKind::ClientAuth => {
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

/// Cognito's own rule, unless the pool has another.
pub(crate) const PASSWORD_RULE: &str = "The password is too easy to guess. Take at least eight \
     characters, with upper case, lower case, a digit and a symbol.";
