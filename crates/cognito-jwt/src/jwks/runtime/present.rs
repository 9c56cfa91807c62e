//! The runtime for builds with Tokio.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// The caller's Tokio runtime.
#[derive(Clone)]
pub(crate) struct Runtime(Handle);

/// A future that runs in the runtime. The handle can abort it.
pub(crate) struct Task(AbortHandle);

impl Runtime {
    pub(crate) fn current() -> Option<Self> {
        Handle::try_current().ok().map(Self)
    }

    /// Spawns a future, which runs even if no caller waits for it. Waiters get `None` if it did not
    /// complete: it was aborted, it panicked, or the runtime ended.
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

    /// Returns a future that sleeps. If the runtime has no timer, this call panics, not the await.
    pub(crate) fn sleep(&self, pause: Duration) -> impl Future<Output = ()> + use<> {
        tokio::time::sleep(pause)
    }

    /// Waits for a future with a timeout. If the runtime has no timer, this call panics, not the
    /// await.
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
