//! What an operator may do, by signed calls.

pub(crate) mod attributes;
pub(crate) mod auth_events;
pub(crate) mod clients;
pub(crate) mod devices;
pub(crate) mod domains;
pub(crate) mod groups;
pub(crate) mod identity_providers;
pub(crate) mod list;
pub(crate) mod mfa;
pub(crate) mod passwords;
pub(crate) mod pool;
pub(crate) mod providers;
pub(crate) mod resource_servers;
pub(crate) mod secrets;
pub(crate) mod state;
pub(crate) mod stored;
pub(crate) mod tags;
pub(crate) mod users;
