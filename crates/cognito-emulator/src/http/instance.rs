//! The state of a running emulator ([`Instance`]).

use std::sync::Arc;

use http::Request;
use tokio::sync::Semaphore;

use crate::http::gate::Gate;
use crate::http::origin::Hosts;
use crate::http::snapshots::Snapshots;
use crate::http::traffic::Traffic;
use crate::operations::initial::Initial;
use crate::operations::pools::clients::remove_registered;
use crate::state::journal::Journal;
use crate::state::pools::Pools;

/// The maximum number of requests that run on threads for blocking work at the same time. Requests
/// that may wait, for example for a trigger, run on such threads. By default, a Tokio runtime has
/// up to 512 threads for blocking work. The limit leaves half of them to the rest of the process.
const MOST_WAITING: usize = 256;

const MOST_UPLOADS: usize = 2;

/// The limits on requests that run at the same time.
pub(super) struct Limits {
    /// A semaphore that limits how many requests run on threads for blocking work.
    pub(super) waiting: Arc<Semaphore>,
    /// A semaphore that limits how many import files are received.
    pub(super) uploads: Semaphore,
}

impl Limits {
    fn new() -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            uploads: Semaphore::new(MOST_UPLOADS),
        }
    }
}

pub(crate) struct Instance {
    pub(crate) pools: Pools,
    /// Writes the changes of the pools to the state file.
    pub(crate) journal: Journal,
    pub(crate) gate: Arc<Gate>,
    pub(crate) snapshots: Snapshots,
    pub(crate) traffic: Traffic,
    pub(crate) hosts: Hosts,
    /// The certificate of the certificate authority for HTTPS, in PEM.
    pub(crate) ca_certificate: Option<String>,
    pub(super) limits: Limits,
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
            traffic: Traffic::new(),
            hosts,
            ca_certificate,
            limits: Limits::new(),
            initial,
        }
    }

    /// Returns `true` if the host name in a request is allowed.
    pub(super) fn is_addressed<B>(&self, request: &Request<B>) -> bool {
        self.hosts.is_addressed(request.uri(), request.headers())
    }

    /// Deletes all users, groups, faults, logged requests and other data, and sets the counters to
    /// zero.
    ///
    /// Pools, clients with their secrets, settings and IAM roles are kept, except for clients that
    /// were registered dynamically. The groups and users of the seed or template are created again.
    pub(crate) fn reset(&self) {
        self.pools.clear();
        remove_registered(&self.pools);
        self.traffic.clear();
        self.initial.populate(&self.pools);
    }
}
