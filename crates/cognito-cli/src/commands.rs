//! The commands. Each command has a module.

pub(crate) mod audit;
pub(crate) mod client;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod emulator;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod pool;
pub(crate) mod quota;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod users;
