//! The handles to a runtime and to a task, for builds without Tokio. They have no values:
//! [`Runtime::current`] always returns `None`, so the other methods are never called.

use std::time::Duration;

use futures_util::future::BoxFuture;

#[derive(Clone)]
pub(crate) struct Runtime(Never);

pub(crate) struct Task(Never);

#[derive(Clone)]
enum Never {}

impl Runtime {
    pub(crate) fn current() -> Option<Self> {
        None
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        _work: impl Future<Output = T> + Send + 'static,
    ) -> (Task, BoxFuture<'static, Option<T>>) {
        match self.0 {}
    }

    pub(crate) fn sleep(&self, _pause: Duration) -> BoxFuture<'static, ()> {
        match self.0 {}
    }

    pub(crate) fn wait_at_most<F: Future>(
        &self,
        _limit: Duration,
        _future: F,
    ) -> BoxFuture<'static, ()> {
        match self.0 {}
    }
}

impl Task {
    pub(crate) fn end(&self) {
        match self.0 {}
    }

    pub(crate) fn has_ended(&self) -> bool {
        match self.0 {}
    }
}
