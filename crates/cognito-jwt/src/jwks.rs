//! The pool's signing keys: where they come from, which are usable, how long they are trusted.

pub(crate) mod cache;
#[cfg(feature = "http")]
pub(crate) mod http;
pub(crate) mod key_set;
pub(crate) mod source;
