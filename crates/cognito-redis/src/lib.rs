#![doc = include_str!("../README.md")]

mod client;
mod config;
mod error;
mod link;
mod revocations;
mod script;
mod store;
mod tls;

pub use config::RedisConfig;
pub use revocations::{RedisRevocations, RedisRevocationsBuilder, WhenStale};
pub use store::RedisStore;
