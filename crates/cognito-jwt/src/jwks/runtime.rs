//! Runs background work in the Tokio runtime of the caller, if the caller is in a runtime.
//!
//! Without the feature `http`, the crate does not use Tokio, and there is no background work. A
//! fetch is then polled by the callers that wait for it.

#[cfg(not(feature = "http"))]
mod absent;
#[cfg(feature = "http")]
mod present;

#[cfg(not(feature = "http"))]
pub(crate) use absent::{Runtime, Task};
#[cfg(feature = "http")]
pub(crate) use present::{Runtime, Task};
