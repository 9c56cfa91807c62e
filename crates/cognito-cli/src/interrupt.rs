//! Commands that stop at ctrl-c or SIGTERM, and can be resumed.

use std::io;

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};

/// Runs `work` to its end, or until a signal stops it. The work is stopped at an `.await`, so it must
/// keep its data consistent there.
pub(crate) async fn resumable<T>(
    context: &Context,
    work: impl Future<Output = Outcome<T>>,
) -> Outcome<T> {
    tokio::select! {
        outcome = work => outcome,
        signal = stopped() => {
            signal?;
            context.message("interrupted: run the command again with --resume");
            Err(Failure::new(Exit::Interrupted, "interrupted"))
        }
    }
}

#[cfg(unix)]
async fn stopped() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stopped() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
