//! Work that is completed even if its caller is dropped.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::runtime::Handle;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

/// Runs in the caller's task. If the caller is dropped before the end, it continues in a separate
/// task, in the caller's tracing span.
///
/// Without a Tokio runtime, the work ends with the caller.
pub(crate) struct ToTheEnd<T: Send + 'static> {
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    runtime: Option<Handle>,
}

impl<T: Send + 'static> ToTheEnd<T> {
    pub(crate) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            work: Some(Box::pin(work)),
            runtime: Handle::try_current().ok(),
        }
    }
}

impl<T: Send + 'static> Future for ToTheEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(work) = self.work.as_mut() else {
            // Finished before: a future is not polled again.
            return Poll::Pending;
        };
        let result = ready!(work.as_mut().poll(context));
        self.work = None;
        Poll::Ready(result)
    }
}

impl<T: Send + 'static> Drop for ToTheEnd<T> {
    fn drop(&mut self) {
        // What has panicked cannot go on.
        if let (Some(work), Some(runtime), false) =
            (self.work.take(), &self.runtime, std::thread::panicking())
        {
            drop(runtime.spawn(work.in_current_span().with_current_subscriber()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn what_is_awaited_gives_its_result() {
        assert_eq!(ToTheEnd::new(async { 7 }).await, 7);
    }

    #[tokio::test]
    async fn what_is_abandoned_goes_on() {
        let (begun, go_on, done) = (
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
            Arc::new(AtomicBool::new(false)),
        );
        let (begins, goes_on, ends) = (begun.clone(), go_on.clone(), done.clone());
        let work = ToTheEnd::new(async move {
            begins.notify_one();
            goes_on.notified().await;
            ends.store(true, Ordering::Release);
        });
        tokio::select! {
            () = work => panic!("nobody has said go on"),
            () = begun.notified() => {}
        }
        go_on.notify_one();
        while !done.load(Ordering::Acquire) {
            tokio::task::yield_now().await;
        }
    }
}
