//! Reads the settings of a user pool from AWS, writes them to a file, compares them and merges
//! them.
//!
//! The settings are divided into parts ([`part`]): the pool itself, each app client, each group and
//! so on.

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
