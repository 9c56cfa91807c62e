//! The result of an operation: its output, or an exception with its AWS name.

use std::borrow::Cow;

use serde_json::Value;

/// The result of an operation: its output, or an exception.
///
/// `Value::Null` is the result of an operation without output. The response then has an empty body.
pub(crate) type Answer = Result<Value, Failure>;

/// An exception with its AWS name.
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

    /// Returns the error for a user who does not exist.
    pub(crate) fn user_not_found() -> Self {
        Self::new("UserNotFoundException", "User does not exist.")
    }

    /// Returns the error for a wrong password. It is the same in all cases.
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

    /// Returns the exception with another name, if it has this one.
    pub(crate) fn renamed(self, from: &str, to: &'static str) -> Self {
        if self.code == from {
            Self::new(to, self.message)
        } else {
            self
        }
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn into_parts(self) -> (String, String) {
        (self.code.into_owned(), self.message.into_owned())
    }

    pub(crate) fn serialization(message: &'static str) -> Self {
        Self::new("SerializationException", message)
    }
}
