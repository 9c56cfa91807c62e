//! Operations on user pools and on their parts, such as app clients, domains, resource servers and
//! identity providers.

pub(crate) mod branding;
pub(crate) mod clients;
pub(crate) mod domains;
pub(crate) mod identity_providers;
pub(crate) mod limits;
pub(crate) mod metadata_policies;
pub(crate) mod pool;
pub(crate) mod replicas;
pub(crate) mod resource_servers;
pub(crate) mod session_settings;
pub(crate) mod stored;
pub(crate) mod terms;
