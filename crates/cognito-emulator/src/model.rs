//! What a user pool consists of, as plain data: users, clients, settings and their rules.
//!
//! Nothing here is locked or shared, and nothing waits.

pub(crate) mod attributes;
pub(crate) mod aws;
pub(crate) mod client;
pub(crate) mod code;
pub(crate) mod device;
pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod password;
pub(crate) mod policy;
pub(crate) mod random;
pub(crate) mod recovery;
pub(crate) mod settings;
pub(crate) mod totp;
pub(crate) mod user;
pub(crate) mod webauthn;
pub(crate) mod wire;
