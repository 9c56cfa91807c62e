//! The result of an operation: a response or an AWS exception.

use std::borrow::Cow;

use serde_json::Value;

/// The result of an operation: the JSON of its response, or an AWS exception.
///
/// If the JSON is `Value::Null`, the body of the response is empty.
pub(crate) type Answer = Result<Value, Failure>;

/// An AWS exception: its name and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: Cow<'static, str>,
    message: Cow<'static, str>,
}

impl Failure {
    pub(crate) fn new(
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }

    pub(crate) fn not_authorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("NotAuthorizedException", message)
    }

    pub(crate) fn invalid_parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(crate) fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("ResourceNotFoundException", message)
    }

    /// Returns the exception for a user who does not exist.
    pub(crate) fn user_not_found() -> Self {
        Self::new("UserNotFoundException", "User does not exist.")
    }

    /// Returns the exception for a wrong user name or a wrong password. It does not reveal which of
    /// them is wrong.
    pub(crate) fn incorrect() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    pub(crate) fn disabled() -> Self {
        Self::not_authorized("User is disabled.")
    }

    pub(crate) fn limit_exceeded() -> Self {
        Self::new(
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        )
    }

    pub(crate) fn code_mismatch() -> Self {
        Self::new(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        )
    }

    pub(crate) fn code_expired() -> Self {
        Self::new(
            "ExpiredCodeException",
            "Invalid code provided, please request a code again.",
        )
    }

    /// Returns this exception with the name `to` if its name is `from`. The message stays the same.
    /// Returns an exception with another name unchanged.
    pub(crate) fn renamed(self, from: &str, to: &'static str) -> Self {
        if self.code == from {
            Self::new(to, self.message)
        } else {
            self
        }
    }

    /// Returns the name of the exception.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns the message of the exception if it is a fixed string. Returns `None` if the message
    /// was formatted: it may then contain values of a request or of a user.
    pub(crate) const fn fixed_message(&self) -> Option<&'static str> {
        match self.message {
            Cow::Borrowed(message) => Some(message),
            Cow::Owned(_) => None,
        }
    }

    /// Returns the name and the message of the exception.
    pub(crate) fn into_parts(self) -> (String, String) {
        (self.code.into_owned(), self.message.into_owned())
    }

    pub(crate) fn serialization(message: &'static str) -> Self {
        Self::new("SerializationException", message)
    }
}
