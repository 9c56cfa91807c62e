//! The background renewal: one task per cache, in the runtime of its first fetch.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::flight::{Completion, Join};
use super::schedule::ABANDONED_AFTER;
use super::state::{Purpose, State};
use crate::jwks::runtime::Runtime;

/// The minimum sleep. It limits the checks if the cache's clock is slower than the timer.
const SHORTEST_SLEEP: Duration = Duration::from_millis(10);

/// The fetch or the time for which the task waits.
enum Wait {
    Completion(Completion),
    Sleep(Duration),
}

/// Renews the keys whenever a renewal is due. The timer wakes the task, and the cache's clock
/// decides whether a renewal is due. The task keeps only a weak reference to the cache and ends
/// with it.
pub(super) async fn renew(runtime: Runtime, state: Weak<State>) {
    while let Some(pause) = state.upgrade().map(|state| state.pause(&runtime)) {
        pause.await;
    }
}

impl State {
    /// Starts a renewal that is due, and returns the pause until the next check.
    ///
    /// If the runtime has no timer, the sleep panics, and there is no way to check for a timer
    /// first. The panic ends the task, and `timer_is_missing` stays `true`. From then on, calls
    /// renew the keys, as without a runtime.
    fn pause(self: &Arc<Self>, runtime: &Runtime) -> BoxFuture<'static, ()> {
        self.timer_is_missing.store(true, Ordering::Relaxed);
        let pause = match self.wait() {
            Wait::Completion(completion) => {
                runtime.wait_at_most(ABANDONED_AFTER, completion).boxed()
            }
            Wait::Sleep(pause) => runtime.sleep(pause).boxed(),
        };
        self.timer_is_missing.store(false, Ordering::Relaxed);
        pause
    }

    /// Starts a renewal that is due, and returns the fetch or the time to wait for.
    fn wait(self: &Arc<Self>) -> Wait {
        match self.join(Purpose::Renewal) {
            Join::InFlight(completion) => Wait::Completion(completion),
            Join::Finished(_) => {
                let until = self.next_renewal(&self.lock());
                Wait::Sleep(until.saturating_sub(self.now()).max(SHORTEST_SLEEP))
            }
        }
    }
}
