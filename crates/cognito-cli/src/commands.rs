//! The commands: one module for each.

pub(crate) mod user;
pub(crate) mod users;
