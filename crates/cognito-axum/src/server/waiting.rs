//! The list of open connections, and the order in which waiting connections are evicted if the
//! server is full.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

/// The open connections. A connection without a complete request head is waiting and can be
/// evicted.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    seats: Mutex<Seats>,
    /// The signal that one more connection waits for a request. It wakes the task that needs a
    /// connection to evict.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Seats {
    next: u64,
    /// All open connections, by connection number. The value is a connection's place in the order
    /// of eviction while the connection waits for a request, and `None` otherwise.
    open: HashMap<u64, Option<Place>>,
    /// The connections that wait for a request, in the order in which they are evicted. Each value
    /// is the signal that ends its connection.
    order: BTreeMap<Place, Arc<Notify>>,
}

/// A place in the order of eviction. The connection that has waited longest is first. Connections
/// of trusted proxies are last, because they serve many clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    is_trusted: bool,
    since: Instant,
    number: u64,
}

/// The entry of one connection in the list of open connections. When this value is dropped, the
/// entry is removed.
#[derive(Debug)]
pub(super) struct Seat {
    number: u64,
    is_trusted: bool,
    evicted: Arc<Notify>,
    waiting: Arc<Waiting>,
}

impl Waiting {
    /// Adds a connection. The connection can be evicted only after its task has called
    /// [`wait`](Seat::wait). Before that, its first request may have arrived already, and a
    /// connection with a request must not be evicted.
    pub(super) fn add(self: &Arc<Self>, is_trusted: bool) -> Seat {
        let mut seats = self.lock();
        let number = seats.next;
        seats.next += 1;
        seats.open.insert(number, None);
        drop(seats);
        Seat {
            number,
            is_trusted,
            evicted: Arc::default(),
            waiting: Arc::clone(self),
        }
    }

    /// Evicts the connection that is first in the order of eviction. Returns `false` if no
    /// connection waits.
    pub(super) fn evict(&self) -> bool {
        let mut seats = self.lock();
        let Some((place, evicted)) = seats.order.pop_first() else {
            return false;
        };
        seats.open.remove(&place.number);
        drop(seats);
        evicted.notify_one();
        true
    }

    /// Waits until a connection begins to wait for a request. Such a connection can be evicted.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Records that a request is being served, so the connection cannot be evicted. Returns `false`
    /// if the connection was already evicted; the caller must then not serve the request.
    pub(super) fn serve(&self) -> bool {
        let mut seats = self.waiting.lock();
        let Some(place) = seats.open.get_mut(&self.number) else {
            return false;
        };
        if let Some(place) = place.take() {
            seats.order.remove(&place);
        }
        true
    }

    /// Records that the connection waits for a request, so it can be evicted. Does nothing if the
    /// connection was already evicted.
    pub(super) fn wait(&self) {
        let mut seats = self.waiting.lock();
        let Some(place) = seats.open.get_mut(&self.number) else {
            return;
        };
        let now = Place {
            is_trusted: self.is_trusted,
            since: Instant::now(),
            number: self.number,
        };
        if let Some(earlier) = place.replace(now) {
            seats.order.remove(&earlier);
        }
        seats.order.insert(now, Arc::clone(&self.evicted));
        drop(seats);
        self.waiting.changed.notify_one();
    }

    /// Waits until the connection is evicted.
    pub(super) async fn evicted(&self) {
        self.evicted.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.waiting.lock();
        if let Some(Some(place)) = seats.open.remove(&self.number) {
            seats.order.remove(&place);
        }
    }
}
