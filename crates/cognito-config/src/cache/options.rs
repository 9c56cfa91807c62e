//! The options of a [`ConfigCache`](crate::ConfigCache).

use std::time::Duration;

use cognito_core::setters;

/// The options of a [`ConfigCache`](crate::ConfigCache): the interval of renewals, and the timeout
/// of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct ConfigCacheOptions {
    pub(crate) interval: Option<Duration>,
    pub(crate) load_timeout: Duration,
}

impl ConfigCacheOptions {
    /// Creates the default options. Default interval: 5 minutes, plus or minus 10 %. Default
    /// timeout of a read: 30 seconds.
    pub const fn new() -> Self {
        Self {
            interval: Some(Duration::from_secs(5 * 60)),
            load_timeout: Duration::from_secs(30),
        }
    }

    setters! {
        /// Sets the interval of renewals. Default: 5 minutes. An interval shorter than one second
        /// counts as one second. Each delay varies by up to 10 %, so that many instances do not
        /// read at the same time.
        pub fn with_interval(interval: Duration) {
            interval = Some(interval.max(Duration::from_secs(1)))
        }

        /// Sets the timeout of one read of the settings from their source. Default: 30 seconds.
        pub fn with_load_timeout(timeout: Duration) { load_timeout = timeout }
    }

    /// Disables the background task that renews the settings. They are then renewed only by
    /// [`refresh`](crate::ConfigCache::refresh).
    pub const fn without_renewal(mut self) -> Self {
        self.interval = None;
        self
    }
}

impl Default for ConfigCacheOptions {
    fn default() -> Self {
        Self::new()
    }
}
