//! The settings as they are now, read anew in the background.

pub(crate) mod options;
pub(crate) mod renewal;
mod state;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cognito_core::{
    Clock, ConfigSource, CurrentConfig, Error, ErrorKind, EventSink, PoolConfig, Result,
};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use options::ConfigCacheOptions;
use state::{Reading, State};

/// The settings as they are now.
///
/// They are read once before the program starts to serve, and then anew by a background task. When
/// reading fails, the last good settings stay, a warning is logged and an
/// [`Event::ConfigRefreshed`](cognito_core::Event::ConfigRefreshed) tells of it; [`age`](Self::age)
/// says how old they are.
///
/// What may change while a program runs is the client secret and the region: an app client can
/// have two secrets while one is being replaced, so the new one is used from the next request on.
/// Settings that name another user pool, client, issuer or key document are refused as an error
/// and the old ones stay, because verifiers and caches were built for these; so are settings in
/// which a client secret that was there is missing. To move to another pool, restart.
///
/// The task ends by itself when the last handle of the cache is dropped. Dropping a cache whose
/// source is being read abandons the reading.
pub struct ConfigCache {
    state: Arc<State>,
    /// Dropping it ends the task.
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl ConfigCache {
    /// Reads the settings for the first time, which must succeed, and starts to renew them. Needs
    /// a Tokio runtime with its timer.
    ///
    /// # Errors
    ///
    /// What the source says; [`ErrorKind::Configuration`] if settings are missing or do not parse
    /// or the source panicked; [`ErrorKind::Timeout`] if it takes longer than allowed;
    /// [`ErrorKind::Misuse`] outside a Tokio runtime.
    pub async fn load(
        source: Arc<dyn ConfigSource>,
        options: ConfigCacheOptions,
        clock: Arc<dyn Clock>,
        events: Arc<dyn EventSink>,
    ) -> Result<Arc<Self>> {
        let runtime = Handle::try_current().map_err(|_| {
            Error::new(ErrorKind::Misuse).with_detail("settings are loaded in a Tokio runtime")
        })?;
        let state = State::load(source, options.load_timeout, clock, events).await?;
        let state = Arc::new(state);
        let (stop, stopped) = watch::channel(false);
        let task = options
            .interval
            .map(|interval| runtime.spawn(renewal::run(Arc::downgrade(&state), interval, stopped)));
        Ok(Arc::new(Self {
            state,
            stop,
            task: Mutex::new(task),
        }))
    }

    /// Reads the settings anew, now, and past what machines [share](crate::SharedConfigSource).
    /// Whoever calls this while somebody else's reading is under way waits for that one and has its
    /// result.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load); and [`ErrorKind::Configuration`] if they are another pool's. The
    /// settings are then what they were.
    pub async fn refresh(&self) -> Result<()> {
        self.state.refresh(Reading::OnRequest).await
    }

    /// How long ago the settings were last read with success.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.state.age()
    }

    /// Ends the background task and waits until it has ended. The settings stay readable.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task {
            // It ends with an error only if its runtime is gone, and then it has ended, too.
            let _ = task.await;
        }
    }
}

impl CurrentConfig for ConfigCache {
    fn current(&self) -> Arc<PoolConfig> {
        self.state.current()
    }
}

impl fmt::Debug for ConfigCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigCache")
            .field("current", &self.state.current())
            .finish_non_exhaustive()
    }
}
