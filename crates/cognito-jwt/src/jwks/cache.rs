//! A cache of signing keys. It decides when keys are fetched again, and concurrent callers share
//! one fetch (single flight).
//!
//! All times are measured with the monotonic clock:
//!
//! - **refresh ahead**: at 80 to 90 % of `refresh_every`, keys are renewed in the background, by a
//!   task or by the next lookup. The exact age is random for each cache;
//! - **max stale**: the age at which keys expire;
//! - **cool-down**: the time after a fetch for an unknown key id during which unknown key ids cause
//!   no further fetch. A renewal does not start the cool-down and does not wait for its end. If the
//!   cache had no usable keys before the fetch, and the fetch found the requested key, no cool-down
//!   starts, so that a key rotation soon afterwards is detected;
//! - **back-off**: the time after a failed fetch during which nothing is fetched.
//!
//! Instances can share the JWKS through a store. For a renewal, and if the cache has no usable
//! keys, the shared JWKS is read first. The age of a shared JWKS is the time since an instance
//! requested it from the source. If the cache has usable keys but not the requested key, the JWKS
//! is fetched from the source, because a shared JWKS can lack a new key. Reading a shared JWKS does
//! not start the cool-down.

mod fetch;
mod flight;
mod renewer;
mod schedule;
mod state;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Clock, Event, EventSink};

use self::state::{Purpose, Snapshot, State};
use crate::error::{Reason, VerifyError};
use crate::jwks::runtime::Runtime;
use crate::jwks::shared::SharedDocuments;
use crate::jwks::source::JwksSource;
use crate::jwks::status::KeysStatus;
use crate::key::{Key, MAX_KID_LENGTH};

/// A cache of the keys of one issuer. Clones share the keys. When the last clone is dropped, all
/// background work ends.
#[derive(Clone)]
pub(crate) struct KeyCache(Arc<State>);

/// The maximum number of fetches for one lookup of a key. Usually, one fetch is enough. But a JWKS
/// from the shared store can be older than the JWKS of the source. If a fetch returned a JWKS from
/// the shared store, and it does not contain the key, the lookup fetches again.
const ROUNDS: usize = 3;

#[derive(Clone)]
pub(crate) struct KeySettings {
    pub(crate) uri: String,
    pub(crate) source: Arc<dyn JwksSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Arc<dyn EventSink>,
    pub(crate) refresh_every: Duration,
    pub(crate) max_stale: Duration,
    pub(crate) shared: Option<SharedDocuments>,
}

/// The kind of caller. An asynchronous caller can wait for a fetch, a synchronous caller cannot.
#[derive(Clone, Copy)]
pub(crate) enum Caller {
    CannotWait,
    Waits,
}

/// The result of a lookup of a key. A lookup does not wait for a fetch.
pub(crate) enum Lookup {
    Key(Arc<Key>),
    /// The key is not cached, and no fetch is needed or allowed now. The reason of the error is
    /// `UnknownKid` if the key does not exist, and `KeysUnavailable` if it is unknown whether the
    /// key exists.
    Rejected(VerifyError),
    /// The caller must fetch: the key is not cached, or the keys must be renewed first.
    Absent,
}

impl KeyCache {
    pub(crate) fn new(settings: KeySettings) -> Self {
        Self(Arc::new(State::new(settings)))
    }

    /// Looks up a key by its id without waiting. Takes no lock if the key is cached and no renewal
    /// is due. If a renewal is due and there is a runtime, starts the renewal in the background.
    pub(crate) fn lookup(&self, kid: &str, caller: Caller) -> Lookup {
        let now = self.0.now();
        let current = self.0.current.load();
        let Some(snapshot) = self.0.if_usable(current.as_deref(), now) else {
            return self.0.without_key(kid, now);
        };
        if self.must_catch_up(snapshot, now, caller) {
            return Lookup::Absent;
        }
        self.renew_if_due(now);
        match snapshot.keys.key(kid) {
            Some(key) => Lookup::Key(Arc::clone(key)),
            // A key with such an id is never usable, whatever the source returns.
            None if kid.is_empty() || kid.len() > MAX_KID_LENGTH => {
                Lookup::Rejected(VerifyError::new(Reason::UnknownKid))
            }
            None => self.0.without_key(kid, now),
        }
    }

    /// Returns the key for an id whose lookup returned [`Lookup::Absent`]. Waits for the fetch in
    /// flight, or starts one. Fails if the fetch fails and the key is not cached, or if the JWKS
    /// does not contain the key.
    pub(crate) async fn wait_for(&self, kid: &str) -> Result<Arc<Key>, VerifyError> {
        let mut rejection = VerifyError::new(Reason::UnknownKid);
        for _ in 0..ROUNDS {
            let is_cached = self.0.has_key(kid, self.0.now());
            let purpose = match is_cached {
                // The key is cached. A renewal is due, and there is no task for it.
                true => Purpose::Renewal,
                false => Purpose::Demand { kid },
            };
            let outcome = self.0.fetch(purpose).await;
            let usable = self.0.usable(self.0.now());
            let key = usable.as_deref().and_then(|usable| usable.keys.key(kid));
            match (key, usable.is_some(), outcome) {
                (Some(key), ..) => return Ok(Arc::clone(key)),
                (None, true, Ok(())) => rejection = VerifyError::new(Reason::UnknownKid),
                (None, _, outcome) => {
                    rejection = self.0.unavailable(outcome.err().flatten());
                }
            }
            // If another instance fetched the keys, the source may have newer ones.
            if !self.0.is_last_shared() {
                break;
            }
        }
        Err(rejection)
    }

    /// Returns the key for an id whose lookup returned [`Lookup::Absent`], without waiting. If the
    /// JWKS source has the JWKS [in memory](JwksSource::document), loads it. Otherwise fails, and
    /// starts a fetch in the background if there is a runtime.
    pub(crate) fn without_waiting(&self, kid: &str) -> Result<Arc<Key>, VerifyError> {
        let Some(document) = self.0.settings.source.document() else {
            self.0.fetch_in_background(Purpose::Demand { kid });
            return Err(self.0.unavailable(None));
        };
        let loaded = self.0.load(&document);
        let usable = self.0.usable(self.0.now());
        match (usable.as_deref().map(|usable| usable.keys.key(kid)), loaded) {
            (Some(Some(key)), _) => Ok(Arc::clone(key)),
            (_, Ok(())) => Err(VerifyError::new(Reason::UnknownKid)),
            (_, Err(source)) => Err(self.0.unavailable(Some(source))),
        }
    }

    /// Returns `true` if the key of a cached token is still trusted: the last valid JWKS contains
    /// it, and this JWKS has not expired. Keys are compared by pointer. Returns `false` if the key
    /// is not trusted, or if the caller must renew the keys first. Takes no lock if no renewal is
    /// due. If a renewal is due and there is a runtime, starts the renewal in the background.
    pub(crate) fn trusts(&self, key: &Arc<Key>, caller: Caller) -> bool {
        let now = self.0.now();
        let current = self.0.current.load();
        let Some(snapshot) = self.0.if_usable(current.as_deref(), now) else {
            return false;
        };
        self.renew_if_due(now);
        snapshot.keys.contains(key) && !self.must_catch_up(snapshot, now, caller)
    }

    /// Fetches the keys if the cached keys are due for renewal, or if there are none. Fails only if
    /// there are no usable keys afterwards.
    pub(crate) async fn hydrate(&self) -> Result<(), VerifyError> {
        match self.0.fetch(Purpose::Renewal).await {
            Err(source) if self.0.usable(self.0.now()).is_none() => {
                let advice = format!(
                    "{} cannot be fetched; check the user pool id, the region and the network",
                    self.0.settings.uri
                );
                Err(self.0.unavailable(source).with_advice(advice))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn status(&self) -> KeysStatus {
        self.0.status()
    }

    /// Passes an event to the event sink of the verifier.
    pub(crate) fn record(&self, event: &Event<'_>) {
        self.0.settings.events.record(event);
    }

    /// Returns `true` if the caller must renew the keys before it uses them. A caller must renew
    /// the keys if they are at least `refresh_every` old, there is no runtime for a background
    /// task, and the caller can wait. If the renewal fails, the cached keys stay in use.
    fn must_catch_up(&self, snapshot: &Snapshot, now: Duration, caller: Caller) -> bool {
        let is_late = snapshot.age(now) >= self.0.settings.refresh_every;
        is_late
            && matches!(caller, Caller::Waits)
            && Runtime::current().is_none()
            && self.0.may_need_renewal(now)
    }

    fn renew_if_due(&self, now: Duration) {
        if self.0.may_need_renewal(now) {
            self.0.fetch_in_background(Purpose::Renewal);
        }
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.current.load().as_deref().map_or(0, |s| s.keys.len());
        f.debug_struct("KeyCache")
            .field("source", &self.0.settings.source)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}
