//! A load balancer's signing keys: where they come from, how long they are kept, and how often they
//! may be asked for.

pub(super) mod budget;
pub(super) mod cache;

use std::fmt::Debug;

use async_trait::async_trait;

use crate::jwks::source::SourceError;

/// Where the public keys of load balancers come from.
///
/// # Implementing your own
///
/// Return the document at that address as it was served; it is not trusted, and what is wrong with
/// it is found out here. `fetch` is called once for all callers that wait for one key. It runs in
/// one of them, and is dropped when all have gone away. It must have a deadline of its own: the
/// callers wait as long as it does. After an error the same address is not asked for again for ten
/// seconds.
///
/// # Security
///
/// Whoever chooses the document chooses who is let in: it must come over a channel that proves its
/// origin, and no redirect may be followed. The address is made of a load balancer's ARN, as it was
/// configured, and a key id of letters, digits and hyphens, which an attacker may have chosen.
#[async_trait]
pub trait AlbKeySource: Debug + Send + Sync + 'static {
    /// The document at this address: one key in PEM.
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, SourceError>;
}
