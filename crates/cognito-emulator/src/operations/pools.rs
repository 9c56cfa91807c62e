//! Operations on user pools and their app clients, domains, resource servers and identity
//! providers.

pub(crate) mod clients;
pub(crate) mod domains;
pub(crate) mod identity_providers;
pub(crate) mod pool;
pub(crate) mod resource_servers;
pub(crate) mod stored;
