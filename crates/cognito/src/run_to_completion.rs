//! A future whose work continues after it is dropped.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

/// A future that runs in the caller's task. If it is dropped before it is complete, the work
/// continues in a new task, in the caller's tracing span.
///
/// Outside a Tokio runtime no task can be spawned, and the work ends when the future is dropped.
pub(crate) struct RunToCompletion<T: Send + 'static> {
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    runtime: Option<Handle>,
}

impl<T: Send + 'static> RunToCompletion<T> {
    pub(crate) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            work: Some(Box::pin(work)),
            runtime: Handle::try_current().ok(),
        }
    }
}

impl<T: Send + 'static> Future for RunToCompletion<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // Work that panics does not come back, so that it is not continued.
        let Some(mut work) = self.work.take() else {
            // The future is complete and must not be polled again.
            return Poll::Pending;
        };
        let result = work.as_mut().poll(context);
        if result.is_pending() {
            self.work = Some(work);
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn awaited_work_returns_its_result() {
        assert_eq!(RunToCompletion::new(async { 7 }).await, 7);
    }

    #[tokio::test]
    async fn dropped_work_continues() {
        let (begun, go_on, done) = (
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
            Arc::new(AtomicBool::new(false)),
        );
        let (begins, goes_on, ends) = (begun.clone(), go_on.clone(), done.clone());
        let work = RunToCompletion::new(async move {
            begins.notify_one();
            goes_on.notified().await;
            ends.store(true, Ordering::Release);
        });
        tokio::select! {
            () = work => panic!("the work completed before it was allowed to"),
            () = begun.notified() => {}
        }
        go_on.notify_one();
        while !done.load(Ordering::Acquire) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn work_continues_after_panic_of_caller() {
        let (go_on, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (goes_on, ends) = (go_on.clone(), done.clone());
        let mut work = RunToCompletion::new(async move {
            goes_on.notified().await;
            ends.notify_one();
        });
        let caller = tokio::spawn(async move {
            tokio::select! {
                biased;
                () = &mut work => {}
                () = std::future::ready(()) => panic!("the caller panics"),
            }
        });
        assert!(caller.await.unwrap_err().is_panic());
        go_on.notify_one();
        let ended = tokio::time::timeout(Duration::from_secs(5), done.notified());
        ended.await.expect("the work continues");
    }

    #[tokio::test]
    async fn work_that_panics_is_not_continued() {
        let polls = Arc::new(AtomicUsize::new(0));
        let counted = polls.clone();
        let work = RunToCompletion::new(std::future::poll_fn(move |_| -> Poll<()> {
            counted.fetch_add(1, Ordering::Relaxed);
            panic!("the work panics")
        }));
        let caller = tokio::spawn(work);
        assert!(caller.await.unwrap_err().is_panic());
        // A task with the work would run now.
        tokio::task::yield_now().await;
        assert_eq!(polls.load(Ordering::Relaxed), 1);
    }
}
