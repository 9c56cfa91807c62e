//! Everything that requests change: the pools with their users, sessions, tokens and codes.

pub(crate) mod codes;
pub(crate) mod exchanges;
pub(crate) mod inbox;
pub(crate) mod pool;
pub(crate) mod pools;
pub(crate) mod service;
pub(crate) mod sessions;
pub(crate) mod tokens;
