//! The signing keys of a pool: the sources of JWKS documents, the rules for usable keys, and the
//! cache.

pub(crate) mod cache;
pub(crate) mod file;
#[cfg(feature = "http")]
pub(crate) mod http;
pub(crate) mod key_set;
mod runtime;
pub(crate) mod shared;
pub(crate) mod source;
pub(crate) mod status;
