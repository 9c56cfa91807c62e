//! Attempts at a password or a code: counted before they are made, refused when there were too many.

pub(crate) mod budget;
pub(crate) mod guard;
pub(crate) mod guard_builder;
mod key;
mod known;
pub(crate) mod policy;
mod queue;
pub(crate) mod subject;
pub(crate) mod verdict;
mod view;
