//! The common types of the Cognito crates: validated values, the ports and the error.
//!
//! This crate has no I/O, no async runtime and no AWS SDK. It reads the time only in
//! [`SystemClock`]. Each of the other crates has one task and depends on these types:
//!
//! - **Names and secrets** are types whose values are always valid: [`UserPoolId`], [`ClientId`],
//!   [`Username`], [`Password`], [`ConfirmationCode`], … `Debug` never shows a secret; see
//!   [`secret`].
//! - **Ports** are the traits through which the crate `cognito` calls other systems. There is one
//!   for each kind of caller: [`Authentication`](ports::Authentication) (anyone),
//!   [`Account`](ports::Account) (a signed-in user), [`Administration`](ports::Administration) (an
//!   operator) and [`HostedLogin`](ports::HostedLogin) (a browser at managed login, or a client
//!   with client credentials). Smaller ports are [`TokenVerifier`], [`ConfigSource`], [`Store`],
//!   [`RevocationList`], [`EventSink`] and [`Clock`]. Each can be replaced by a custom
//!   implementation.
//! - **Results**: a sign-in returns [`SignIn::Complete`] or a [`Challenge`], and the verification
//!   of a token returns [`AccessClaims`] or [`IdClaims`].
//! - **One error type**, [`Error`], determines the HTTP response and whether to retry.
//!
//! The root of the crate contains the types that most programs use. The modules contain all types,
//! by topic.
//!
//! Most programs use these types through the facade, which re-exports them.

#[macro_use]
mod macros;

pub mod account;
pub mod administration;
pub mod authentication;
pub mod claims;
pub mod clock;
pub mod config;
pub mod device;
pub mod error;
pub mod event;
pub mod hosted_login;
pub mod id;
pub mod mask;
pub mod operations;
pub mod plain_http;
pub mod ports;
pub mod revocation;
pub mod secret;
pub mod store;
pub mod user;
pub mod verifier;

mod context;
mod done;
mod input;
mod metadata;
mod open_enum;
mod replied_at;
mod token;
mod user_session;

pub use authentication::challenge::{Challenge, ChallengeAnswer, ChallengeName};
pub use authentication::sign_in::{SignIn, SignInFlow};
pub use claims::{AccessClaims, IdClaims, Principal};
pub use clock::{Clock, SystemClock};
pub use config::{ConfigSource, PoolConfig};
pub use context::RequestContext;
pub use done::Done;
pub use error::{Error, ErrorKind, Result};
pub use event::{Event, EventSink};
pub use hosted_login::names::Scope;
pub use id::{
    AttributeName, ClientId, EmailAddress, GroupName, PhoneNumber, Region, UserPoolId, Username,
};
pub use input::InvalidInput;
pub use metadata::ClientMetadata;
pub use operations::Operation;
pub use revocation::{Revocation, RevocationList};
pub use secret::{
    AccessToken, ClientSecret, ConfirmationCode, IdToken, Password, RefreshToken, Session, TotpCode,
};
pub use store::Store;
pub use token::Tokens;
pub use user::{Attributes, CodeDelivery, DeliveryMedium};
pub use user_session::UserSession;
pub use verifier::TokenVerifier;

/// Compiles and runs the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
