//! Implements the [ports](cognito_core::ports) of `cognito-core` for AWS. A port is a trait through
//! which the crate `cognito` calls Amazon Cognito.
//!
//! [`AwsCognito`] implements [`Authentication`](cognito_core::ports::Authentication),
//! [`Account`](cognito_core::ports::Account) and
//! [`Administration`](cognito_core::ports::Administration) with the AWS SDK. It adds the following
//! to the SDK:
//!
//! - It computes `SECRET_HASH` for the user name in each request.
//! - If Cognito rejects the client secret, the request is sent again with the other secret of the
//!   app client ([`PoolConfig::previous_client_secret`](cognito_core::PoolConfig)).
//! - Every call ends, because all [timeouts](Timeouts) are set.
//! - A request that is not idempotent, such as a sign-up or the response to a challenge, is not
//!   retried after a lost response.
//! - `LimitExceededException` is never retried. The SDK treats it as throttling, but in Cognito it
//!   is a limit on the attempts of a user.
//! - Every error is a [`cognito_core::Error`] with a kind.
//! - Inputs and outputs of the SDK are never contained in a log or an error, because their `Debug`
//!   output contains codes and attributes.
//!
//! [`AwsHostedLogin`] implements [`HostedLogin`](cognito_core::ports::HostedLogin) with the OAuth
//! 2.0 endpoints of the domain of the user pool. The SDK does not support these endpoints.
//!
//! [`CloudWatch`] reads how much of the quotas of Cognito is used.
//!
//! ```no_run
//! use std::sync::Arc;
//! use cognito_aws::AwsCognito;
//! use cognito_core::PoolConfig;
//! use cognito_core::config::StaticConfig;
//! use cognito_core::ports::Account;
//!
//! # async fn example(token: cognito_core::AccessToken) -> cognito_core::Result<()> {
//! let pool = PoolConfig::new("eu-central-1_aBcDeFgHi".parse()?, "1example23456789".parse()?);
//! let aws = AwsCognito::builder(Arc::new(StaticConfig::new(pool))).load().await?;
//! let me = aws.current_user(&token).await?;
//! # drop(me); Ok(()) }
//! ```

mod account;
mod administration;
mod attempts;
mod attributes;
mod authentication;
mod blocking;
mod client;
mod cloud_watch;
mod context;
mod devices;
mod document;
mod error;
mod factors;
mod hosted_login;
mod json_call;
mod ports;
mod quiet;
mod rotation;
mod secret_hash;
mod secrets;
mod send;
mod server_date;
mod sessions;

pub use aws_config::SdkConfig;
pub use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
pub use client::{AwsCognito, AwsCognitoBuilder, AwsService, Timeouts, configured_endpoint};
pub use cloud_watch::{CloudWatch, CloudWatchBuilder, QuotaUse};
pub use hosted_login::{AwsHostedLogin, AwsHostedLoginBuilder};

/// Compiles the examples of the README, and runs the examples that are not marked `no_run`.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
