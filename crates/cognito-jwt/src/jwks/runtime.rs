//! Background work in the Tokio runtime of the caller, if there is one.
//!
//! Without the feature `http` there never is. Then no Tokio code is compiled, and the waiters poll
//! the fetch.

#[cfg(not(feature = "http"))]
mod absent;
#[cfg(feature = "http")]
mod present;

#[cfg(not(feature = "http"))]
pub(crate) use absent::{Runtime, Task};
#[cfg(feature = "http")]
pub(crate) use present::{Runtime, Task};
