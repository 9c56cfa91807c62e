//! Settings that several machines share.

mod document;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::{
    Clock, ConfigSource, Error, ErrorKind, PoolConfig, Result, SealingStore, Setting, Settings,
    Store, StoreKey,
};
use tokio::time::{sleep, timeout};

use document::Document;

use crate::cache::renewal::jittered;

/// How long the store may take for one thing.
const STORE: Duration = Duration::from_secs(2);

/// How long the source may take where there are settings to fall back on.
const SOURCE: Duration = Duration::from_secs(15);

/// How long a machine that asks the source keeps the others waiting if it is never heard of again.
const CLAIM: Duration = Duration::from_secs(10);

/// How often, and about how long each time, a machine waits for what another one is asking for.
const WAITS: usize = 5;
const WAIT: Duration = Duration::from_millis(400);

/// A source whose settings several machines share: one of them asks it, and the others read what it
/// found from a store. Many machines that start at once are then no load on Parameter Store, and one
/// that starts while Parameter Store is away comes up with what the others know.
///
/// - Settings that a machine asked for are everybody's for [5 minutes](Self::with_fresh_for). One
///   machine asks at a time; the others wait for it, two seconds at most, and then ask themselves. As
///   each machine renews its settings every 5 minutes, a change has reached all about ten minutes
///   later. [`ConfigCache::refresh`](crate::ConfigCache::refresh) asks at once, and shares what it
///   finds.
/// - They are kept for [a day](Self::with_last_good_for): if the source cannot answer (network, time
///   out, throttled, a failure of AWS), the last good ones are used and a warning says so. If it answers
///   that something is wrong (a missing permission, say), that is the answer.
/// - Only settings that make a whole pool are shared, and what is read from the store is checked
///   like what comes from the source. What does not pass is passed over.
/// - If the store is away the source is asked, and a warning is logged. It costs a start two seconds
///   at most, and nothing fails because of it.
///
/// Put the source that many would ask behind it, and nothing else: the environment is each machine's
/// own.
///
/// ```
/// # fn example(
/// #     vault: cognito_config::StaticConfigSource,
/// #     store: std::sync::Arc<dyn cognito_core::SealingStore>,
/// # ) {
/// use std::sync::Arc;
///
/// use cognito_config::{ChainConfigSource, EnvConfigSource, SharedConfigSource};
/// use cognito_core::SystemClock;
///
/// let shared = SharedConfigSource::new("shop", vault, store, Arc::new(SystemClock::new()));
/// let source = ChainConfigSource::first_try(shared).or_else(EnvConfigSource::new());
/// # drop(source); }
/// ```
///
/// It needs a Tokio runtime with its timer.
///
/// # Security
///
/// The client secret is among the settings, and who can change them chooses the pool. That is why only a
/// [`SealingStore`] will do. The name is what tells services apart that share a store and a key: two
/// that read different settings under one name read each other's.
pub struct SharedConfigSource<S> {
    name: String,
    source: S,
    store: Arc<dyn SealingStore>,
    clock: Arc<dyn Clock>,
    fresh_for: Duration,
    last_good_for: Duration,
}

impl<S: ConfigSource> SharedConfigSource<S> {
    /// Shares what `source` finds with all machines that say the same name. The name is written in
    /// the clear.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        source: S,
        store: Arc<dyn SealingStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            name: name.into(),
            source,
            store,
            clock,
            fresh_for: Duration::from_secs(5 * 60),
            last_good_for: Duration::from_secs(24 * 60 * 60),
        }
    }

    /// How old settings may be that another machine asked for. 5 minutes unless said otherwise.
    #[must_use]
    pub const fn with_fresh_for(mut self, age: Duration) -> Self {
        self.fresh_for = age;
        self
    }

    /// How old settings may be that are used because the source cannot answer. A day unless said
    /// otherwise; with zero, an error of the source is always told.
    #[must_use]
    pub const fn with_last_good_for(mut self, age: Duration) -> Self {
        self.last_good_for = age;
        self
    }

    /// What the store has, unless it is no good. An error if the store is away.
    async fn stored(&self) -> Result<Option<Stored>> {
        let key = self.document_key();
        let Some(bytes) = in_time(self.store.read(&key)).await? else {
            return Ok(None);
        };
        let stored = Document::from_bytes(bytes)
            .filter(|document| self.is_whole(&document.settings))
            .and_then(|document| {
                let age = document.age(self.clock.unix_seconds())?;
                Some(Stored { document, age })
            });
        if stored.is_none() {
            tracing::warn!("the shared settings are no good, the source is asked");
        }
        Ok(stored)
    }

    /// Whether the settings make a pool, by the rules that hold for those of any source.
    fn is_whole(&self, settings: &Settings) -> bool {
        PoolConfig::from_settings(settings, &self.source).is_ok()
    }

    fn is_fresh(&self, stored: &Stored) -> bool {
        stored.age < self.fresh_for
    }

    fn is_last_good(&self, stored: &Stored) -> bool {
        stored.age < self.last_good_for
    }

    /// Waits while another machine asks the source. Gives what it found, or nothing if it is this
    /// machine's turn.
    async fn found_by_another(&self) -> Option<Settings> {
        let claim = self.claim_key();
        for _ in 0..WAITS {
            let claimed = in_time(self.store.add(&claim, 1, CLAIM)).await;
            let is_ours = !matches!(claimed, Ok(2..));
            if !is_ours {
                sleep(jittered(WAIT)).await;
            }
            // The one before may have come home since we looked.
            let stored = self.stored().await.ok().flatten();
            if let Some(stored) = stored.filter(|stored| self.is_fresh(stored)) {
                if is_ours {
                    self.end_claim().await;
                }
                return Some(stored.document.settings);
            }
            if is_ours {
                return None;
            }
        }
        None
    }

    /// Whoever waits need wait no longer. If this fails, the claim ends by itself.
    async fn end_claim(&self) {
        let key = self.claim_key();
        drop(in_time(self.store.delete(&key)).await);
    }

    /// Asks the source, and shares what it says.
    async fn ask(&self) -> Result<Settings> {
        let asked_at = self.clock.unix_seconds();
        let settings = self.source.load().await?;
        if self.is_whole(&settings) {
            let document = Document {
                settings: settings.clone(),
                asked_at,
            };
            let key = self.document_key();
            let live = self.fresh_for.max(self.last_good_for);
            let write = self.store.write(&key, document.to_bytes(), live);
            if let Err(error) = in_time(write).await {
                tracing::warn!(%error, "the settings could not be shared");
            }
        }
        Ok(settings)
    }

    /// Asks the source, and falls back on the last good settings.
    async fn ask_or_fall_back(&self, stored: Option<Stored>) -> Result<Settings> {
        let Some(stored) = stored.filter(|stored| self.is_last_good(stored)) else {
            return self.ask().await;
        };
        let asked = timeout(SOURCE, self.ask()).await;
        let asked = asked.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Timeout)
                .with_detail("the source of the settings did not answer in time"))
        });
        match asked {
            Err(error) if error.kind().is_retryable() || error.kind() == ErrorKind::Timeout => {
                tracing::warn!(
                    %error,
                    age_seconds = stored.age.as_secs(),
                    "the settings could not be read, the last good ones that were shared are used"
                );
                Ok(stored.document.settings)
            }
            asked => asked,
        }
    }

    fn document_key(&self) -> StoreKey {
        StoreKey::new("config", self.name.as_str())
    }

    fn claim_key(&self) -> StoreKey {
        StoreKey::new("config-claim", self.name.as_str())
    }
}

/// What the store has.
struct Stored {
    document: Document,
    age: Duration,
}

#[async_trait]
impl<S: ConfigSource> ConfigSource for SharedConfigSource<S> {
    async fn load(&self) -> Result<Settings> {
        let stored = match self.stored().await {
            Ok(Some(stored)) if self.is_fresh(&stored) => return Ok(stored.document.settings),
            Ok(stored) => stored,
            Err(error) => {
                tracing::warn!(%error, "the store of the shared settings failed, the source is asked");
                return self.source.load().await;
            }
        };
        if let Some(settings) = self.found_by_another().await {
            return Ok(settings);
        }
        let settings = self.ask_or_fall_back(stored).await;
        self.end_claim().await;
        settings
    }

    async fn load_anew(&self) -> Result<Settings> {
        self.ask().await
    }

    fn looked_for(&self, setting: Setting) -> Vec<String> {
        self.source.looked_for(setting)
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

async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(STORE, work).await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::StoreUnavailable).with_detail("the store did not answer in time"))
    })
}
