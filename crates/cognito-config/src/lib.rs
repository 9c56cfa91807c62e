//! Sources of a user pool's settings, and a cache that renews them.
//!
//! - [`EnvConfigSource`]: environment variables and mounted files.
//! - `SecretsManagerConfigSource`: AWS Secrets Manager, with the feature `secretsmanager`.
//! - `SsmConfigSource`: AWS Systems Manager Parameter Store, with the feature `ssm`.
//! - [`StaticConfigSource`]: settings that the program provides.
//! - [`ChainConfigSource`]: a combination of several sources. Each setting comes from the first
//!   source that has it.
//! - [`SharedConfigSource`]: a source whose settings several instances share.
//! - [`ConfigCache`]: a cache of the current settings, renewed in the background.
//!
//! ```
//! # async fn example() -> cognito_core::Result<()> {
//! use std::sync::Arc;
//!
//! use cognito_config::{ConfigCache, ConfigCacheOptions, EnvConfigSource};
//! use cognito_core::SystemClock;
//! use cognito_core::config::CurrentConfig;
//! use cognito_core::event::NoopEventSink;
//!
//! let config = ConfigCache::load(
//!     Arc::new(EnvConfigSource::new()),
//!     ConfigCacheOptions::new(),
//!     Arc::new(SystemClock::new()),
//!     Arc::new(NoopEventSink::new()),
//! )
//! .await?;
//! let pool = config.current().user_pool_id.clone();
//! # Ok(())
//! # }
//! ```
//!
//! # Settings
//!
//! | setting | environment | file named by | Parameter Store |
//! |---|---|---|---|
//! | user pool id | `AWS_COGNITO_USER_POOL_ID` | `AWS_COGNITO_USER_POOL_ID_FILE` | `/cognito/user_pool_id` |
//! | client id | `AWS_COGNITO_CLIENT_ID` | `AWS_COGNITO_CLIENT_ID_FILE` | `/cognito/client_id` |
//! | client secret | `AWS_COGNITO_CLIENT_SECRET` | `AWS_COGNITO_CLIENT_SECRET_FILE` | `/cognito/client_secret` |
//! | previous client secret | `AWS_COGNITO_PREVIOUS_CLIENT_SECRET` | `AWS_COGNITO_PREVIOUS_CLIENT_SECRET_FILE` | `/cognito/previous_client_secret` |
//! | login domain | `AWS_COGNITO_DOMAIN` | | `/cognito/domain` |
//! | region | `AWS_REGION`, else `AWS_DEFAULT_REGION` | | |
//! | issuer (emulators) | `COGNITO_ISSUER` | | |
//! | JWKS URI (emulators) | `COGNITO_JWKS_URI` | | |

#[cfg(any(feature = "secretsmanager", feature = "ssm"))]
mod aws;
mod cache;
mod chain;
mod env;
mod reading;
#[cfg(feature = "secretsmanager")]
mod secrets_manager;
mod shared;
#[cfg(feature = "ssm")]
mod ssm;
mod static_settings;

pub use cache::ConfigCache;
pub use cache::options::ConfigCacheOptions;
pub use chain::ChainConfigSource;
pub use env::EnvConfigSource;
#[cfg(feature = "secretsmanager")]
pub use secrets_manager::SecretsManagerConfigSource;
pub use shared::SharedConfigSource;
#[cfg(feature = "ssm")]
pub use ssm::SsmConfigSource;
pub use static_settings::StaticConfigSource;

/// Compiles and runs the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
