//! A future whose work continues after it is dropped.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

/// A future that runs in the task of its caller. If it is dropped after its first poll and before
/// it is complete, its work continues in a new task, with the tracing span and subscriber of the
/// caller.
///
/// Outside a Tokio runtime, no task can be spawned, and the work ends when the future is dropped.
pub(crate) struct RunToCompletion<T: Send + 'static> {
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    /// The runtime that has polled the work. `None` before the first poll: the work has not begun.
    runtime: Option<Handle>,
}

impl<T: Send + 'static> RunToCompletion<T> {
    pub(crate) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            work: Some(Box::pin(work)),
            runtime: None,
        }
    }
}

impl<T: Send + 'static> Future for RunToCompletion<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // If the work panics, it is not put back, so that it is not continued.
        let Some(mut work) = self.work.take() else {
            // The future is complete and must not be polled again.
            return Poll::Pending;
        };
        let result = work.as_mut().poll(context);
        if result.is_pending() {
            self.work = Some(work);
            if self.runtime.is_none() {
                self.runtime = Handle::try_current().ok();
            }
        }
        result
    }
}

impl<T: Send + 'static> Drop for RunToCompletion<T> {
    fn drop(&mut self) {
        if let (Some(work), Some(runtime)) = (self.work.take(), &self.runtime) {
            drop(runtime.spawn(work.in_current_span().with_current_subscriber()));
        }
    }
}
