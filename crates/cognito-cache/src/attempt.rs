//! A guard that counts attempts to guess passwords and codes, and rejects attempts over the limit.

pub(crate) mod budget;
pub(crate) mod guard;
pub(crate) mod guard_builder;
mod key;
mod known;
pub(crate) mod outcome;
pub(crate) mod policy;
mod queue;
pub(crate) mod subject;
mod view;
