//! Threads for work that may take long: waiting for triggers, verifying password hashes and
//! importing users.

use std::sync::Arc;

use crate::http::instance::Instance;
use crate::model::failure::Failure;
use crate::state::background::Work;
use crate::state::pools::Pools;

pub(super) const TOO_MANY: &str = "TooManyRequestsException";

/// Runs `work` on a thread for blocking work, so that it does not delay other requests. The work
/// may wait for triggers, identity providers or client id metadata documents, or verify a password
/// hash.
///
/// Fails with `TooManyRequestsException` if 256 requests already run on such threads, and with
/// `InternalErrorException` if the work panics.
///
/// This limit prevents a deadlock. A trigger may call the emulator, and such a call needs a thread
/// too. Without the limit, requests that wait for triggers could occupy all threads of the runtime,
/// and the calls of these triggers would wait for a free thread forever.
///
/// If the client closes the connection, the work continues. When the work ends, this function
/// writes its changes to the state file. Until then, no snapshot is taken or restored.
pub(super) async fn on_thread<T: Send + 'static>(
    instance: &Arc<Instance>,
    work: impl FnOnce(&Pools) -> T + Send + 'static,
) -> Result<T, Failure> {
    let permit = Arc::clone(&instance.limits.waiting).try_acquire_owned();
    let permit = permit.map_err(|_| Failure::new(TOO_MANY, "Rate exceeded"))?;
    let entered = instance.gate.enter_blocking();
    // The request has this value until it ends.
    let request = Arc::new(());
    let is_open = Arc::downgrade(&request);
    let instance = Arc::clone(instance);
    let done = tokio::task::spawn_blocking(move || {
        let (_permit, _entered) = (permit, entered);
        let answer = work(&instance.pools);
        if is_open.strong_count() == 0 {
            // If the changes cannot be written, the error is logged, and the next commit writes them.
            let _ = instance.journal.commit_now(&instance.pools);
        }
        answer
    });
    let panicked = |_| Failure::new("InternalErrorException", "A trigger panicked");
    let answer = done.await.map_err(panicked);
    drop(request);
    answer
}

/// Runs work in steps after the response of an operation, on a separate thread. If the emulator is
/// dropped, the work stops after the current step. The changes of each step are written to the state
/// file.
pub(super) fn run(instance: &Arc<Instance>, mut work: Work) {
    // No snapshot is restored between the response and the first step. That step would
    // change the restored data.
    let mut first = Some(instance.gate.enter_blocking());
    let instance = Arc::downgrade(instance);
    tokio::task::spawn_blocking(move || {
        while let Some(instance) = instance.upgrade() {
            let _entered = first
                .take()
                .unwrap_or_else(|| instance.gate.enter_blocking());
            let continues = work(&instance.pools);
            // If the changes cannot be written, the error is logged, and the next commit writes them.
            let _ = instance.journal.commit_now(&instance.pools);
            if !continues {
                break;
            }
        }
    });
}
