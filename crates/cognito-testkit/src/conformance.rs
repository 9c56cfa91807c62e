//! Test suites for custom implementations of the traits of `cognito-core`, such as `Store`.
//!
//! Call the suite from your test, in your runtime. The suite panics at the first broken rule, with
//! a message that describes the rule.
//!
//! ```
//! # async fn run() {
//! use cognito_core::event::NoopEventSink;
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
