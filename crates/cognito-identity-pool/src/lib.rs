#![doc = include_str!("../README.md")]

mod builder;
mod credentials;
mod error;
mod id;
mod plain_http;
mod pool;
mod send;
mod token_source;

pub use aws_config::SdkConfig;
pub use aws_credential_types::Credentials;
pub use aws_credential_types::provider::ProvideCredentials;
pub use aws_smithy_runtime_api::client::http::HttpConnector;
pub use builder::IdentityPoolBuilder;
pub use credentials::{IdentityCredentials, IdentityCredentialsBuilder};
pub use id::{IdentityId, IdentityPoolId};
pub use pool::IdentityPool;
pub use token_source::IdTokenSource;

// The types in the public API of this crate, so that its users need not depend on `cognito-core`.
pub use cognito_core::{
    Clock, Error, ErrorKind, IdToken, InvalidInput, Region, Result, UserPoolId,
};
