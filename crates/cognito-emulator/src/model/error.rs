//! The errors of the emulator's public Rust API.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::model::failure::Failure;

/// The reason why an emulator could not be started or built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The server cannot listen on the requested address, for example because the port is in use.
    #[error(
        "cannot listen on {address}: use an address of this host, and a free port with --port or \
         EmulatorBuilder::port"
    )]
    Listen {
        /// The requested address. Its port is 0 if any free port was requested.
        address: SocketAddr,
        /// The error that the operating system returned.
        source: io::Error,
    },
    /// HTTPS cannot be served: the certificate, its private key or the directory of the certificate
    /// authority cannot be used. This error needs the feature `https`.
    #[error("HTTPS cannot be served: {reason}")]
    Https {
        /// The reason for the error, such as a directory that other users can write to.
        reason: String,
        /// The underlying error of the file system or of the TLS library. `None` if the emulator
        /// itself found the problem.
        source: Option<io::Error>,
    },
    /// The value of a setting of the builder is invalid.
    #[error("invalid {setting}: {reason}")]
    Setting {
        /// The name of the builder's setting, such as `client id`.
        setting: &'static str,
        /// The rule that the value violates, such as which characters are allowed.
        reason: &'static str,
    },
    /// A value in the seed is invalid.
    #[error("invalid seed at {path}: {reason}")]
    Seed {
        /// The position of the value in the JSON document, such as `pools[0].users[2]`.
        path: String,
        /// The reason why the value is invalid. It does not contain the value.
        reason: String,
    },
    /// The template is invalid.
    #[error("invalid template at {path}: {reason}")]
    Template {
        /// The position of the value in the template, such as `Resources.Pool.Properties.Policies`.
        path: String,
        /// The reason why the value is invalid. A message of AWS can contain the value, but only if
        /// the value is not sensitive. Other messages never contain it.
        reason: String,
    },
    /// The state file cannot be used. Only an emulator with the feature `state` returns this error.
    #[error("cannot use the state file {}: {reason}", file.display())]
    State {
        /// The path of the state file.
        file: PathBuf,
        /// The reason why the state file cannot be used, and what to do about it. The reason
        /// contains no data from the file.
        reason: String,
    },
    /// A signing key is not an RSA private key in PEM (PKCS#8 or PKCS#1) with at least 2048 bits.
    #[error(
        "invalid signing key for {use_of} tokens: use an RSA private key in PEM (PKCS#8 or PKCS#1) \
         with at least 2048 bits"
    )]
    SigningKey {
        /// The kind of tokens that the key signs: `access` or `id`.
        use_of: &'static str,
    },
}

/// The error of [`Emulator::snapshot`](crate::Emulator::snapshot) and
/// [`Emulator::restore`](crate::Emulator::restore).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Other requests were still in progress after ten seconds. No snapshot was taken or restored.
    #[error("other requests are in progress: wait for their responses")]
    Busy,
    /// The name of the snapshot is invalid.
    #[error("invalid name of a snapshot: use 1 to 64 letters, digits, `-`, `_` and `.`")]
    InvalidName,
    /// There is no snapshot with this name.
    #[error("there is no snapshot with this name")]
    NotFound,
    /// All snapshots together would have more than 256 MiB.
    #[error("the snapshots are larger than 256 MiB: delete one first")]
    TooLarge,
    /// The maximum number of snapshots is reached.
    #[error("there are 20 snapshots: delete one first")]
    TooMany,
    /// The snapshot was restored, but the state file could not be written. The value is the reason.
    #[error("{0}")]
    Unsaved(String),
    /// No snapshot was stored, because a part of the data cannot be written as JSON. The value is
    /// the reason.
    #[error("{0}")]
    Unwritable(String),
}

/// The reason why [`Emulator::inject`](crate::Emulator::inject) rejected a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// The code or the message of the exception is too long.
    #[error(
        "the exception of the fault is too long: use at most 128 characters for the code and 8192 \
         for the message"
    )]
    LongException,
    /// The fault has an exception that the service of the operation cannot return.
    #[error(
        "there is no exception {code:?}: use the exact name of an exception, such as \
         TooManyRequestsException"
    )]
    UnknownException {
        /// The unknown name of an exception in the fault.
        code: String,
    },
    /// The fault names an unknown operation or endpoint. Valid names are the name of an operation,
    /// the path of a hosted endpoint, and `jwks.json`.
    #[error(
        "there is no operation or endpoint {name:?}: use a name such as InitiateAuth, a path such as \
         /oauth2/token, or jwks.json"
    )]
    UnknownOperation {
        /// The name in the fault. No operation or endpoint has this name.
        name: String,
    },
}

/// The error of [`Emulator::respond`](crate::Emulator::respond) if an injected fault closes the
/// connection instead of sending a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an injected fault closes the connection")]
#[non_exhaustive]
pub struct ConnectionClosed;

/// The error of [`Emulator::create_user`](crate::Emulator::create_user) and
/// [`Emulator::add_user_to_group`](crate::Emulator::add_user_to_group). It contains the name and
/// the message of the exception that AWS returns for such a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pool rejected the change with {}: see SeedError::message", .0.code())]
pub struct SeedError(Failure);

impl SeedError {
    /// Returns the name of the AWS exception, such as `UserNotFoundException`.
    pub fn code(&self) -> &str {
        self.0.code()
    }

    /// Returns the message of the AWS exception.
    pub fn message(&self) -> &str {
        self.0.message()
    }
}

impl From<Failure> for SeedError {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}
