//! Suites that check whether an implementation of a port keeps the port's promises.
//!
//! Call the suite from a test of yours, in a runtime of yours; it panics at the first promise that
//! is not kept and says which.
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
