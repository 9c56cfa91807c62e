//! Settings that several machines share.

mod document;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::{
    Clock, ConfigSource, Error, ErrorKind, PoolConfig, Result, SealingStore, Setting, Settings,
    Store, StoreKey,
};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use document::{CLOCKS_DIFFER, Document};

use crate::cache::renewal::jittered;

/// How long the store may take before the source is asked, and how long after it answered.
const STORE: Duration = Duration::from_secs(2);

/// How long the source may take where there are settings to fall back on.
const SOURCE: Duration = Duration::from_secs(15);

/// How long a machine that asks the source keeps the others waiting if it is never heard of again:
/// longer than it may ask.
const CLAIM: Duration = Duration::from_secs(35);

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
///   out, throttled, a failure of AWS), a machine that has none yet, or older ones, takes the last good
///   ones, and a warning says so. One that has them is told the error, and keeps what it has. If the
///   source answers that something is wrong (a missing permission, say), that is the answer.
/// - Nothing goes back: settings that were asked for before those that a machine has are passed over,
///   and do not replace younger ones in the store.
/// - Only settings that make a whole pool are shared, with what each machine
///   [adds of its own](Self::with_own), and what is read from the store is checked like what comes from
///   the source. What does not pass is passed over, and what cannot be shared is warned of.
/// - If the store is away the source is asked, and a warning is logged. It costs a start two seconds
///   at most before the source is asked and two after it answered, and nothing fails because of it.
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
/// let shared = SharedConfigSource::new("shop", vault, store, Arc::new(SystemClock::new()))
///     .with_own(EnvConfigSource::new());
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
    own: Option<Arc<dyn ConfigSource>>,
    store: Arc<dyn SealingStore>,
    clock: Arc<dyn Clock>,
    fresh_for: Duration,
    last_good_for: Duration,
    /// When the youngest settings that this machine had were asked for, in seconds since 1970.
    newest: AtomicU64,
    /// Whether what the source said last makes no pool: then nobody need wait for it.
    shares_nothing: AtomicBool,
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
            own: None,
            store,
            clock,
            fresh_for: Duration::from_secs(5 * 60),
            last_good_for: Duration::from_secs(24 * 60 * 60),
            newest: AtomicU64::new(0),
            shares_nothing: AtomicBool::new(false),
        }
    }

    /// What each machine has of its own, where the source alone makes no whole pool: the ids in the
    /// environment, say, and only the secret in Parameter Store. It is asked to see whether nothing is
    /// missing; it is not shared, and not among what is found. Put it behind this source in a chain.
    #[must_use]
    pub fn with_own(mut self, source: impl ConfigSource) -> Self {
        self.own = Some(Arc::new(source));
        self
    }

    /// How old settings may be that another machine asked for. 5 minutes unless said otherwise.
    #[must_use]
    pub const fn with_fresh_for(mut self, age: Duration) -> Self {
        self.fresh_for = age;
        self
    }

    /// How old settings may be that a machine starts with because the source cannot answer. A day unless said
    /// otherwise; with zero, an error of the source is always told.
    #[must_use]
    pub const fn with_last_good_for(mut self, age: Duration) -> Self {
        self.last_good_for = age;
        self
    }

    /// What the store has, unless it is no good, or older than what this machine had. An error if the
    /// store is away.
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
                tracing::warn!("the shared settings are no good and passed over");
                return Ok(None);
            }
        };
        Ok((stored.document.asked_at >= self.newest()).then_some(stored))
    }

    /// Whether the settings make a pool, by the rules that hold for those of any source.
    async fn is_whole(&self, settings: &Settings) -> bool {
        let mut all = settings.clone();
        if let Some(own) = &self.own {
            match own.load().await {
                Ok(own) => all = all.or(own),
                Err(_) => return false,
            }
        }
        PoolConfig::from_settings(&all, &self.source).is_ok()
    }

    fn is_fresh(&self, stored: &Stored) -> bool {
        stored.age < self.fresh_for
    }

    /// Whether the settings serve where the source cannot answer: whoever has them already keeps
    /// them, and is to know that they could not be renewed.
    fn is_last_good(&self, stored: &Stored) -> bool {
        stored.age < self.last_good_for && stored.document.asked_at > self.newest()
    }

    /// When the youngest settings that this machine had were asked for.
    fn newest(&self) -> u64 {
        let newest = self.newest.load(Ordering::Relaxed);
        let latest = self.clock.unix_seconds().saturating_add(CLOCKS_DIFFER);
        // What is yet to come says that the clock was wrong.
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

    /// Waits while another machine asks the source.
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
            // The one before may have come home since we looked.
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

    /// Whoever waits need wait no longer. If this fails, the claim ends by itself.
    async fn end_claim(&self, deadline: Instant) {
        let key = self.claim_key();
        drop(by(deadline, self.store.delete(&key)).await);
    }

    /// Asks the source.
    async fn ask(&self, how: How) -> Result<Document> {
        // Whatever a clock says: what this machine had was there before.
        let asked_at = self.clock.unix_seconds().max(self.newest());
        let settings = match how {
            How::Anew => self.source.load_anew().await?,
            How::AsUsual => self.source.load().await?,
        };
        self.take_note(asked_at);
        Ok(Document { settings, asked_at })
    }

    /// Shares what the source said, unless there is something younger.
    async fn share(&self, document: &Document, deadline: Instant) {
        let is_whole = self.is_whole(&document.settings).await;
        let before = self.shares_nothing.swap(!is_whole, Ordering::Relaxed);
        if !is_whole {
            if !before {
                tracing::warn!(
                    "the settings are not shared: they make no whole pool, even with this machine's own"
                );
            }
            return;
        }
        if let Ok(Some(stored)) = self.stored(deadline).await
            && stored.document.asked_at > document.asked_at
        {
            tracing::debug!("the settings are not shared: there are younger ones");
            return;
        }
        let key = self.document_key();
        let live = self.fresh_for.max(self.last_good_for);
        let write = self.store.write(&key, document.to_bytes(), live);
        if let Err(error) = by(deadline, write).await {
            tracing::warn!(%error, "the settings could not be shared");
        }
    }

    /// Asks the source, and falls back on the last good settings.
    async fn ask_or_fall_back(&self, stored: Option<Stored>) -> Result<Answer> {
        let Some(stored) = stored.filter(|stored| self.is_last_good(stored)) else {
            return self.ask(How::AsUsual).await.map(Answer::New);
        };
        let asked = timeout(SOURCE, self.ask(How::AsUsual)).await;
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
                Ok(Answer::LastGood(self.take(stored)))
            }
            asked => asked.map(Answer::New),
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

/// Whose turn it is to ask the source.
enum Turn {
    /// Nobody's: another machine did.
    Found(Settings),
    /// Ours, and the others wait.
    Ours,
    /// Anybody's: the one we waited for is not heard of, or the store is away.
    Unclaimed,
}

/// What there is after the source was asked.
enum Answer {
    New(Document),
    LastGood(Settings),
}

/// How the source is asked.
#[derive(Clone, Copy)]
enum How {
    Anew,
    AsUsual,
}

#[async_trait]
impl<S: ConfigSource> ConfigSource for SharedConfigSource<S> {
    async fn load(&self) -> Result<Settings> {
        let deadline = Instant::now() + STORE;
        let stored = match self.stored(deadline).await {
            Ok(Some(stored)) if self.is_fresh(&stored) => return Ok(self.take(stored)),
            Ok(stored) => stored,
            Err(error) => {
                tracing::warn!(%error, "the store of the shared settings failed, the source is asked");
                return Ok(self.ask(How::AsUsual).await?.settings);
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
        let answer = self.ask_or_fall_back(stored).await;
        let deadline = Instant::now() + STORE;
        if let Ok(Answer::New(document)) = &answer {
            self.share(document, deadline).await;
        }
        if matches!(turn, Turn::Ours) {
            self.end_claim(deadline).await;
        }
        answer.map(|answer| match answer {
            Answer::New(document) => document.settings,
            Answer::LastGood(settings) => settings,
        })
    }

    async fn load_anew(&self) -> Result<Settings> {
        let document = self.ask(How::Anew).await?;
        self.share(&document, Instant::now() + STORE).await;
        Ok(document.settings)
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

/// Does work on the store that must be done by then.
async fn by<T>(deadline: Instant, work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout_at(deadline, work).await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::StoreUnavailable).with_detail("the store did not answer in time"))
    })
}
