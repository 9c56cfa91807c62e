//! The receivers of all events: the metrics, custom sinks, and the state for health reports.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cognito_core::{Event, EventSink};
use cognito_metrics::Metrics;

/// The state for health reports. It receives every event first.
#[derive(Debug)]
pub(crate) struct Events {
    pub(crate) metrics: Metrics,
    sinks: Vec<Arc<dyn EventSink>>,
    config_failed: AtomicBool,
    keys_failed: AtomicBool,
    keys_at_hand: AtomicBool,
}

impl Events {
    pub(crate) const fn new(metrics: Metrics, sinks: Vec<Arc<dyn EventSink>>) -> Self {
        Self {
            metrics,
            sinks,
            config_failed: AtomicBool::new(false),
            keys_failed: AtomicBool::new(false),
            keys_at_hand: AtomicBool::new(false),
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

    /// Returns `true` if signing keys were available at least once, fetched or shared by other
    /// instances.
    pub(crate) fn keys_at_hand(&self) -> bool {
        self.keys_at_hand.load(Ordering::Relaxed)
    }
}

impl EventSink for Events {
    fn record(&self, event: &Event<'_>) {
        match event {
            Event::ConfigRefreshed { error, .. } => {
                self.config_failed.store(error.is_some(), Ordering::Relaxed);
            }
            Event::KeysRefreshed { error, at_hand, .. } => {
                self.keys_failed.store(error.is_some(), Ordering::Relaxed);
                self.keys_at_hand.fetch_or(*at_hand, Ordering::Relaxed);
            }
            _ => {}
        }
        self.metrics.record(event);
        for sink in &self.sinks {
            sink.record(event);
        }
    }
}
