//! The settings of a user pool and of its parts, such as app clients: how they are read from AWS,
//! written to a file, compared and merged.

pub(crate) mod difference;
pub(crate) mod domains;
pub(crate) mod file;
pub(crate) mod linked;
pub(crate) mod merge;
mod normal;
pub(crate) mod part;
mod providers;
pub(crate) mod read;
pub(crate) mod secrets;
pub(crate) mod terms;
