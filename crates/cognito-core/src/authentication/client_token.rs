//! The request for an access token of an app client, without a domain of the pool.

use std::collections::BTreeSet;

use crate::hosted_login::names::Scope;
use crate::metadata::ClientMetadata;

record! {
    /// A request for an access token for the app client itself (`GetClientToken`). The secret of the
    /// app client is in the configuration.
    #[derive(Clone, Debug, Default)]
    pub struct ClientTokenRequest {
        ..
        /// The requested scopes of resource servers. Empty (default): all scopes of the app client.
        pub scopes: BTreeSet<Scope>,
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
    }
}
