//! Suites that check whether an implementation keeps the contract of its port.
//!
//! Call the suite from your test, in your runtime. It panics with a message at the first rule that
//! is broken.
//!
//! ```
//! # async fn run() {
//! use cognito_core::NoopEventSink;
//! use cognito_testkit::conformance;
//!
//! conformance::event_sink(&NoopEventSink::new()).await;
//! # }
//! ```

mod config_source;
mod event_sink;
mod revocation_list;
mod store;

pub use config_source::config_source;
pub use event_sink::event_sink;
pub use revocation_list::revocation_list;
pub use store::{PassTime, store};
