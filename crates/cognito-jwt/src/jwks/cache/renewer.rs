//! The renewal that needs no request: one task for each cache, in the runtime of its first fetch.

use std::sync::{Arc, Weak};
use std::time::Duration;

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
    while let Some(wait) = state.upgrade().map(|state| state.wait()) {
        match wait {
            Wait::Arrival(arrival) => runtime.wait_at_most(ABANDONED_AFTER, arrival).await,
            Wait::Sleep(pause) => runtime.sleep(pause).await,
        }
    }
}

impl State {
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
