//! A cache of the current settings, renewed in the background.

pub(crate) mod options;
pub(crate) mod renewal;
mod state;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::config::CurrentConfig;
use cognito_core::{
    Clock, ConfigSource, Error, ErrorKind, EventSink, PoolConfig, Result, impl_debug,
};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use options::ConfigCacheOptions;
use state::State;

use crate::reading::Reading;

/// A cache of the current settings, renewed in the background.
///
/// The cache reads the settings once at the start. A background task then reads them again at an
/// interval. If a read fails, the last valid settings stay in use, a warning is logged, and an
/// [`Event::ConfigRefreshed`](cognito_core::Event::ConfigRefreshed) reports the error.
/// [`age`](Self::age) returns the age of the settings in use.
///
/// If the client secret changes and the source has no previous client secret, the earlier secret
/// becomes the [`previous_client_secret`](PoolConfig::previous_client_secret). If Cognito rejects
/// both secrets, the settings are read again at once, but at most every 10 seconds. So no request
/// fails because of a rotation of the client secret.
///
/// Only the client secret, the region and the login domain may change while a program runs. An app
/// client can have two secrets during a rotation; a new secret is used from the next request on.
/// Other changes are rejected with an error: another user pool, client, issuer or JWKS URI, and the
/// removal of the client secret. Verifiers and caches were built for the earlier values. To use
/// another pool, restart the program.
///
/// The task ends when the last clone of the cache is dropped. A read in flight is then cancelled.
pub struct ConfigCache {
    state: Arc<State>,
    /// The sender that stops the background task, which renews the settings. The task also ends
    /// when this sender is dropped.
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl ConfigCache {
    /// Reads the settings for the first time, and starts the task that renews them. Requires a
    /// Tokio runtime with time enabled.
    ///
    /// # Errors
    ///
    /// The errors of the source; [`ErrorKind::Configuration`] if settings are missing or invalid,
    /// or if the source panicked; [`ErrorKind::Timeout`] if the read times out;
    /// [`ErrorKind::Misuse`] outside a Tokio runtime.
    pub async fn load(
        source: Arc<dyn ConfigSource>,
        options: ConfigCacheOptions,
        clock: Arc<dyn Clock>,
        events: Arc<dyn EventSink>,
    ) -> Result<Arc<Self>> {
        let runtime = Handle::try_current().map_err(|_| {
            Error::new(ErrorKind::Misuse).with_detail(
                "settings must be loaded within a Tokio runtime: load them in an async task",
            )
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

    /// Reads the settings again from their source, not from the [shared](crate::SharedConfigSource)
    /// settings. If a `refresh` of another caller is in flight, waits for it and returns its
    /// result.
    ///
    /// # Errors
    ///
    /// The errors of [`load`](Self::load), and [`ErrorKind::Configuration`] if a setting has
    /// changed that must not change. The cached settings are then unchanged.
    pub async fn refresh(&self) -> Result<()> {
        self.state.refresh(Reading::OnRequest).await
    }

    /// Returns the time since the settings were last read successfully.
    pub fn age(&self) -> Duration {
        self.state.age()
    }

    /// Ends the background task that renews the settings, and waits until it has ended. The cached
    /// settings can still be read.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task {
            // The task returns an error only if its runtime has ended, and then the task has ended
            // too.
            let _ = task.await;
        }
    }
}

#[async_trait]
impl CurrentConfig for ConfigCache {
    fn current(&self) -> Arc<PoolConfig> {
        self.state.current()
    }

    async fn renew(&self) {
        self.state.renew().await;
    }
}

impl_debug!(ConfigCache as cache { current: cache.state.current() });
