//! How a [`ConfigCache`](crate::ConfigCache) renews itself.

use std::time::Duration;

/// How often settings are read anew, and how long reading may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigCacheOptions {
    pub(crate) interval: Option<Duration>,
    pub(crate) load_timeout: Duration,
}

impl ConfigCacheOptions {
    /// Every 5 minutes, give or take 10 %; reading takes 30 seconds at most.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            interval: Some(Duration::from_secs(5 * 60)),
            load_timeout: Duration::from_secs(30),
        }
    }

    /// The same with another interval, of one second at least. Each wait is longer or shorter by
    /// up to 10 %, so that many machines do not ask at the same moment.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval.max(Duration::from_secs(1)));
        self
    }

    /// The same without a background task: settings are read anew by
    /// [`refresh`](crate::ConfigCache::refresh) only.
    #[must_use]
    pub const fn without_renewal(mut self) -> Self {
        self.interval = None;
        self
    }

    /// The same with another time allowed for reading the settings once.
    #[must_use]
    pub const fn with_load_timeout(mut self, timeout: Duration) -> Self {
        self.load_timeout = timeout;
        self
    }
}

impl Default for ConfigCacheOptions {
    fn default() -> Self {
        Self::new()
    }
}
