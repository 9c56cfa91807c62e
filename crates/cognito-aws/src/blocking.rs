//! Runs CPU-bound computations, such as SRP proofs, which take milliseconds.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use cognito_core::{Error, ErrorKind, Result};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// A runner for CPU-bound computations. It uses blocking threads, so that asynchronous tasks are
/// not blocked.
///
/// The number of computations that run at the same time is limited to half the number of cores, and
/// to one if there is only one core. Further computations wait in the order of their arrival.
#[derive(Clone, Debug)]
pub(crate) struct Computations {
    permits: Arc<Semaphore>,
}

impl Computations {
    pub(crate) fn new() -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            permits: Arc::new(Semaphore::new((cores / 2).max(1))),
        }
    }

    /// Runs a computation on a thread of Tokio's pool for blocking work, and returns its result.
    /// Waits first if too many computations are running. A computation that has started runs to its
    /// end, even if the future is dropped. Fails if the computation panics or the runtime stops.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let aborted = || {
            Error::new(ErrorKind::Unknown).with_detail(
                "the computation was aborted: keep the Tokio runtime until the call is complete",
            )
        };
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| aborted())?;
        let work = spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        work.await.map_err(|_| aborted())?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn at_most_half_of_the_cores_compute() {
        let computations = Computations::new();
        let most = computations.permits.available_permits();
        let running = Arc::new(AtomicUsize::new(0));
        let mut all = JoinSet::new();
        for number in 0..32 {
            let (computations, running) = (computations.clone(), Arc::clone(&running));
            all.spawn(async move {
                let work = move || {
                    let at_once = running.fetch_add(1, Ordering::SeqCst) + 1;
                    std::thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                    Ok((number, at_once))
                };
                computations.run(work).await.unwrap()
            });
        }
        let mut done = all.join_all().await;
        done.sort_unstable();
        assert!(done.iter().map(|(number, _)| *number).eq(0..32));
        assert!(done.iter().all(|(_, at_once)| *at_once <= most));
        assert_eq!(computations.permits.available_permits(), most);
    }
}
