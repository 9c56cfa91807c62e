//! The task that renews the keys of a cache in the background. The first fetch in a runtime spawns
//! the task in this runtime. If the runtime ends, the next fetch in another runtime spawns a new
//! task.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::flight::{Completion, Join};
use super::schedule::ABANDONED_AFTER;
use super::state::{Purpose, State};
use crate::jwks::runtime::Runtime;

/// The minimum sleep between two checks whether a renewal of the keys is due. It bounds the number
/// of checks if the clock of the cache is slower than the timer of the runtime.
const SHORTEST_SLEEP: Duration = Duration::from_millis(10);

/// The event for which the task that renews keys waits: the end of a fetch, or the end of a pause.
enum Wait {
    Completion(Completion),
    Sleep(Duration),
}

/// Renews the keys each time a renewal is due. The timer of the runtime wakes the task, and the
/// clock of the cache decides whether a renewal is due. The task ends when the cache is dropped.
pub(super) async fn renew(runtime: Runtime, state: Weak<State>) {
    while let Some(pause) = state.upgrade().map(|state| state.pause(&runtime)) {
        pause.await;
    }
}

impl State {
    /// Starts a renewal if one is due, and returns a future that completes when the next check is
    /// due.
    ///
    /// If the runtime has no timer, this method panics when it creates the future, and the panic
    /// ends the background task. The method cannot check for a timer first. It therefore sets
    /// `timer_is_missing` to `true` before it creates the future, and to `false` afterwards. After
    /// a panic, the flag stays `true`, and callers renew the keys as if there were no background
    /// task.
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

    /// Starts a renewal if one is due. Returns the fetch in flight, or the time until the next
    /// renewal.
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
