#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod account;
pub mod administration;
pub mod attempt;
pub mod authentication;
pub mod clock;
pub mod config;
pub mod device;
pub mod error;
pub mod hosted_login;
#[cfg(feature = "identity-pool")]
#[cfg_attr(docsrs, doc(cfg(feature = "identity-pool")))]
pub mod identity_pool;
pub mod monitoring;
pub mod observe;
pub mod passkeys;
pub mod ports;
pub mod requests;
pub mod revocation;
pub mod store;
pub mod verifier;

mod attempt_guard;
mod attributes;
mod builder;
mod call;
mod cognito;
mod events;
mod faults;
mod health;
mod operation;
mod response_step;
mod revoking;
mod run_to_completion;
mod span;
mod token;

pub use authentication::challenge::{Respond, RespondError};
pub use builder::CognitoBuilder;
pub use call::Call;
pub use cognito::Cognito;

pub use cognito_core::authentication::challenge;
pub use cognito_core::{
    AccessClaims, AccessToken, AttributeName, Attributes, Challenge, ChallengeAnswer,
    ChallengeName, ClientId, ClientMetadata, ClientSecret, CodeDelivery, ConfirmationCode,
    DeliveryMedium, Done, EmailAddress, Error, ErrorKind, GroupName, IdClaims, IdToken, Operation,
    Password, PhoneNumber, Principal, RefreshToken, Region, RequestContext, Result, Scope, Session,
    SignIn, SignInFlow, Tokens, TotpCode, UserPoolId, UserSession, Username,
};
