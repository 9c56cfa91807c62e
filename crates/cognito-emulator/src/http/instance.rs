//! The state of a running emulator: the pools, the injected faults and the call counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::Request;
use tokio::sync::Semaphore;

use crate::http::fault::{Fault, Faults};
use crate::http::gate::Gate;
use crate::http::hosted::ENDPOINTS;
use crate::http::origin::Hosts;
use crate::http::request_log::RequestLog;
use crate::http::snapshots::Snapshots;
use crate::model::error::FaultError;
use crate::operations;
use crate::operations::initial::Initial;
use crate::operations::pools::clients::remove_registered;
use crate::state::journal::Journal;
use crate::state::pools::Pools;

/// The index of the counter of the JWKS endpoint. The counters of all operations and of all hosted
/// endpoints have lower indexes.
pub(crate) const KEYS: usize = operations::COUNT + ENDPOINTS.len();

/// The name of the JWKS endpoint for faults and counters.
pub(crate) const KEYS_NAME: &str = "jwks.json";

/// The maximum number of requests that run on threads for blocking work at the same time. Requests
/// that may wait, for example for a trigger, run on such threads. By default, a Tokio runtime has
/// up to 512 threads for blocking work. The limit leaves half of them to the rest of the process.
const MOST_WAITING: usize = 256;

const MOST_UPLOADS: usize = 2;

pub(crate) struct Instance {
    pub(crate) pools: Pools,
    /// Writes the changes of the pools to the state file.
    pub(crate) journal: Journal,
    pub(crate) gate: Arc<Gate>,
    pub(crate) snapshots: Snapshots,
    pub(crate) faults: Faults,
    pub(crate) hosts: Hosts,
    /// The newest requests, which the emulator's window (its web interface) shows.
    pub(super) log: RequestLog,
    /// The certificate of the certificate authority for HTTPS, in PEM.
    pub(crate) ca_certificate: Option<String>,
    pub(crate) waiting: Arc<Semaphore>,
    /// A semaphore that limits how many import files are received at the same time.
    pub(crate) uploads: Semaphore,
    calls: Vec<AtomicU64>,
    /// The initial content of the emulator. Its groups and users are created again after a reset.
    pub(crate) initial: Initial,
}

impl Instance {
    pub(crate) fn new(
        (pools, journal): (Pools, Journal),
        hosts: Hosts,
        ca_certificate: Option<String>,
        initial: Initial,
    ) -> Self {
        Self {
            pools,
            journal,
            gate: Arc::default(),
            snapshots: Snapshots::default(),
            faults: Faults::default(),
            hosts,
            log: RequestLog::default(),
            ca_certificate,
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            uploads: Semaphore::new(MOST_UPLOADS),
            calls: (0..=KEYS).map(|_| AtomicU64::new(0)).collect(),
            initial,
        }
    }

    /// Returns `true` if the host name in a request is allowed.
    pub(super) fn is_addressed<B>(&self, request: &Request<B>) -> bool {
        self.hosts.is_addressed(request.uri(), request.headers())
    }

    /// Returns the number of requests to an operation, to a hosted endpoint or to the JWKS endpoint
    /// since the start or the last reset. Returns 0 for an unknown name.
    pub(crate) fn calls(&self, name: &str) -> u64 {
        let place = self.place(name);
        place.map_or(0, |place| self.calls[place].load(Ordering::Relaxed))
    }

    /// Returns the index of the request counter of the operation or endpoint with this name.
    /// Returns `None` for an unknown name.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
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

    /// Deletes all users, groups, faults, logged requests and other data, and sets the counters to
    /// zero.
    ///
    /// Pools, clients with their secrets, settings and IAM roles are kept, except for clients that
    /// were registered dynamically. The groups and users of the seed or template are created again.
    pub(crate) fn reset(&self) {
        self.pools.clear();
        remove_registered(&self.pools);
        self.faults.clear();
        self.log.clear();
        for calls in &self.calls {
            calls.store(0, Ordering::Relaxed);
        }
        self.initial.populate(&self.pools);
    }
}

/// Returns the names of all operations and endpoints for faults and counters, in the order of the
/// counters.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let operations = operations::all().map(|operation| operation.name);
    let paths = ENDPOINTS.iter().map(|endpoint| endpoint.path);
    operations.chain(paths).chain([KEYS_NAME])
}
