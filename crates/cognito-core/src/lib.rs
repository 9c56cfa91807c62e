//! The common types of the Cognito crates: validated values, the ports and the error.
//!
//! This crate has no I/O, no async runtime and no AWS SDK, and the only clock is [`SystemClock`].
//! The other crates have one task each and depend on these types:
//!
//! - **Names and secrets** are always valid: [`UserPoolId`], [`ClientId`], [`Username`],
//!   [`Password`], [`ConfirmationCode`], … Secrets are never shown by `Debug`; see [`secret`].
//! - **Ports** are the traits through which the facade `cognito` calls other systems, one for each
//!   kind of caller: [`Authentication`] (anyone), [`Account`] (a signed-in user),
//!   [`Administration`] (an operator), [`HostedLogin`] (a browser at managed login, or a program
//!   with client credentials); and smaller ones: [`TokenVerifier`], [`ConfigSource`], [`Store`],
//!   [`RevocationList`], [`EventSink`], [`Clock`]. Each can be replaced by a custom implementation.
//! - **Results**: a sign-in is [`SignIn::Complete`] or a [`Challenge`]; a verified token gives
//!   [`AccessClaims`] or [`IdClaims`].
//! - **One error**, [`Error`], with the HTTP response for it and whether to retry.
//!
//! Most programs use these types through the facade, which re-exports them.

pub mod account;
pub mod administration;
pub mod authentication;
pub mod hosted_login;
pub mod id;
pub mod ports;
pub mod secret;

mod auth_factor;
mod category;
mod claims;
mod clock;
mod config;
mod context;
mod device;
mod done;
mod error;
mod event;
mod input;
mod mask;
mod metadata;
mod operations;
mod plain_http;
mod replied_at;
mod requirement;
mod revocation;
mod store;
mod token;
mod user;
mod user_session;
mod verifier;

pub use administration::filter::{Filter, FilterAttribute};
pub use auth_factor::{AuthFactor, AuthFactors};
pub use authentication::challenge::{Challenge, ChallengeAnswer, ChallengeName};
pub use authentication::sign_in::{FirstFactor, SignIn, SignInFlow};
pub use category::QuotaCategory;
pub use claims::{AccessClaims, Actor, IdClaims, Principal};
pub use clock::{Clock, SystemClock, rfc3339};
pub use config::{ConfigSource, CurrentConfig, PoolConfig, Setting, Settings, StaticConfig};
pub use context::RequestContext;
pub use device::{ConfirmedDevice, Device, DevicePage, DeviceStatus, NewDevice, RememberedDevice};
pub use done::Done;
pub use error::{
    Audience, EnumerationPolicy, Error, ErrorBody, ErrorKind, Exception, GuessedSecret, HiddenStep,
    PublicOutcome, Result, exception, exceptions,
};
pub use event::{Event, EventSink, NoopEventSink};
pub use hosted_login::authorize::{
    Authorization, AuthorizeRequest, LogoutRequest, Prompt, Provider, Screen,
};
pub use hosted_login::callback::Callback;
pub use hosted_login::client_token::ClientToken;
pub use hosted_login::names::{LoginDomain, RedirectUri, Scope};
pub use hosted_login::pending::{CodeExchange, PendingLogin};
pub use hosted_login::user_info::UserInfo;
pub use id::{
    AttributeName, ClientId, DeviceGroupKey, DeviceKey, DeviceName, EmailAddress, EventId,
    GroupDescription, GroupName, PasskeyId, PhoneNumber, ProviderName, Region, RoleArn, UserPoolId,
    Username,
};
pub use input::InvalidInput;
pub use mask::{Masked, masked};
pub use metadata::ClientMetadata;
pub use operations::{Access, Operation};
pub use plain_http::{is_loopback_host, reject_plain_http};
pub use ports::{Account, Administration, Authentication, HostedLogin};
pub use replied_at::RepliedAt;
pub use requirement::{Match, Requirement};
pub use revocation::{
    LONGEST_TOKEN_LIFE, Revocation, RevocationList, RevokedSubject, TokenIdentity, WhenStale,
};
pub use secret::{
    AccessToken, AuthorizationCode, ChallengeText, ClientSecret, ConfirmationCode, DevicePassword,
    DeviceText, IdToken, MAX_TOKEN_LENGTH, Password, PendingLoginText, RefreshToken, Session,
    SessionText, TotpCode, TotpSecret,
};
pub use store::{ConfidentialStore, CounterLimit, Reservation, Store, StoreKey};
pub use token::Tokens;
pub use user::{
    Attributes, AttributesIter, CodeDelivery, CurrentUser, DeliveryMedium, UserDetails, UserStatus,
};
pub use user_session::UserSession;
pub use verifier::{MAX_LEEWAY, TokenVerifier};

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
