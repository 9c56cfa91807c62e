//! A lock for requests: an exclusive request runs only while no other request is in progress
//! ([`Gate`]).

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// The maximum time that [`Gate::alone`] waits for the requests in progress.
const PATIENCE: Duration = Duration::from_secs(10);

/// A lock for requests. Most requests run at the same time. An exclusive request
/// ([`alone`](Self::alone)) runs only while no other request is in progress.
///
/// While an exclusive request waits, other requests can still begin, because a trigger may call the
/// emulator. If this call had to wait, the request that called the trigger could never end.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    /// Wakes waiting tasks when the last request in progress ends, and when an exclusive request
    /// ends.
    free: Notify,
    /// Wakes waiting threads ([`enter_blocking`](Self::enter_blocking)) when the last request in
    /// progress ends, and when an exclusive request ends.
    free_for_threads: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The number of requests in progress. It is 0 while an exclusive request runs.
    active: usize,
    /// `true` while an exclusive request runs. Other requests must then wait.
    is_closed: bool,
}

/// A request in progress. It ends when this value is dropped.
///
/// Work that a request starts on another thread must have its own value, because the request ends
/// when its client closes the connection, and the work does not.
#[derive(Debug)]
pub(crate) struct Entered(Arc<Gate>);

/// An exclusive request that runs. It ends when this value is dropped, and other requests can begin
/// again.
struct Closed(Arc<Gate>);

impl Gate {
    /// Begins a request. If an exclusive request runs, waits until that request ends.
    pub(crate) async fn enter(self: &Arc<Self>) -> Entered {
        loop {
            let free = self.free.notified();
            if let Some(entered) = self.try_enter(&mut self.state.lock()) {
                return entered;
            }
            free.await;
        }
    }

    /// Begins a request like [`enter`](Self::enter), but blocks the thread while it waits.
    ///
    /// If the caller already has an [`Entered`], the call does not wait: an exclusive request
    /// ([`alone`](Self::alone)) runs only while no `Entered` exists.
    pub(crate) fn enter_blocking(self: &Arc<Self>) -> Entered {
        let mut state = self.state.lock();
        loop {
            if let Some(entered) = self.try_enter(&mut state) {
                return entered;
            }
            self.free_for_threads.wait(&mut state);
        }
    }

    fn try_enter(self: &Arc<Self>, state: &mut State) -> Option<Entered> {
        (!state.is_closed).then(|| {
            state.active += 1;
            Entered(Arc::clone(self))
        })
    }

    /// Waits until no request is in progress, and then runs the exclusive request `work` on a
    /// thread for blocking work. No request begins while `work` runs. If the returned future is
    /// dropped, `work` continues. Returns `None` if other requests are in progress for ten seconds.
    pub(crate) async fn alone<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let closed = timeout(PATIENCE, self.close()).await.ok()?;
        let done = spawn_blocking(move || {
            let _closed = closed;
            work()
        });
        match done.await.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(done) => Some(done),
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The runtime is stopping.
            Err(Err(_)) => None,
        }
    }

    async fn close(self: &Arc<Self>) -> Closed {
        loop {
            let free = self.free.notified();
            {
                let mut state = self.state.lock();
                if state.active == 0 && !state.is_closed {
                    state.is_closed = true;
                    return Closed(Arc::clone(self));
                }
            }
            free.await;
        }
    }

    fn notify(&self) {
        self.free.notify_waiters();
        self.free_for_threads.notify_all();
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.active -= 1;
        if state.active == 0 {
            self.0.notify();
        }
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        self.0.state.lock().is_closed = false;
        self.0.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_until_requests_end() {
        let gate = Arc::new(Gate::default());
        assert_eq!(gate.alone(|| 1).await, Some(1));
        let first = gate.enter().await;
        let second = gate.enter_blocking();
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
        let request = gate.enter().await;
        assert_eq!(gate.alone(|| ()).await, None);
        drop(request);
        assert_eq!(gate.alone(|| ()).await, Some(()));
    }

    // The thread of the runtime is free for other requests during the work.
    #[tokio::test]
    async fn requests_wait_without_blocking_the_runtime() {
        let gate = Arc::new(Gate::default());
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (end, ended) = std::sync::mpsc::channel();
        let alone = gate.alone(move || {
            begin.send(()).expect("sent");
            ended.recv().expect("received")
        });
        let thread = Arc::clone(&gate);
        let others = async {
            begun.await.expect("received");
            let blocked = std::thread::spawn(move || drop(thread.enter_blocking()));
            let entered = gate.enter();
            let second = gate.alone(|| 2);
            let end = async { end.send(1).expect("sent") };
            let (entered, ()) = tokio::join!(biased; entered, end);
            drop(entered);
            blocked.join().expect("ended");
            second.await
        };
        assert_eq!(tokio::join!(alone, others), (Some(1), Some(2)));
    }
}
