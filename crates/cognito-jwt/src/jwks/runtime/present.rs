//! The handles to a runtime and to a task, for builds with Tokio.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// A handle to the Tokio runtime of the caller.
#[derive(Clone)]
pub(crate) struct Runtime(Handle);

/// A handle to a spawned task, which can abort the task.
pub(crate) struct Task(AbortHandle);

impl Runtime {
    pub(crate) fn current() -> Option<Self> {
        Handle::try_current().ok().map(Self)
    }

    /// Spawns a task, which runs even if no caller waits for it. The returned future completes with
    /// the result of the task. Its value is `None` if the task was aborted, if it panicked, or if
    /// the runtime ended.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> (Task, BoxFuture<'static, Option<T>>) {
        let spawned = self.0.spawn(work);
        (
            Task(spawned.abort_handle()),
            spawned.map(Result::ok).boxed(),
        )
    }

    /// Returns a future that completes after `pause`. If the runtime has no timer, this call panics
    /// (not the returned future).
    pub(crate) fn sleep(&self, pause: Duration) -> impl Future<Output = ()> + use<> {
        tokio::time::sleep(pause)
    }

    /// Returns a future that completes when `future` completes, or after `limit`. If the runtime
    /// has no timer, this call panics (not the returned future).
    pub(crate) fn wait_at_most<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> impl Future<Output = ()> + use<F> {
        tokio::time::timeout(limit, future).map(drop)
    }
}

impl Task {
    pub(crate) fn end(&self) {
        self.0.abort();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.is_finished()
    }
}
