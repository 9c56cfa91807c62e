//! Lets one request run alone, while no other request changes the data ([`Gate`]).

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::timeout;

/// The maximum time that [`Gate::alone`] waits for other requests.
const PATIENCE: Duration = Duration::from_secs(10);

/// Counts the requests in progress, so that a request can run alone.
///
/// While a request waits to run alone, other requests can still begin. A trigger may call the
/// emulator. If that call had to wait, the request that waits for the trigger could never end.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    active: Mutex<usize>,
    /// Notified when the last request in progress ends.
    idle: Notify,
}

/// A request in progress. It ends when this value is dropped.
///
/// Work that a request starts on another thread must have its own value, because the request ends
/// when its client closes the connection, and the work does not.
#[derive(Debug)]
pub(crate) struct Entered(Arc<Gate>);

impl Gate {
    /// Begins a request. If another request runs alone at this time, blocks the thread until that
    /// request ends, which takes only milliseconds.
    pub(crate) fn enter(self: &Arc<Self>) -> Entered {
        *self.active.lock() += 1;
        Entered(Arc::clone(self))
    }

    /// Waits until no request is in progress, and runs `work`. No request begins while `work` runs.
    /// Returns `None` if other requests are in progress for ten seconds.
    pub(crate) async fn alone<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let mut work = Some(work);
        let waiting = async {
            loop {
                let idle = self.idle.notified();
                {
                    // The lock is held during the work, so that no request begins.
                    let active = self.active.lock();
                    if *active == 0
                        && let Some(work) = work.take()
                    {
                        return work();
                    }
                }
                idle.await;
            }
        };
        timeout(PATIENCE, waiting).await.ok()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut active = self.0.active.lock();
        *active -= 1;
        if *active == 0 {
            self.0.idle.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_until_requests_end() {
        let gate = Arc::new(Gate::default());
        assert_eq!(gate.alone(|| 1).await, Some(1));
        let first = gate.enter();
        let second = gate.enter();
        let both = tokio::join!(gate.alone(|| 2), async {
            drop(first);
            tokio::task::yield_now().await;
            drop(second);
        });
        assert_eq!(both.0, Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_while_requests_run() {
        let gate = Arc::new(Gate::default());
        let request = gate.enter();
        assert_eq!(gate.alone(|| ()).await, None);
        drop(request);
        assert_eq!(gate.alone(|| ()).await, Some(()));
    }
}
