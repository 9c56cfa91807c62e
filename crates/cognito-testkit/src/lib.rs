//! Test helpers for the Cognito crates: tokens, clocks, fakes, log capture and conformance suites.
//!
//! ```
//! use std::time::Duration;
//!
//! use cognito_core::Clock;
//! use cognito_testkit::{FixedClock, TestPool};
//!
//! let clock = FixedClock::at_unix(1_800_000_000);
//! let pool = TestPool::new("us-east-1_TestPool1", "client1").with_clock(clock.clone());
//!
//! // Signed like Cognito's tokens, with a key in `pool.jwks_json()`.
//! let token = pool.access_token(|claims| {
//!     claims.insert("cognito:groups".to_owned(), ["admins"].as_slice().into());
//! });
//! assert_eq!(token.split('.').count(), 3);
//!
//! clock.advance(Duration::from_secs(3600)); // The token has expired now.
//! assert_eq!(clock.unix_seconds(), 1_800_003_600);
//! ```
//!
//! | purpose | type |
//! |---|---|
//! | a clock that a test controls | [`FixedClock`] |
//! | tokens that a verifier accepts or rejects | [`TestPool`] |
//! | a verifier that accepts these tokens, with the feature `verifier` | `TestPool::verifier` |
//! | checking that no secret is logged | [`LogCapture`] |
//! | checking the spans of a trace | [`TraceCapture`] |
//! | the events that an [`EventSink`](cognito_core::EventSink) received | [`RecordingSink`] |
//! | recorded or quoted responses of AWS | [`recorded()`] |
//! | checking that a custom implementation keeps the contract of its trait | [`conformance`] |
//! | a user pool in memory with a `Cognito` client, with the feature `fake-pool` | `FakeUserPool` |
//! | passkeys without a browser, with the feature `passkeys` | `SoftwareAuthenticator` |
//! | an HTTP client that connects the AWS SDK to an emulator in memory, with the feature `aws-sdk` | `InMemoryHttpClient` |
//! | mocks of the [ports](cognito_core::ports) of a user pool, with the feature `mocks` | `mocks` |
//!
//! Security: the signing keys in this crate are public, so anyone can sign with them. No service
//! may trust them.

pub mod conformance;
#[cfg(feature = "fake-pool")]
pub mod fake_user_pool;
#[cfg(feature = "mocks")]
pub mod mocks;
#[doc(hidden)]
pub mod samples;

mod clock;
#[cfg(feature = "aws-sdk")]
mod http_client;
mod log;
mod pool;
mod recorded;
mod sink;
#[cfg(feature = "passkeys")]
mod software_authenticator;
mod trace;
mod vectors;

pub use clock::FixedClock;
/// The emulator: its settings, faults and messages.
#[cfg(feature = "aws-sdk")]
pub use cognito_emulator as emulator;
#[cfg(feature = "fake-pool")]
pub use fake_user_pool::FakeUserPool;
#[cfg(feature = "aws-sdk")]
pub use http_client::InMemoryHttpClient;
pub use log::LogCapture;
pub use pool::TestPool;
pub use recorded::{RecordedResponse, Strength, recorded};
pub use sink::{Recorded, RecordingSink};
#[cfg(feature = "passkeys")]
pub use software_authenticator::{AuthenticatorError, SoftwareAuthenticator};
pub use trace::{CapturedSpan, TraceCapture};
pub use vectors::{other_vectors, vectors};

/// Compiles and runs the code of the README. A part of it is for the feature `passkeys`.
#[cfg(all(doctest, feature = "passkeys"))]
#[doc = include_str!("../README.md")]
mod readme {}
