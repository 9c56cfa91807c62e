//! Attempts at a password or a code: counted before they are made, refused when there were too many.

pub(crate) mod guard;
pub(crate) mod guard_builder;
mod key;
pub(crate) mod policy;
pub(crate) mod subject;
mod view;
