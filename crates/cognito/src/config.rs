//! The settings of a user pool, and the sources from which they are read.
//!
//! Pass a source to [`CognitoBuilder::config_source`](crate::CognitoBuilder::config_source).
//!
//! | source | reads |
//! |---|---|
//! | [`EnvConfigSource`] | environment variables and mounted files |
//! | [`StaticConfigSource`] | values in the program |
//! | [`ChainConfigSource`] | several sources, one after the other |
//! | [`SharedConfigSource`] | another source, whose settings are shared through a store |
//! | `SecretsManagerConfigSource` (feature `secretsmanager`) | AWS Secrets Manager |
//! | `SsmConfigSource` (feature `ssm`) | AWS Systems Manager Parameter Store |

pub use cognito_aws::{AwsService, HttpConnector, SdkConfig, Timeouts, configured_endpoint};
#[cfg(feature = "secretsmanager")]
pub use cognito_config::SecretsManagerConfigSource;
#[cfg(feature = "ssm")]
pub use cognito_config::SsmConfigSource;
pub use cognito_config::{
    ChainConfigSource, EnvConfigSource, SharedConfigSource, StaticConfigSource,
};
pub use cognito_core::config::{CurrentConfig, Setting, Settings, StaticConfig};
pub use cognito_core::{ConfigSource, PoolConfig};
