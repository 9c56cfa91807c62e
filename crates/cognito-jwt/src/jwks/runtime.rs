//! Background work in the caller's Tokio runtime, if there is one.
//!
//! Without the feature `http` there is no runtime and no Tokio code. The callers that wait for a
//! fetch then poll it.

#[cfg(not(feature = "http"))]
mod absent;
#[cfg(feature = "http")]
mod present;

#[cfg(not(feature = "http"))]
pub(crate) use absent::{Runtime, Task};
#[cfg(feature = "http")]
pub(crate) use present::{Runtime, Task};
