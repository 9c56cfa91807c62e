//! The state of a configuration cache: the last valid settings, and the reads that replace them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use cognito_core::config::Settings;
use cognito_core::{
    ClientSecret, Clock, ConfigSource, Error, ErrorKind, Event, EventSink, PoolConfig, Result,
};
use futures_util::FutureExt;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::reading::Reading;

pub(super) struct State {
    source: Arc<dyn ConfigSource>,
    load_timeout: Duration,
    clock: Arc<dyn Clock>,
    events: Arc<dyn EventSink>,
    current: ArcSwap<PoolConfig>,
    /// The time at which the settings in `current` were read, in nanoseconds of the monotonic
    /// clock.
    read_at: AtomicU64,
    /// The number of completed reads of the settings. A caller that has waited for the lock of
    /// `last` compares this number with its value before the wait. If the numbers differ, another
    /// caller has read the settings in the meantime.
    readings: AtomicU64,
    /// The reason for the last read of the settings, and the error if the read failed. The lock is
    /// held during a read, so only one read runs at a time.
    last: Mutex<Last>,
}

/// The minimum time between two reads of the settings by [`State::renew`]. That method is called
/// when Cognito rejects the client secret.
const RENEWAL_GAP: Duration = Duration::from_secs(10);

/// The reason for the last read of the settings, and the error if this read failed.
struct Last {
    reading: Reading,
    failure: Option<Error>,
    /// The time of the last [`renew`](State::renew), by the monotonic clock.
    renewed_at: Option<Duration>,
    /// The previous client secret from the last settings that contained one. `None` if no settings
    /// from the source contained one yet.
    given: Option<ClientSecret>,
}

impl State {
    /// Reads the settings for the first time.
    pub(super) async fn load(
        source: Arc<dyn ConfigSource>,
        load_timeout: Duration,
        clock: Arc<dyn Clock>,
        events: Arc<dyn EventSink>,
    ) -> Result<Self> {
        let loaded = read(&*source, Reading::Renewal, load_timeout).await;
        events.record(&Event::config_refreshed(loaded.as_ref().err()));
        let mut loaded = loaded?;
        loaded.previous_client_secret = given_previous(&mut loaded);
        let given = loaded.previous_client_secret.clone();
        let state = Self {
            current: ArcSwap::from_pointee(loaded),
            source,
            load_timeout,
            clock,
            events,
            read_at: AtomicU64::new(0),
            readings: AtomicU64::new(0),
            last: Mutex::new(Last {
                reading: Reading::Renewal,
                failure: None,
                renewed_at: None,
                given,
            }),
        };
        state.read_now();
        Ok(state)
    }

    pub(super) fn current(&self) -> Arc<PoolConfig> {
        self.current.load_full()
    }

    pub(super) fn age(&self) -> Duration {
        let read_at = Duration::from_nanos(self.read_at.load(Ordering::Relaxed));
        self.clock.monotonic().saturating_sub(read_at)
    }

    /// Reads the settings again. If another read completes while this call waits for the lock,
    /// returns the result of that read instead.
    ///
    /// A read on request ([`Reading::OnRequest`]) uses only the result of another read on request.
    /// It does not use the result of a renewal ([`Reading::Renewal`]), because a renewal may return
    /// settings from the shared store that are older than the request.
    pub(super) async fn refresh(&self, reading: Reading) -> Result<()> {
        let before = self.readings.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        // A renewal may have read shared settings that are older than the request of this caller.
        let will_do = reading == Reading::Renewal || last.reading == reading;
        if will_do && self.readings.load(Ordering::Acquire) != before {
            return match &last.failure {
                None => Ok(()),
                Some(failure) => Err(failure.clone()),
            };
        }
        self.read_into(&mut last, reading).await
    }

    /// Reads the settings again because Cognito rejects the client secret, but at most every 10
    /// seconds. If another read completes while this call waits for the lock, does nothing.
    pub(super) async fn renew(&self) {
        let before = self.readings.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        let now = self.clock.monotonic();
        let is_early = last
            .renewed_at
            .is_some_and(|at| now.saturating_sub(at) < RENEWAL_GAP);
        if is_early || self.readings.load(Ordering::Acquire) != before {
            return;
        }
        last.renewed_at = Some(now);
        // The error is logged, and the caller has an error of Cognito.
        let _ = self.read_into(&mut last, Reading::OnRequest).await;
    }

    async fn read_into(&self, last: &mut Last, reading: Reading) -> Result<()> {
        let result = self.read_and_replace(&mut last.given, reading).await;
        self.events
            .record(&Event::config_refreshed(result.as_ref().err()));
        last.reading = reading;
        last.failure = result.as_ref().err().cloned();
        if let Some(error) = &last.failure {
            tracing::warn!(
                %error,
                "the settings could not be renewed; the last valid settings are kept"
            );
        }
        self.readings.fetch_add(1, Ordering::Release);
        result
    }

    async fn read_and_replace(
        &self,
        given: &mut Option<ClientSecret>,
        reading: Reading,
    ) -> Result<()> {
        let mut new = read(&*self.source, reading, self.load_timeout).await?;
        let old = self.current.load();
        if let Some(what) = refused_change(&old, &new) {
            return Err(Error::new(ErrorKind::Configuration).with_detail(what));
        }
        set_previous_secret(&old, &mut new, given);
        self.current.store(Arc::new(new));
        self.read_now();
        Ok(())
    }

    fn read_now(&self) {
        // A `u64` of nanoseconds is enough for 584 years.
        let now = u64::try_from(self.clock.monotonic().as_nanos()).unwrap_or(u64::MAX);
        self.read_at.store(now, Ordering::Relaxed);
    }
}

/// Reads the settings from `source` once, and parses them. If the source times out or panics,
/// returns an error.
async fn read(source: &dyn ConfigSource, reading: Reading, time: Duration) -> Result<PoolConfig> {
    let loading = AssertUnwindSafe(reading.of(source)).catch_unwind();
    let settings: Settings = match timeout(time, loading).await {
        Ok(Ok(loaded)) => loaded?,
        Ok(Err(_)) => {
            // Security: the panic message may contain a value.
            return Err(Error::new(ErrorKind::Configuration).with_detail(
                "the source of the settings panicked: correct the custom ConfigSource",
            ));
        }
        Err(_) => {
            return Err(Error::new(ErrorKind::Timeout)
                .with_detail("the source of the settings timed out: check its network"));
        }
    };
    PoolConfig::from_settings(&settings, source)
}

/// Sets the previous client secret in the new settings.
///
/// If the source returns a previous secret that it did not return before, this secret is used.
/// Otherwise the previous secret of the source can be stale. Then the client secret before its last
/// change is used, because Cognito may still accept only that secret. `given` is the previous
/// secret that the source returned last.
fn set_previous_secret(old: &PoolConfig, new: &mut PoolConfig, given: &mut Option<ClientSecret>) {
    if let Some(previous) = given_previous(new) {
        let is_stale = is_same(given.as_ref(), Some(&previous));
        *given = Some(previous.clone());
        if !is_stale {
            new.previous_client_secret = Some(previous);
            return;
        }
    }
    let is_rotated = !is_same(old.client_secret.as_ref(), new.client_secret.as_ref());
    let previous = if is_rotated && old.client_secret.is_some() {
        &old.client_secret
    } else {
        &old.previous_client_secret
    };
    new.previous_client_secret.clone_from(previous);
}

/// Removes the previous client secret from `config`, the settings of the source, and returns it.
/// Returns `None` if it is the same as the current client secret.
fn given_previous(config: &mut PoolConfig) -> Option<ClientSecret> {
    let previous = config.previous_client_secret.take()?;
    (!is_same(Some(&previous), config.client_secret.as_ref())).then_some(previous)
}

fn is_same(one: Option<&ClientSecret>, other: Option<&ClientSecret>) -> bool {
    one.map(ClientSecret::expose) == other.map(ClientSecret::expose)
}

/// Returns an error message if a setting has changed that must not change while the program runs.
/// Returns `None` if all changes are allowed.
fn refused_change(old: &PoolConfig, new: &PoolConfig) -> Option<&'static str> {
    if old.user_pool_id != new.user_pool_id {
        Some("the user pool in the settings has changed: restart the service")
    } else if old.client_id != new.client_id {
        Some("the app client in the settings has changed: restart the service")
    } else if old.issuer != new.issuer || old.jwks_uri != new.jwks_uri {
        Some("the issuer or JWKS URI in the settings has changed: restart the service")
    } else if old.client_secret.is_some() && new.client_secret.is_none() {
        Some("the client secret is missing in the new settings: set it, or restart the service")
    } else {
        None
    }
}
