//! A source of settings for several instances ([`SharedConfigSource`]): one instance reads the
//! settings and writes them to a store, and the other instances read them from the store.

mod document;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::config::{Setting, Settings};
use cognito_core::store::{ConfidentialStore, StoreKey};
use cognito_core::{Clock, ConfigSource, Error, ErrorKind, PoolConfig, Result, Store};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use document::{CLOCKS_DIFFER, Document};

use crate::cache::renewal::jittered;
use crate::reading::Reading;

/// The total timeout of the store operations before the settings are read from the source. The
/// store operations after this read have a separate timeout of the same length.
const STORE: Duration = Duration::from_secs(2);

/// The timeout of a read from the source of the settings, if valid shared settings are available.
/// If the read times out, the shared settings are used.
const SOURCE: Duration = Duration::from_secs(15);

/// The time to live of a reservation. A reservation is a counter in the store. It shows the other
/// instances that one instance is reading the settings from their source. If that instance stops,
/// the reservation expires. The time to live is longer than the default timeout of a read, 30
/// seconds.
const CLAIM: Duration = Duration::from_secs(35);

/// The maximum number of waits while another instance reads the source of the settings. Each wait
/// takes about [`WAIT`].
const WAITS: usize = 5;
const WAIT: Duration = Duration::from_millis(400);

/// A source whose settings several instances share. One instance reads the source. The other
/// instances read the settings from a store. Many instances can therefore start at the same time
/// with little load on Parameter Store. An instance that starts while Parameter Store is
/// unavailable uses the shared settings.
///
/// - Shared settings are used for [5 minutes](Self::with_fresh_for). After that, one instance at a
///   time reads the source. The others wait for at most two seconds and then read the source
///   themselves. Each instance renews its settings every 5 minutes, so a change reaches all
///   instances after about ten minutes. [`ConfigCache::refresh`](crate::ConfigCache::refresh) reads
///   the source immediately and shares the result.
/// - Shared settings are kept for [a day](Self::with_last_good_for). If the source is unavailable
///   (network, timeout, throttling, a failure of AWS), an instance without settings, or with older
///   settings, uses the shared settings. A warning is then logged. An instance that already has the
///   shared settings gets the error, and its cache keeps the settings. Other errors of the source,
///   such as a missing permission, are always returned.
/// - Settings never revert to an earlier state. An instance ignores settings that were read before
///   its own, and older settings do not replace newer ones in the store.
/// - Settings are shared only if they are complete, together with the instance's [local
///   settings](Self::with_local). Settings from the store are validated like settings from the
///   source, and ignored if they are invalid. If settings cannot be shared, a warning is logged.
/// - If the store is unavailable, the source is read and a warning is logged. The start does not
///   fail, but may take up to four seconds longer.
///
/// Use this type only for a source that is the same for all instances. Environment variables can
/// differ between instances: add them with a chain.
///
/// ```
/// # fn example(
/// #     vault: cognito_config::StaticConfigSource,
/// #     store: std::sync::Arc<dyn cognito_core::store::ConfidentialStore>,
/// # ) {
/// use std::sync::Arc;
///
/// use cognito_config::{ChainConfigSource, EnvConfigSource, SharedConfigSource};
/// use cognito_core::SystemClock;
///
/// let shared = SharedConfigSource::new("shop", vault, store, Arc::new(SystemClock::new()))
///     .with_local(EnvConfigSource::new());
/// let source = ChainConfigSource::first_try(shared).or_else(EnvConfigSource::new());
/// # drop(source); }
/// ```
///
/// The type needs a Tokio runtime with time enabled.
///
/// # Security
///
/// The settings include the client secret. An attacker who can change them can select another pool.
/// Therefore only a [`ConfidentialStore`] is accepted. Services that share a store and a key must
/// use different names; otherwise they read each other's settings.
pub struct SharedConfigSource<S> {
    name: String,
    source: S,
    local: Option<Arc<dyn ConfigSource>>,
    store: Arc<dyn ConfidentialStore>,
    clock: Arc<dyn Clock>,
    fresh_for: Duration,
    last_good_for: Duration,
    /// The time at which the newest settings of this instance were read from the source, in seconds
    /// since 1970.
    newest: AtomicU64,
    /// `true` if the last settings of the source were incomplete. Incomplete settings are not
    /// shared. This instance then reads the source without a reservation (see [`CLAIM`]), so that
    /// other instances do not wait for its settings.
    shares_nothing: AtomicBool,
}

impl<S: ConfigSource> SharedConfigSource<S> {
    /// Creates a source that shares the settings of `source` with all instances that use the same
    /// `name`. The name is not encrypted.
    pub fn new(
        name: impl Into<String>,
        source: S,
        store: Arc<dyn ConfidentialStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            name: name.into(),
            source,
            local: None,
            store,
            clock,
            fresh_for: Duration::from_secs(5 * 60),
            last_good_for: Duration::from_secs(24 * 60 * 60),
            newest: AtomicU64::new(0),
            shares_nothing: AtomicBool::new(false),
        }
    }

    /// Adds a local source: a source for settings that differ between instances. Default: none. Use
    /// it if the shared settings alone are not complete. For example, the ids may be in the
    /// environment and only the secret in Parameter Store. The local source is read only to check
    /// that the shared settings and the local settings together are complete. Local settings are
    /// neither shared nor returned. To use them, also put the local source after this
    /// `SharedConfigSource` in a chain.
    pub fn with_local(mut self, source: impl ConfigSource) -> Self {
        self.local = Some(Arc::new(source));
        self
    }

    /// Sets the age up to which shared settings are used without reading the source of the
    /// settings. Default: 5 minutes.
    pub const fn with_fresh_for(mut self, age: Duration) -> Self {
        self.fresh_for = age;
        self
    }

    /// Sets the age up to which shared settings are used if the source of the settings is
    /// unavailable. Default: one day. With zero, errors of the source are always returned.
    pub const fn with_last_good_for(mut self, age: Duration) -> Self {
        self.last_good_for = age;
        self
    }

    /// Returns the settings in the store. Returns `None` if the store has no settings, or if they
    /// are invalid or older than the settings of this instance. Fails if the store is unavailable.
    async fn stored(&self, deadline: Instant) -> Result<Option<Stored>> {
        let key = self.document_key();
        let Some(bytes) = by(deadline, self.store.read(&key)).await? else {
            return Ok(None);
        };
        let now = self.clock.unix_seconds();
        let dated = Document::from_bytes(bytes).and_then(|document| {
            let age = document.age(now)?;
            Some(Stored { document, age })
        });
        let stored = match dated {
            Some(stored) if self.is_whole(&stored.document.settings).await => stored,
            _ => {
                tracing::warn!("the shared settings are invalid; they are ignored");
                return Ok(None);
            }
        };
        Ok((stored.document.asked_at >= self.newest()).then_some(stored))
    }

    /// Returns `true` if the shared settings are valid, and are complete together with the local
    /// settings ([`with_local`](Self::with_local)). Returns `false` if the local settings cannot be
    /// read.
    async fn is_whole(&self, settings: &Settings) -> bool {
        let mut all = settings.clone();
        if let Some(local) = &self.local {
            match local.load().await {
                Ok(local) => all = all.or(local),
                Err(_) => return false,
            }
        }
        PoolConfig::from_settings(&all, &self.source).is_ok()
    }

    fn is_fresh(&self, stored: &Stored) -> bool {
        stored.age < self.fresh_for
    }

    /// Returns `true` if the shared settings may be used while the source is unavailable: they are
    /// not too old, and are newer than the settings of this instance. If the instance already has
    /// these settings, the load fails with the error of the source instead.
    fn is_last_good(&self, stored: &Stored) -> bool {
        stored.age < self.last_good_for && stored.document.asked_at > self.newest()
    }

    /// Returns the time at which the newest settings of this instance were read, in seconds since
    /// 1970. Returns 0 if there are none.
    fn newest(&self) -> u64 {
        let newest = self.newest.load(Ordering::Relaxed);
        let latest = self.clock.unix_seconds().saturating_add(CLOCKS_DIFFER);
        // A time in the future indicates that the clock was wrong.
        if newest > latest { 0 } else { newest }
    }

    fn take_note(&self, asked_at: u64) {
        let newest = self.newest().max(asked_at);
        self.newest.store(newest, Ordering::Relaxed);
    }

    fn take(&self, stored: Stored) -> Settings {
        self.take_note(stored.document.asked_at);
        stored.document.settings
    }

    /// Decides whether this instance must read the source of the settings. If another instance
    /// reads the source, waits for the settings of that instance: for about two seconds, but not
    /// longer than until the deadline.
    async fn turn(&self, deadline: Instant) -> Turn {
        let claim = self.claim_key();
        for _ in 0..WAITS {
            let is_ours = match by(deadline, self.store.add(&claim, 1, CLAIM)).await {
                Ok(claims) => claims <= 1,
                Err(_) => return Turn::Unclaimed,
            };
            if !is_ours {
                sleep_until(deadline.min(Instant::now() + jittered(WAIT))).await;
            }
            // Another instance may have stored settings in the meantime.
            let stored = self.stored(deadline).await.ok().flatten();
            if let Some(stored) = stored.filter(|stored| self.is_fresh(stored)) {
                if is_ours {
                    self.end_claim(deadline).await;
                }
                return Turn::Found(self.take(stored));
            }
            if is_ours {
                return Turn::Ours;
            }
        }
        Turn::Unclaimed
    }

    /// Deletes the reservation of this instance (the counter in the store that makes other
    /// instances wait), so that they stop waiting. If the deletion fails, the reservation expires
    /// after [`CLAIM`].
    async fn end_claim(&self, deadline: Instant) {
        let key = self.claim_key();
        drop(by(deadline, self.store.delete(&key)).await);
    }

    async fn ask(&self, reading: Reading) -> Result<Document> {
        // The clock may have been set back. The time must not be earlier than the time of this
        // instance's previous settings.
        let asked_at = self.clock.unix_seconds().max(self.newest());
        let settings = reading.of(&self.source).await?;
        self.take_note(asked_at);
        Ok(Document { settings, asked_at })
    }

    /// Writes the settings of the source to the store. Does nothing if they are incomplete, or if
    /// the store has newer settings. A failure is only logged.
    async fn share(&self, document: &Document, deadline: Instant) {
        let is_whole = self.is_whole(&document.settings).await;
        let before = self.shares_nothing.swap(!is_whole, Ordering::Relaxed);
        if !is_whole {
            if !before {
                tracing::warn!(
                    "the settings are not shared: they are incomplete, even with the settings of this instance"
                );
            }
            return;
        }
        if let Ok(Some(stored)) = self.stored(deadline).await
            && stored.document.asked_at > document.asked_at
        {
            tracing::debug!("the settings are not shared: newer settings are stored");
            return;
        }
        let key = self.document_key();
        let live = self.fresh_for.max(self.last_good_for);
        let write = self.store.write(&key, document.to_bytes(), live);
        if let Err(error) = by(deadline, write).await {
            tracing::warn!(%error, "the settings could not be shared");
        }
    }

    /// Reads the source of the settings. If the source is unavailable, returns the shared settings
    /// in `stored`. They are returned only if [`is_last_good`](Self::is_last_good) accepts them.
    async fn load_or_fall_back(&self, stored: Option<Stored>) -> Result<Loaded> {
        let Some(stored) = stored.filter(|stored| self.is_last_good(stored)) else {
            return self.ask(Reading::Renewal).await.map(Loaded::New);
        };
        let loaded = timeout(SOURCE, self.ask(Reading::Renewal)).await;
        let loaded = loaded.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Timeout)
                .with_detail("the source of the settings timed out: check its network"))
        });
        match loaded {
            Err(error) if error.kind().is_retryable() || error.kind() == ErrorKind::Timeout => {
                tracing::warn!(
                    %error,
                    age_seconds = stored.age.as_secs(),
                    "the settings could not be read; the last valid shared settings are used"
                );
                Ok(Loaded::LastGood(self.take(stored)))
            }
            loaded => loaded.map(Loaded::New),
        }
    }

    fn document_key(&self) -> StoreKey {
        StoreKey::new("config", self.name.as_str())
    }

    fn claim_key(&self) -> StoreKey {
        StoreKey::new("config-claim", self.name.as_str())
    }
}

struct Stored {
    document: Document,
    age: Duration,
}

/// The decision whether this instance reads the source of the settings.
enum Turn {
    /// Settings that another instance has stored. This instance uses them and does not read the
    /// source.
    Found(Settings),
    /// This instance reads the source of the settings. The other instances wait for its result.
    Ours,
    /// This instance reads the source of the settings, and the other instances do not wait for its
    /// result. There are three possible reasons:
    ///
    /// - The store is unavailable.
    /// - The settings are incomplete and therefore not shared.
    /// - This instance has waited for another instance, which did not finish in time.
    Unclaimed,
}

/// The settings to use: new settings from their source, or the last valid shared settings if the
/// source is unavailable.
enum Loaded {
    New(Document),
    LastGood(Settings),
}

#[async_trait]
impl<S: ConfigSource> ConfigSource for SharedConfigSource<S> {
    async fn load(&self) -> Result<Settings> {
        let deadline = Instant::now() + STORE;
        let stored = match self.stored(deadline).await {
            Ok(Some(stored)) if self.is_fresh(&stored) => return Ok(self.take(stored)),
            Ok(stored) => stored,
            Err(error) => {
                tracing::warn!(%error, "the store of the shared settings failed; the source is read");
                return Ok(self.ask(Reading::Renewal).await?.settings);
            }
        };
        let turn = if self.shares_nothing.load(Ordering::Relaxed) {
            Turn::Unclaimed
        } else {
            self.turn(deadline).await
        };
        if let Turn::Found(settings) = turn {
            return Ok(settings);
        }
        let loaded = self.load_or_fall_back(stored).await;
        let deadline = Instant::now() + STORE;
        if let Ok(Loaded::New(document)) = &loaded {
            self.share(document, deadline).await;
        }
        if matches!(turn, Turn::Ours) {
            self.end_claim(deadline).await;
        }
        loaded.map(|loaded| match loaded {
            Loaded::New(document) => document.settings,
            Loaded::LastGood(settings) => settings,
        })
    }

    async fn reload(&self) -> Result<Settings> {
        let document = self.ask(Reading::OnRequest).await?;
        self.share(&document, Instant::now() + STORE).await;
        Ok(document.settings)
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        self.source.locations(setting)
    }
}

impl<S: fmt::Debug> fmt::Debug for SharedConfigSource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedConfigSource")
            .field("name", &self.name)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// Runs a store operation with a deadline. Fails with [`ErrorKind::StoreUnavailable`] at the
/// deadline.
async fn by<T>(deadline: Instant, work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout_at(deadline, work).await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::StoreUnavailable)
            .with_detail("the store timed out: check the network to the store"))
    })
}
