//! The result of a command: its exit code, and the message of a failure.

use std::io;
use std::process::ExitCode;

use cognito::error::InvalidInput;
use cognito::{Error, ErrorKind};

/// The result of a command, or of a function of a command.
pub(crate) type Outcome<T = Exit> = Result<T, Failure>;

/// The exit code of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command succeeded.
    Done,
    /// The command failed, rejected a token, or could not change some users.
    Failed,
    /// An argument or an input file is wrong.
    Usage,
    /// AWS credentials or an IAM permission are missing.
    Permission,
    /// The command gave up because AWS throttled its requests.
    Throttled,
    /// A signal stopped the command. The command can be resumed at its last checkpoint.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Permission => 3,
            Exit::Throttled => 4,
            Exit::Interrupted => 130,
        })
    }
}

/// The failure of a command: its exit code and the message for stderr.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { exit, message }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut message = error.to_string();
        if let Some(text) = error.operator_message() {
            message = format!("{message}: {text}");
        }
        let denied = matches!(error.code(), Some("AccessDenied" | "AccessDeniedException"));
        let exit = match error.kind() {
            _ if denied => Exit::Permission,
            ErrorKind::Credentials => Exit::Permission,
            ErrorKind::InvalidParameter => Exit::Usage,
            ErrorKind::Throttled => Exit::Throttled,
            _ => Exit::Failed,
        };
        if let (Exit::Permission, Some(operation)) = (exit, error.operation()) {
            let action = operation.name();
            message = format!("{message}; the command needs the IAM action cognito-idp:{action}");
        }
        Self { exit, message }
    }
}

impl From<InvalidInput> for Failure {
    fn from(invalid: InvalidInput) -> Self {
        Self::usage(invalid.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    /// Converts an error in JSON to a failure. The message contains only the position of the error.
    ///
    /// Security: the message of `serde_json` is not used, because it can contain a value, such as
    /// an e-mail address.
    fn from(error: serde_json::Error) -> Self {
        let message = if error.is_io() {
            error.to_string()
        } else {
            let (line, column) = (error.line(), error.column());
            format!("invalid JSON in line {line}, column {column}")
        };
        Self::new(Exit::Failed, message)
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_error_contains_no_value() {
        let error = serde_json::from_str::<u32>("\"ann@example.com\"").unwrap_err();
        let message = Failure::from(error).message;
        assert!(message.contains("line 1"), "{message}");
        assert!(!message.contains("ann"), "{message}");
    }
}
