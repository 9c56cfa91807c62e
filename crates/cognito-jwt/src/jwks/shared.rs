//! A store through which several instances share the JWKS of a pool ([`SharedDocuments`]).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::store::{ConfidentialStore, StoreKey};
use cognito_core::{Clock, Store};
use futures_util::FutureExt;

use crate::jwks::key_set::KeySet;

/// The version of the format of a stored JWKS. It must be increased for an incompatible change.
const VERSION: u8 = 1;

/// The maximum time by which the clock of the writing instance may be ahead of the clock of the
/// reading instance, in seconds. A JWKS whose time is further ahead is ignored.
const CLOCKS_DIFFER: u64 = 60;

/// A store through which instances share the JWKS of each key URL. One instance fetches a JWKS and
/// writes it to the store, and the other instances read it there. If the store fails, a warning is
/// logged, and verification continues without the store.
#[derive(Clone)]
pub(crate) struct SharedDocuments {
    store: Arc<dyn ConfidentialStore>,
    clock: Arc<dyn Clock>,
}

impl SharedDocuments {
    pub(crate) fn new(store: Arc<dyn ConfidentialStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.unix_seconds()
    }

    /// Reads the JWKS of this URL from the store. Returns its keys, and the time since an instance
    /// requested the JWKS from the URL. Returns `None` if no JWKS is stored, or if it cannot be
    /// read, is invalid or has a time too far in the future.
    pub(crate) async fn read(&self, uri: &str) -> Option<(KeySet, Duration)> {
        let name = name(uri);
        let read = AssertUnwindSafe(self.store.read(&name)).catch_unwind();
        match read.await {
            Ok(Ok(shared)) => {
                let shared = shared?;
                let keys = self.keys(&shared);
                if keys.is_none() {
                    tracing::warn!("the shared signing keys are invalid; they are ignored");
                }
                keys
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the store of the shared signing keys failed");
                None
            }
            Err(_) => {
                tracing::warn!("the store of the shared signing keys panicked");
                None
            }
        }
    }

    fn keys(&self, shared: &[u8]) -> Option<(KeySet, Duration)> {
        let (&version, rest) = shared.split_first()?;
        let (asked_at, document) = rest.split_first_chunk()?;
        if version != VERSION {
            return None;
        }
        let asked_at = u64::from_be_bytes(*asked_at);
        let now = self.now();
        // The clock of one of the instances is so wrong that the age of the keys is unknown.
        if asked_at > now.saturating_add(CLOCKS_DIFFER) {
            return None;
        }
        let age = Duration::from_secs(now.saturating_sub(asked_at));
        Some((KeySet::parse(document).ok()?, age))
    }

    /// Writes a JWKS to the store. If a newer JWKS is stored, writes nothing. `asked_at` is the
    /// time at which this instance requested the JWKS from its URL, in seconds since
    /// 1970-01-01T00:00:00Z. The entry expires after `live`.
    pub(crate) async fn write(self, uri: String, document: Vec<u8>, asked_at: u64, live: Duration) {
        let now = self.now();
        let age = Duration::from_secs(now.saturating_sub(asked_at));
        let newest = self.read(&uri).await;
        if newest.is_some_and(|(_, newest)| newest < age) {
            tracing::debug!("the signing keys are not shared: newer keys are stored");
            return;
        }
        let mut shared = Vec::with_capacity(9 + document.len());
        shared.push(VERSION);
        shared.extend_from_slice(&asked_at.to_be_bytes());
        shared.extend_from_slice(&document);
        let name = name(&uri);
        let written = AssertUnwindSafe(self.store.write(&name, shared, live)).catch_unwind();
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the signing keys could not be shared"),
            Err(_) => tracing::warn!("the store of the shared signing keys panicked"),
        }
    }
}

cognito_core::impl_debug!(SharedDocuments { store });

/// Returns the store key of the JWKS of a URL. It is a digest, so its length is fixed, and it does
/// not reveal the pool id in the URL.
fn name(uri: &str) -> StoreKey {
    let digest = digest(&SHA256, uri.as_bytes());
    StoreKey::new("jwks", URL_SAFE_NO_PAD.encode(digest.as_ref()))
}
