#![doc = include_str!("../README.md")]

#[cfg(feature = "alb")]
mod alb;
mod builder;
mod check;
mod checks;
mod claims;
mod date;
mod endpoint;
mod error;
mod id_checks;
mod issuer;
mod json;
mod jwks;
mod jws;
mod key;
mod known_headers;
mod policy;
mod span;
#[cfg(feature = "test-util")]
#[doc(hidden)]
pub mod test_util;
mod token_cache;
mod unverified;
mod verifier;

#[cfg(feature = "alb")]
pub use alb::{AlbClaims, AlbVerifier, AlbVerifierBuilder};
pub use builder::CognitoVerifierBuilder;
pub use checks::Check;
pub use error::{Reason, Stage, VerifyError};
pub use id_checks::IdChecks;
pub use jwks::file::FileJwks;
#[cfg(feature = "http")]
pub use jwks::http::{HttpJwks, HttpJwksBuilder};
pub use jwks::source::{JwksSource, SourceError, SourceErrorKind, StaticJwks};
pub use jwks::status::KeysStatus;
pub use unverified::{UnverifiedToken, decode_unverified};
pub use verifier::CognitoVerifier;

// The types in the public API of this crate, so that its users need not depend on `cognito-core`.
pub use cognito_core::claims::Actor;
pub use cognito_core::revocation::TokenIdentity;
pub use cognito_core::store::ConfidentialStore;
pub use cognito_core::{
    AccessClaims, Clock, EventSink, IdClaims, Principal, Revocation, RevocationList, SystemClock,
    TokenVerifier, UserPoolId,
};
