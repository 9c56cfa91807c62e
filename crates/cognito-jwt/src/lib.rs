//! A strict and fast verifier for Amazon Cognito tokens, usable alone.
//!
//! ```no_run
//! use cognito_jwt::CognitoVerifier;
//!
//! # async fn run(token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = CognitoVerifier::builder("eu-central-1_aBcDeFgHi".parse()?)
//!     .client_id("1example23456789")
//!     .build()?;
//! verifier.hydrate().await?; // Fetches the pool's keys now, and not at the first request.
//!
//! let claims = verifier.verify_access(token).await?;
//! assert!(claims.has_scope("openid") || claims.has_group("admins"));
//! # Ok(()) }
//! ```
//!
//! # What is checked
//!
//! In this order, so that a token that nobody signed learns nothing about what is expected:
//!
//! 1. **Shape**: at most 16 KiB; three parts of strict base64url; a JSON header without repeated
//!    names; `alg` is `RS256`; no `crit`; a `kid`. Keys or addresses of keys within the token
//!    (`jwk`, `jku`, `x5u`, `x5c`) are never read.
//! 2. **Signature**: by the key that the pool publishes under this `kid`.
//! 3. **Claims**: `iss` is the pool; `token_use` is what the method's name says; `client_id` (of an
//!    access token) or `aud` (of an ID token) is one of the app clients that were named; `exp`,
//!    `nbf` and `iat` against the [`Clock`](cognito_core::Clock). A claim of a wrong type is
//!    refused, never taken for absent.
//!
//! Access and ID tokens are verified by two methods into two types: there is no "either". To look
//! into a token without verifying it there is [`decode_unverified`], whose result cannot be passed
//! where verified claims are due.
//!
//! Cognito's own revocation does not reach a verifier that works offline; see
//! [`RevocationList`](cognito_core::RevocationList).
//!
//! # The token is bad, or there is no verdict
//!
//! [`VerifyError::reason`] says why a token was refused, from a closed set: nothing of the token is
//! in any error. One reason is different from all others: [`Reason::KeysUnavailable`] means that the
//! pool's keys could not be had, so that the token may be good. Answer it with 503, all others with
//! 401:
//!
//! ```
//! # use cognito_jwt::VerifyError;
//! fn status(error: &VerifyError) -> u16 {
//!     if error.is_keys_unavailable() { 503 } else { 401 }
//! }
//! ```
//!
//! # The pool's keys
//!
//! They are fetched at the first use (or by [`CognitoVerifier::hydrate`]), once for all callers that
//! wait; renewed in the background when they are ten minutes old; fetched again, at most once in ten
//! seconds, when a token names a key that is not among them, so that a rotation is noticed at once
//! and an attacker cannot make a verifier hammer the endpoint. While the endpoint is away, the last
//! good keys serve for up to a day. A document that is no good never replaces one that is.
//!
//! Where they come from is a [`JwksSource`]: over HTTPS (`HttpJwks`, with the default feature
//! `http`), from a text ([`StaticJwks`]), or from your own.
//!
//! # Features
//!
//! | feature | default | what |
//! |---|---|---|
//! | `http` | yes | fetches the keys over HTTPS; without it, bring a [`JwksSource`] |

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

pub use builder::CognitoVerifierBuilder;
pub use error::{Reason, Stage, VerifyError};
#[cfg(feature = "http")]
pub use jwks::http::HttpJwks;
pub use jwks::source::{JwksSource, SourceError, SourceErrorKind, StaticJwks};
pub use unverified::{UnverifiedToken, decode_unverified};
pub use verifier::CognitoVerifier;
