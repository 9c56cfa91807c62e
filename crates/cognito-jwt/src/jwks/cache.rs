//! The cached keys: their age, when they are fetched again, and single flight for fetches.
//!
//! All times are measured with the monotonic clock:
//!
//! - **refresh ahead**: keys are renewed in the background at 80 to 90 % of `refresh_every`, by a
//!   task or by the next lookup. The exact age is random for each cache;
//! - **max stale**: the age at which keys expire;
//! - **cool-down**: after a fetch for an unknown key id, the time without further fetches for
//!   unknown key ids. Renewals do not start the cool-down and do not wait for it. The first fetch
//!   of a cache does not start it if the requested key is found. A rotation soon after the first
//!   fetch is therefore detected;
//! - **back-off**: the time after a failed fetch during which nothing is fetched.
//!
//! If instances share documents, a renewal and the first fetch read the shared document first. The
//! age of a document is the time since an instance requested it. For an unknown key id, the
//! document is always fetched from the source, because a shared document may not contain a new key.
//! Reading a shared document does not start the cool-down.

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

use cognito_core::{Clock, EventSink};

use self::state::{Purpose, Snapshot, State};
use crate::error::{Reason, VerifyError};
use crate::jwks::runtime::Runtime;
use crate::jwks::shared::SharedDocuments;
use crate::jwks::source::JwksSource;
use crate::jwks::status::KeysStatus;
use crate::key::{Key, MAX_KID_LENGTH};

/// The cached keys. Clones share them. When the last clone is dropped, all background work ends.
#[derive(Clone)]
pub(crate) struct KeyCache(Arc<State>);

/// The maximum number of fetches in one call. A further fetch is made only if the previous one
/// returned shared keys, because the source may have newer ones.
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

/// The kind of caller: an asynchronous caller, which can wait for a fetch, or a synchronous caller,
/// which cannot.
#[derive(Clone, Copy)]
pub(crate) enum Caller {
    CannotWait,
    Waits,
}

/// The result of a lookup that does not wait.
pub(crate) enum Lookup {
    Key(Arc<Key>),
    /// The key does not exist, or it is unknown whether it exists. A fetch is not allowed now, or
    /// could not find the key.
    Rejected(VerifyError),
    /// The key is not cached, and a fetch may find it.
    Absent,
}

impl KeyCache {
    pub(crate) fn new(settings: KeySettings) -> Self {
        Self(Arc::new(State::new(settings)))
    }

    /// Looks up a key id without waiting. A cached key is returned without a lock. If a renewal is
    /// due and there is a runtime, starts the renewal.
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
            // No usable key has such an id, whatever the source returns.
            None if kid.is_empty() || kid.len() > MAX_KID_LENGTH => {
                Lookup::Rejected(VerifyError::new(Reason::UnknownKid))
            }
            None => self.0.without_key(kid, now),
        }
    }

    /// Returns the key for an id that was [absent](Lookup::Absent). Waits for the fetch in flight,
    /// or for a new one.
    pub(crate) async fn wait_for(&self, kid: &str) -> Result<Arc<Key>, VerifyError> {
        let mut rejection = VerifyError::new(Reason::UnknownKid);
        for _ in 0..ROUNDS {
            let is_cached = self.0.has_key(kid, self.0.now());
            let purpose = match is_cached {
                // The key was found, but a renewal is due and no background task makes it.
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
            // If the keys are from another instance, the source may have newer ones.
            if !self.0.is_last_shared() {
                break;
            }
        }
        Err(rejection)
    }

    /// Returns the key for an id that was [absent](Lookup::Absent), without waiting. If the source
    /// has a document [in memory](JwksSource::document), loads it. Otherwise fails; if there is a
    /// runtime, also starts a fetch in the background.
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

    /// Returns `true` if this exact key is still trusted: it is in the last valid document, and the
    /// document is not too old. Takes no lock. If a renewal is due, starts it in the background.
    pub(crate) fn trusts(&self, key: &Arc<Key>, caller: Caller) -> bool {
        let now = self.0.now();
        let current = self.0.current.load();
        let Some(snapshot) = self.0.if_usable(current.as_deref(), now) else {
            return false;
        };
        self.renew_if_due(now);
        snapshot.keys.contains(key) && !self.must_catch_up(snapshot, now, caller)
    }

    /// Fetches the keys, unless recent keys are cached. Fails only if there are no usable keys
    /// after the fetch.
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

    /// Returns `true` if this call must renew keys older than `refresh_every`, because there is no
    /// runtime for a background task. If the renewal fails, the cached keys stay in use.
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
