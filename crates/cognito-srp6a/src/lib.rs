#![doc = include_str!("../README.md")]

#[macro_use]
mod macros;

mod client;
mod device;
mod digest;
mod error;
mod group;
mod integer;
mod parameter;
mod server;
mod session;
mod subject;
#[cfg(feature = "test-util")]
#[doc(hidden)]
pub mod test_util;
mod timestamp;
mod verifier;

pub use client::{Challenge, Exchange, Proof};
pub use device::{DevicePassword, DeviceRegistration};
pub use error::SrpError;
pub use server::{Answer, ServerExchange};
pub use subject::{Subject, pool_name};
pub use timestamp::Timestamp;
pub use verifier::Verifier;
