//! The renewal that needs no request: one task for each cache, in the runtime of its first fetch.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::flight::{Arrival, Boarding};
use super::schedule::ABANDONED_AFTER;
use super::state::{Purpose, State};
use crate::jwks::runtime::Runtime;

/// The shortest sleep, should clock and timer not agree.
const SHORTEST_SLEEP: Duration = Duration::from_millis(10);

/// What there is to wait for.
enum Wait {
    Arrival(Arrival),
    Sleep(Duration),
}

/// Renews the keys whenever that is due. The timer says when to look, the cache's clock whether it
/// is time. Ends with the cache, which it does not keep alive.
pub(super) async fn renew(runtime: Runtime, state: Weak<State>) {
    while let Some(pause) = state.upgrade().map(|state| state.pause(&runtime)) {
        pause.await;
    }
}

impl State {
    /// Sees to a renewal that is due, and gives the pause until the next look.
    ///
    /// Where the runtime has no timer this panics, and nothing can tell beforehand. The mark that
    /// is left then keeps others from trying it again: calls renew the keys, as they do where there
    /// is no runtime.
    fn pause(self: &Arc<Self>, runtime: &Runtime) -> BoxFuture<'static, ()> {
        self.timer_is_missing.store(true, Ordering::Relaxed);
        let pause = match self.wait() {
            Wait::Arrival(arrival) => runtime.wait_at_most(ABANDONED_AFTER, arrival).boxed(),
            Wait::Sleep(pause) => runtime.sleep(pause).boxed(),
        };
        self.timer_is_missing.store(false, Ordering::Relaxed);
        pause
    }

    /// Sees to a renewal that is due, and says what to wait for then.
    fn wait(self: &Arc<Self>) -> Wait {
        match self.board(Purpose::Renewal) {
            Boarding::Aboard(arrival) => Wait::Arrival(arrival),
            Boarding::Landed(_) => {
                let until = self.next_renewal(&self.lock());
                Wait::Sleep(until.saturating_sub(self.now()).max(SHORTEST_SLEEP))
            }
        }
    }
}
