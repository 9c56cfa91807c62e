//! Slots for open connections.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::waiting::{Seat, Waiting};
use crate::TrustedProxies;

/// The limits on open connections: in total, and per peer. A peer is an IPv4 address or an IPv6
/// network (/64).
pub(super) struct Slots {
    total: Arc<Semaphore>,
    waiting: Arc<Waiting>,
    peers: Arc<Mutex<Peers>>,
    per_peer: usize,
    proxies: TrustedProxies,
}

/// The number of open connections of each peer (an IPv4 address or an IPv6 network). A peer without
/// a connection has no entry, so the limit on all connections also limits the number of entries.
#[derive(Default)]
struct Peers {
    open: HashMap<IpAddr, usize>,
    warned: Option<Instant>,
}

/// A slot for one connection. When the value is dropped, the slot is free.
pub(super) struct Slot {
    seat: Arc<Seat>,
    _total: OwnedSemaphorePermit,
    _peer: Option<PeerSlot>,
}

struct PeerSlot {
    peer: IpAddr,
    peers: Arc<Mutex<Peers>>,
}

impl Slots {
    pub(super) fn new(total: usize, per_peer: usize, proxies: TrustedProxies) -> Self {
        Self {
            total: Arc::new(Semaphore::new(total.min(Semaphore::MAX_PERMITS))),
            waiting: Arc::default(),
            peers: Arc::default(),
            per_peer,
            proxies,
        }
    }

    /// Returns a slot for a connection of this peer. Returns `None` if the peer already has the
    /// maximum number of connections. If the server is full, evicts a connection without a complete
    /// request head. If there is no such connection, waits until a slot is free.
    ///
    /// Security: the limit of the peer is checked first, so a peer that has reached it evicts no
    /// other connection.
    pub(super) async fn take(&self, address: IpAddr) -> Option<Slot> {
        let address = address.to_canonical();
        let is_trusted = self.proxies.trusts(address);
        let peer = if is_trusted {
            None
        } else {
            Some(self.take_share(network(address))?)
        };
        let total = self.free().await;
        Some(Slot {
            seat: Arc::new(self.waiting.add(is_trusted)),
            _total: total,
            _peer: peer,
        })
    }

    /// Takes a free slot for a connection. If no slot is free, evicts a connection without a
    /// complete request head. If there is no such connection, waits until a slot is free. At most
    /// one caller waits at a time, because the server accepts connections one by one.
    async fn free(&self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(permit) = Arc::clone(&self.total).try_acquire_owned() {
                return permit;
            }
            let released = Arc::clone(&self.total).acquire_owned();
            if self.waiting.evict() {
                // The evicted connection ends now. The semaphore is never closed.
                if let Ok(permit) = released.await {
                    return permit;
                }
            } else {
                tokio::select! {
                    Ok(permit) = released => return permit,
                    () = self.waiting.changed() => {}
                }
            }
        }
    }

    fn take_share(&self, peer: IpAddr) -> Option<PeerSlot> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let open = peers.open.entry(peer).or_default();
        if *open >= self.per_peer {
            peers.warn();
            return None;
        }
        *open += 1;
        drop(peers);
        Some(PeerSlot {
            peer,
            peers: Arc::clone(&self.peers),
        })
    }
}

impl Slot {
    /// Returns the entry of this connection in the list of open connections.
    pub(super) fn seat(&self) -> Arc<Seat> {
        Arc::clone(&self.seat)
    }
}

impl Peers {
    /// Logs a warning that a peer has too many connections, at most once per minute. The peer's IP
    /// address is personal data and is not logged.
    fn warn(&mut self) {
        let now = Instant::now();
        let is_due = self
            .warned
            .is_none_or(|last| now - last >= BETWEEN_WARNINGS);
        if is_due {
            self.warned = Some(now);
            tracing::warn!(
                "a peer has too many connections; if it is a proxy, name it in Server::trusted_proxies"
            );
        }
    }
}

impl Drop for PeerSlot {
    fn drop(&mut self) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = peers.open.get_mut(&self.peer) {
            *open -= 1;
            if *open == 0 {
                peers.open.remove(&self.peer);
            }
        }
    }
}

/// Returns the address under which connections are counted: an IPv4 address itself, or the first 64
/// bits of an IPv6 address. One host may use all addresses of a /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let first = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(first))
        }
    }
}

const BETWEEN_WARNINGS: Duration = Duration::from_secs(60);
