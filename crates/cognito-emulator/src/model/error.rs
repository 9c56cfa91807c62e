//! The errors of the emulator's Rust API.

use std::io;
use std::net::SocketAddr;

use crate::model::failure::Failure;

/// The reason why an emulator does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be bound, for example because its port is in use.
    #[error("cannot listen on {address}: use an address of this host and a free port")]
    Listen {
        /// The requested address. Port 0 selects a free port.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A setting of the builder is invalid.
    #[error("invalid {setting}: {reason}")]
    Setting {
        /// The setting, such as `client id`.
        setting: &'static str,
        /// The rule that the value violates.
        reason: &'static str,
    },
    /// A value in a seed file is invalid.
    #[error("invalid seed at {path}: {reason}")]
    Seed {
        /// The position in the JSON document, such as `pools[0].users[2]`.
        path: String,
        /// The reason, without the value.
        reason: String,
    },
    /// A signing key is not an RSA private key in PEM with at least 2048 bits.
    #[error(
        "invalid signing key for {use_of} tokens: use an RSA private key in PEM (PKCS#8 or PKCS#1) \
         with at least 2048 bits"
    )]
    SigningKey {
        /// The kind of tokens that the key signs: `access` or `id`.
        use_of: &'static str,
    },
}

/// The error for a fault whose name is not an operation, an endpoint of managed login, or
/// `jwks.json`.
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

/// The error of [`Emulator::respond`](crate::Emulator::respond) if an injected fault closes the
/// connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an injected fault closes the connection")]
#[non_exhaustive]
pub struct ConnectionClosed;

/// The error of [`Emulator::create_user`](crate::Emulator::create_user) and
/// [`Emulator::add_user_to_group`](crate::Emulator::add_user_to_group): the exception that Cognito
/// would return.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pool rejected the change with {}: see SeedError::message", .0.code())]
pub struct SeedError(Failure);

impl SeedError {
    /// Returns the AWS name of the exception, such as `UserNotFoundException`.
    pub fn code(&self) -> &str {
        self.0.code()
    }

    /// Returns the AWS message of the exception.
    pub fn message(&self) -> &str {
        self.0.message()
    }
}

impl From<Failure> for SeedError {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}
