#![doc = include_str!("../README.md")]

mod client;
mod config;
mod error;
mod link;
mod revocations;
mod script;
mod store;
mod tls;

pub use cognito_core::revocation::WhenStale;
pub use config::RedisConfig;
pub use revocations::{RedisRevocations, RedisRevocationsBuilder};
pub use store::RedisStore;
