//! The requests of an emulator: their counters, their log and the injected faults ([`Traffic`]).

use std::sync::atomic::{AtomicU64, Ordering};

use crate::http::fault::{Fault, Faults};
use crate::http::hosted::ENDPOINTS;
use crate::http::request_log::RequestLog;
use crate::model::error::FaultError;
use crate::operations;

/// The index of the counter of the JWKS endpoint. The counters of all operations and of all hosted
/// endpoints have lower indexes.
pub(super) const KEYS: usize = operations::COUNT + ENDPOINTS.len();

/// The name of the JWKS endpoint for faults and counters.
pub(super) const KEYS_NAME: &str = "jwks.json";

/// The counters and the log of the requests, and the injected faults.
pub(crate) struct Traffic {
    pub(crate) faults: Faults,
    /// The newest requests, which the emulator's window (its web interface) shows.
    pub(super) log: RequestLog,
    calls: Vec<AtomicU64>,
}

impl Traffic {
    pub(super) fn new() -> Self {
        Self {
            faults: Faults::default(),
            log: RequestLog::default(),
            calls: (0..=KEYS).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Returns the number of requests to an operation, to a hosted endpoint or to the JWKS endpoint
    /// since the start or the last reset. Returns 0 for an unknown name.
    pub(crate) fn calls(&self, name: &str) -> u64 {
        let place = self.place(name);
        place.map_or(0, |place| self.calls[place].load(Ordering::Relaxed))
    }

    /// Returns the index of the request counter of the operation or endpoint with this name.
    /// Returns `None` for an unknown name.
    fn place(&self, name: &str) -> Option<usize> {
        names().position(|known| known == name)
    }

    /// Adds a fault. Fails, and adds nothing, if its name or its exception is unknown, or if its
    /// exception is too long.
    pub(crate) fn inject(&self, fault: Fault) -> Result<(), FaultError> {
        let Some(place) = self.place(&fault.operation) else {
            let name = fault.operation;
            return Err(FaultError::UnknownOperation { name });
        };
        fault.check(operations::all().nth(place))?;
        self.faults.inject(fault);
        Ok(())
    }

    pub(crate) fn count(&self, place: usize) {
        self.calls[place].fetch_add(1, Ordering::Relaxed);
    }

    /// Deletes all faults and logged requests, and sets the counters to zero.
    pub(super) fn clear(&self) {
        self.faults.clear();
        self.log.clear();
        for calls in &self.calls {
            calls.store(0, Ordering::Relaxed);
        }
    }
}

/// Returns the names of all operations and endpoints for faults and counters, in the order of the
/// counters.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let operations = operations::all().map(|operation| operation.name);
    let paths = ENDPOINTS.iter().map(|endpoint| endpoint.path);
    operations.chain(paths).chain([KEYS_NAME])
}
