//! The Cognito ports spoken to AWS: requests in, outcomes out.
//!
//! [`AwsCognito`] implements [`Authentication`](cognito_core::Authentication),
//! [`Account`](cognito_core::Account) and [`Administration`](cognito_core::Administration) over the
//! AWS SDK, and takes care of what the SDK leaves to its users:
//!
//! - `SECRET_HASH` is computed here, over the name that is right at each step.
//! - Every call ends: connect, read, attempt and operation time-outs are set ([`Timeouts`]).
//! - What must not be sent twice is not: after a lost reply a code, a challenge answer or a sign-up
//!   is not sent again, and `LimitExceededException`, which the SDK takes for throttling, is never
//!   retried.
//! - An error is a [`cognito_core::Error`] with the right kind; SDK inputs and outputs, whose
//!   `Debug` shows codes and attributes, never reach a log or an error.
//!
//! [`AwsHostedLogin`] implements [`HostedLogin`](cognito_core::HostedLogin) over the OAuth 2.0
//! endpoints of the pool's domain, which the SDK does not know.
//!
//! ```no_run
//! use std::sync::Arc;
//! use cognito_aws::AwsCognito;
//! use cognito_core::{Account, PoolConfig, StaticConfig};
//!
//! # async fn example(token: cognito_core::AccessToken) -> cognito_core::Result<()> {
//! let pool = PoolConfig::new("eu-central-1_aBcDeFgHi".parse()?, "1example23456789".parse()?);
//! let aws = AwsCognito::builder(Arc::new(StaticConfig::new(pool))).load().await?;
//! let me = aws.current_user(&token).await?;
//! # drop(me); Ok(()) }
//! ```

mod account;
mod administration;
mod attributes;
mod authentication;
mod blocking;
mod client;
mod context;
mod devices;
mod document;
mod error;
mod factors;
mod hosted_login;
mod quiet;
mod secret_hash;
mod server_date;

pub use aws_config::SdkConfig;
pub use client::{AwsCognito, AwsCognitoBuilder, Timeouts};
pub use hosted_login::{AwsHostedLogin, AwsHostedLoginBuilder};
