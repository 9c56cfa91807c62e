//! Work in the background: in the Tokio runtime that the caller is in, where there is one.
//!
//! Without the feature `http` there never is. Then nothing of Tokio is compiled, and those who wait
//! for a fetch drive it.

#[cfg(not(feature = "http"))]
mod absent;
#[cfg(feature = "http")]
mod present;

#[cfg(not(feature = "http"))]
pub(crate) use absent::{Runtime, Task};
#[cfg(feature = "http")]
pub(crate) use present::{Runtime, Task};
