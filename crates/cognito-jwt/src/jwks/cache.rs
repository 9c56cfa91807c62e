//! The keys at hand: how fresh they are, when they are fetched anew, and that only one fetch runs.
//!
//! All times are measured with the monotonic clock:
//!
//! - **refresh ahead**: at 80 to 90 % of `refresh_every`, each cache at an age of its own, keys are
//!   renewed in the background, by a task or by the next lookup;
//! - **most stale**: older keys are not used any more;
//! - **cool-down**: how long after an unknown key id was looked up none causes another fetch. A
//!   renewal neither starts it nor waits for it, and neither does a first fetch that brought the key
//!   it was made for: a rotation right after them is noticed at once;
//! - **back-off**: how long after a failed fetch there is no other, whatever for.
//!
//! Where machines share documents, a renewal and the first fetch look there before they ask the source;
//! a document has the age that it has had since some machine asked for it. An unknown key id asks the
//! source itself: no document that was shared hides a new key, and none starts the cool-down.

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

/// The keys at hand. Clones share them; with the last one all work in the background ends.
#[derive(Clone)]
pub(crate) struct KeyCache(Arc<State>);

/// How often a caller has keys fetched that turn out to be shared ones. Once is enough, unless others
/// renew the keys at that very moment.
const ROUNDS: usize = 3;

/// What a cache is made of.
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

/// Whether a caller can wait for keys that must be fetched.
#[derive(Clone, Copy)]
pub(crate) enum Caller {
    CannotWait,
    Waits,
}

/// What is known about a key id without waiting.
pub(crate) enum Lookup {
    /// The key.
    Key(Arc<Key>),
    /// There is no such key, or no verdict, and asking the source now is not allowed or would not
    /// help.
    Refused(VerifyError),
    /// Asking the source may help.
    Absent,
}

impl KeyCache {
    pub(crate) fn new(settings: KeySettings) -> Self {
        Self(Arc::new(State::new(settings)))
    }

    /// What is known about a key id. Where a key is found, no lock is taken. Starts a renewal that
    /// is due, if there is a runtime to run it.
    pub(crate) fn at_hand(&self, kid: &str, caller: Caller) -> Lookup {
        let now = self.0.now();
        let current = self.0.current.load();
        let usable = current
            .as_deref()
            .filter(|snapshot| self.0.is_usable(snapshot, now));
        let Some(snapshot) = usable else {
            return self.0.without_key(kid, now);
        };
        if self.must_catch_up(snapshot, now, caller) {
            return Lookup::Absent;
        }
        self.renew_if_due(now);
        match snapshot.keys.key(kid) {
            Some(key) => Lookup::Key(Arc::clone(key)),
            // No usable key has such an id, whatever the source says.
            None if kid.is_empty() || kid.len() > MAX_KID_LENGTH => {
                Lookup::Refused(VerifyError::new(Reason::UnknownKid))
            }
            None => self.0.without_key(kid, now),
        }
    }

    /// The key of an id that was [absent](Lookup::Absent): waits for the fetch that is under way,
    /// or for a new one.
    pub(crate) async fn wait_for(&self, kid: &str) -> Result<Arc<Key>, VerifyError> {
        let mut refusal = VerifyError::new(Reason::UnknownKid);
        for _ in 0..ROUNDS {
            let is_at_hand = self.0.has_key(kid, self.0.now());
            let purpose = match is_at_hand {
                // It was found, and is due for a renewal that nobody makes in the background.
                true => Purpose::Renewal,
                false => Purpose::Demand { kid },
            };
            let outcome = self.0.fetch(purpose).await;
            let usable = self.0.usable(self.0.now());
            let key = usable.as_deref().and_then(|usable| usable.keys.key(kid));
            match (key, usable.is_some(), outcome) {
                (Some(key), ..) => return Ok(Arc::clone(key)),
                (None, true, Ok(())) => refusal = VerifyError::new(Reason::UnknownKid),
                (None, _, outcome) => {
                    refusal = VerifyError::keys_unavailable(outcome.err().flatten());
                }
            }
            // What others fetched a while ago is no last word.
            if !self.0.is_last_shared() {
                break;
            }
        }
        Err(refusal)
    }

    /// The key of an id that was [absent](Lookup::Absent), for a caller that cannot wait: from a
    /// document that is [at hand](JwksSource::document). Otherwise a fetch is started, if there is a
    /// runtime to run it.
    pub(crate) fn without_waiting(&self, kid: &str) -> Result<Arc<Key>, VerifyError> {
        let Some(document) = self.0.settings.source.document() else {
            self.0.fetch_in_background(Purpose::Demand { kid });
            return Err(VerifyError::keys_unavailable(None));
        };
        let loaded = self.0.load(&document);
        let usable = self.0.usable(self.0.now());
        match (usable.as_deref().map(|usable| usable.keys.key(kid)), loaded) {
            (Some(Some(key)), _) => Ok(Arc::clone(key)),
            (_, Ok(())) => Err(VerifyError::new(Reason::UnknownKid)),
            (_, Err(source)) => Err(VerifyError::keys_unavailable(Some(source))),
        }
    }

    /// Whether this very key is still trusted: it is in the last good document, and that is not too
    /// old. Takes no lock. Starts a renewal that is due, as a lookup does.
    pub(crate) fn trusts(&self, key: &Arc<Key>, caller: Caller) -> bool {
        let now = self.0.now();
        let current = self.0.current.load();
        let usable = current
            .as_deref()
            .filter(|snapshot| self.0.is_usable(snapshot, now));
        let Some(snapshot) = usable else {
            return false;
        };
        self.renew_if_due(now);
        snapshot.keys.contains(key) && !self.must_catch_up(snapshot, now, caller)
    }

    /// Makes sure that there are keys, fresh ones where possible.
    pub(crate) async fn hydrate(&self) -> Result<(), VerifyError> {
        match self.0.fetch(Purpose::Renewal).await {
            Err(source) if self.0.usable(self.0.now()).is_none() => {
                Err(VerifyError::keys_unavailable(source))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn status(&self) -> KeysStatus {
        self.0.status()
    }

    /// Whether keys past `refresh_every` must be renewed here and now: nobody renews them in the
    /// background where there is no runtime. If it fails, those at hand still serve.
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
