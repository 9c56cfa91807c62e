#![doc = include_str!("../README.md")]

#[cfg(feature = "alb")]
mod alb;
mod builder;
mod check;
mod endpoint;
mod error;
mod json;
mod jwks;
mod jws;
mod key;
mod policy;
#[cfg(feature = "test-util")]
#[doc(hidden)]
pub mod test_util;
mod unverified;
mod verifier;

#[cfg(feature = "alb")]
pub use alb::{AlbClaims, AlbKeySource, AlbVerifier, AlbVerifierBuilder};
pub use builder::CognitoVerifierBuilder;
pub use error::{Reason, Stage, VerifyError};
#[cfg(feature = "http")]
pub use jwks::http::HttpJwks;
pub use jwks::source::{JwksSource, SourceError, SourceErrorKind, StaticJwks};
pub use unverified::{UnverifiedToken, decode_unverified};
pub use verifier::CognitoVerifier;
