//! Errors of the in-process API.

use std::io;

use crate::model::failure::Failure;

/// The reason why an emulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port on 127.0.0.1 cannot be bound.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The requested port. 0 means any.
        port: u16,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A setting is invalid for Cognito.
    #[error("invalid {setting}: {reason}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// The rule that the setting breaks.
        reason: &'static str,
    },
    /// A value in a seed file is invalid.
    #[error("the seed at {path}: {reason}")]
    Seed {
        /// The position in the document, such as `pools[0].users[2]`.
        path: String,
        /// The fault, without the value.
        reason: String,
    },
    /// A signing key is not an RSA private key in PEM that AWS-LC accepts.
    #[error("invalid signing key for {use_of} tokens")]
    SigningKey {
        /// `access` or `id`.
        use_of: &'static str,
    },
}

/// A name that is not an operation, an endpoint of managed login, or the key endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no operation or endpoint {name:?}: use a name such as InitiateAuth, a path such as \
     /oauth2/token, or jwks.json"
)]
pub struct UnknownOperation {
    pub(crate) name: String,
}

impl UnknownOperation {
    /// Returns the unknown name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A connection that is closed without a response, because an injected fault requires it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an injected fault closes the connection")]
#[non_exhaustive]
pub struct ConnectionClosed;

/// The error of a method that prepares the pool, with the exception of the corresponding operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pool refused: {code}")]
pub struct SeedError {
    code: String,
    message: String,
}

impl SeedError {
    /// Returns AWS's name of the exception, such as `UserNotFoundException`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns AWS's message.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<Failure> for SeedError {
    fn from(failure: Failure) -> Self {
        let (code, message) = failure.into_parts();
        Self { code, message }
    }
}
