//! The receiver of all events of a `Cognito` client.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cognito_core::{Event, EventSink};
use cognito_metrics::Metrics;

/// A receiver of all events. It stores the state for health reports, and passes each event to the
/// metrics and the custom sinks.
#[derive(Debug)]
pub(crate) struct Events {
    pub(crate) metrics: Metrics,
    sinks: Vec<Arc<dyn EventSink>>,
    config_failed: AtomicBool,
    keys_failed: AtomicBool,
    had_keys: AtomicBool,
}

impl Events {
    pub(crate) const fn new(metrics: Metrics, sinks: Vec<Arc<dyn EventSink>>) -> Self {
        Self {
            metrics,
            sinks,
            config_failed: AtomicBool::new(false),
            keys_failed: AtomicBool::new(false),
            had_keys: AtomicBool::new(false),
        }
    }

    /// Returns `true` if the last renewal of the settings failed.
    pub(crate) fn config_failed(&self) -> bool {
        self.config_failed.load(Ordering::Relaxed)
    }

    /// Returns `true` if the last renewal of the signing keys failed.
    pub(crate) fn keys_failed(&self) -> bool {
        self.keys_failed.load(Ordering::Relaxed)
    }

    /// Returns `true` if this process has ever had signing keys, fetched by itself or shared by
    /// another instance.
    pub(crate) fn had_keys(&self) -> bool {
        self.had_keys.load(Ordering::Relaxed)
    }
}

impl EventSink for Events {
    fn record(&self, event: &Event<'_>) {
        match event {
            Event::ConfigRefreshed { error, .. } => {
                self.config_failed.store(error.is_some(), Ordering::Relaxed);
            }
            Event::KeysRefreshed {
                error,
                keys_available,
                ..
            } => {
                self.keys_failed.store(error.is_some(), Ordering::Relaxed);
                self.had_keys.fetch_or(*keys_available, Ordering::Relaxed);
            }
            _ => {}
        }
        self.metrics.record(event);
        for sink in &self.sinks {
            sink.record(event);
        }
    }
}
