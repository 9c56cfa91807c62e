//! The pool's signing keys: their sources, which are usable, and how long they are trusted.

pub(crate) mod cache;
pub(crate) mod file;
#[cfg(feature = "http")]
pub(crate) mod http;
pub(crate) mod key_set;
mod runtime;
pub(crate) mod shared;
pub(crate) mod source;
pub(crate) mod status;
