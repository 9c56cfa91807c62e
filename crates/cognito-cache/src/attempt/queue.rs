//! A queue of attempts that wait until attempts in flight have ended.
//!
//! An attempt in flight counts in each of its counters, like a failure. If it succeeds, it no
//! longer counts. If a counter is full, another attempt can therefore be admitted later, as long as
//! attempts of this process are in flight in that counter.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

use super::key::Digest;

/// The maximum number of waiting attempts in total. Further attempts are rejected.
const MAX_WAITING: usize = 1_024;
/// The maximum number of waiting attempts of one owner. The owner of an attempt is a counter: the
/// counter of the largest network that contains the client's address (an IPv4 address or an IPv6
/// /48). If the address is unknown, the owner is the last counter of the attempt, such as the
/// counter of the user.
const MAX_WAITING_OF_ONE: usize = 64;

/// This process's attempts that are in flight or waiting.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    counters: HashMap<Digest, Counter>,
    waiting: usize,
    waiting_of: HashMap<Digest, usize>,
}

/// This process's attempts that use one counter. The queue stores this value while at least one
/// attempt uses the counter.
#[derive(Default)]
struct Counter {
    visits: usize,
    in_flight: usize,
    /// The number of attempts that used this counter and have ended.
    ///
    /// A new attempt copies this number before it reads the counter in the store. If the counter in
    /// the store is full, the new attempt compares its copy with this number. If they differ,
    /// another attempt has ended since then, and the new attempt tries again immediately. If they
    /// are equal, the new attempt waits until another attempt ends.
    ended: u64,
    waiters: VecDeque<Arc<Waiter>>,
}

#[derive(Default)]
struct Waiter {
    is_woken: AtomicBool,
    waker: AtomicWaker,
}

/// The entry of an attempt in the queue. When this value is dropped, the attempt has ended and
/// waiting attempts are woken.
pub(super) struct Visit {
    queue: Arc<Queue>,
    /// The counters of the attempt. Each has a number: how many attempts of this counter had ended
    /// at the last call of [`look`](Self::look).
    counters: Vec<(Digest, u64)>,
    owner: Digest,
    is_in_flight: bool,
    /// `true` if the attempt subtracts 1 from each of its counters when it ends. `false` if it
    /// stays counted.
    gave_back: bool,
}

impl Visit {
    /// Adds an attempt to the queue. `counters` are the counters of the attempt. Waiting attempts
    /// with the same `owner` share the limit [`MAX_WAITING_OF_ONE`].
    pub(super) fn new(
        queue: &Arc<Queue>,
        counters: impl Iterator<Item = Digest>,
        owner: Digest,
    ) -> Self {
        let mut state = queue.state.lock();
        let counters = counters.map(|digest| {
            let counter = state.counters.entry(digest).or_default();
            counter.visits += 1;
            (digest, counter.ended)
        });
        let counters = counters.collect();
        drop(state);
        Self {
            queue: Arc::clone(queue),
            counters,
            owner,
            is_in_flight: false,
            gave_back: false,
        }
    }

    /// Records, for each counter of this attempt, how many attempts have ended. Call this method
    /// before the values of the counters are read from the store.
    pub(super) fn look(&mut self) {
        let state = self.queue.state.lock();
        for (digest, seen) in &mut self.counters {
            *seen = state.counters.get(digest).map_or(0, |it| it.ended);
        }
    }

    /// Records that the attempt was counted in its counters and is in flight.
    pub(super) fn admitted(&mut self) {
        let mut state = self.queue.state.lock();
        for (digest, _) in &self.counters {
            if let Some(counter) = state.counters.get_mut(digest) {
                counter.in_flight += 1;
            }
        }
        drop(state);
        self.is_in_flight = true;
    }

    /// Records that this attempt subtracts 1 from each of its counters when it ends.
    ///
    /// Each of the counters can then admit one more attempt. Therefore, when this value is dropped,
    /// one waiting attempt of each counter is woken. If no other attempt of a counter is in flight,
    /// all waiting attempts of the counter are woken, because no other attempt could wake them
    /// later.
    pub(super) const fn gives_back(&mut self) {
        self.gave_back = true;
    }

    /// Returns a future that completes when another attempt of the counter with this index ends.
    /// The caller should then try again to count this attempt. If an attempt has ended since the
    /// last [`look`](Self::look), the future completes immediately. Returns `None` if the counter
    /// has no attempt in flight, or if a limit of waiting attempts is reached: [`MAX_WAITING`] in
    /// total, or [`MAX_WAITING_OF_ONE`] for the owner of this attempt.
    pub(super) fn turn(&self, index: usize) -> Option<Turn> {
        let (digest, seen) = self.counters.get(index)?;
        let mut state = self.queue.state.lock();
        let State {
            counters,
            waiting,
            waiting_of,
        } = &mut *state;
        let counter = counters.get_mut(digest)?;
        let waiter = Arc::new(Waiter::default());
        if counter.ended != *seen {
            waiter.is_woken.store(true, Ordering::Release);
        } else if counter.in_flight == 0 || *waiting >= MAX_WAITING {
            return None;
        } else {
            let of_owner = waiting_of.get(&self.owner).copied().unwrap_or_default();
            if of_owner >= MAX_WAITING_OF_ONE {
                return None;
            }
            counter.waiters.push_back(Arc::clone(&waiter));
        }
        *waiting += 1;
        *waiting_of.entry(self.owner).or_default() += 1;
        drop(state);
        Some(Turn {
            queue: Arc::clone(&self.queue),
            waiter,
            digest: *digest,
            owner: self.owner,
            is_taken: false,
        })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut woken = Vec::new();
        let mut state = self.queue.state.lock();
        for (digest, _) in &self.counters {
            let Some(counter) = state.counters.get_mut(digest) else {
                continue;
            };
            counter.visits -= 1;
            if self.is_in_flight {
                counter.in_flight -= 1;
                counter.ended += 1;
                if counter.in_flight == 0 {
                    // No attempt remains that could end.
                    woken.extend(counter.waiters.drain(..));
                } else if self.gave_back {
                    woken.extend(counter.waiters.pop_front());
                }
            }
            if counter.visits == 0 {
                state.counters.remove(digest);
            }
        }
        // A waker is code of the runtime, so it must not run under our lock.
        drop(state);
        woken.iter().for_each(|waiter| waiter.wake());
    }
}

impl Waiter {
    fn wake(&self) {
        self.is_woken.store(true, Ordering::Release);
        self.waker.wake();
    }
}

/// A future for a waiting attempt. It is ready when the attempt should try again.
pub(super) struct Turn {
    queue: Arc<Queue>,
    waiter: Arc<Waiter>,
    digest: Digest,
    owner: Digest,
    is_taken: bool,
}

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.waiter.waker.register(context.waker());
        if self.waiter.is_woken.load(Ordering::Acquire) {
            self.is_taken = true;
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock();
        state.waiting -= 1;
        if let Some(of_owner) = state.waiting_of.get_mut(&self.owner) {
            *of_owner -= 1;
            if *of_owner == 0 {
                state.waiting_of.remove(&self.owner);
            }
        }
        let Some(counter) = state.counters.get_mut(&self.digest) else {
            return;
        };
        if !self.waiter.is_woken.load(Ordering::Acquire) {
            counter.waiters.retain(|it| !Arc::ptr_eq(it, &self.waiter));
        } else if !self.is_taken {
            // The next waiter gets the wake-up of this one.
            let next = counter.waiters.pop_front();
            drop(state);
            next.iter().for_each(|waiter| waiter.wake());
        }
    }
}
