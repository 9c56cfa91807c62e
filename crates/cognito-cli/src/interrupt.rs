//! Stops a command at ctrl-c or SIGTERM, so that it can be resumed later.

use std::io;

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};

/// Runs `work` until it ends, or until ctrl-c or SIGTERM stops it. Fails with [`Exit::Interrupted`]
/// after a signal. A signal can stop `work` at each `.await`, so the data of `work` must be
/// consistent there.
pub(crate) async fn resumable<T>(
    context: &Context,
    work: impl Future<Output = Outcome<T>>,
) -> Outcome<T> {
    let advice = "interrupted: run the command again with --resume";
    resumable_with(context, advice, work).await
}

/// Runs `work` like [`resumable`]. `advice` is the message that is printed after a signal. It
/// explains how to resume the command.
pub(crate) async fn resumable_with<T>(
    context: &Context,
    advice: &str,
    work: impl Future<Output = Outcome<T>>,
) -> Outcome<T> {
    tokio::select! {
        outcome = work => outcome,
        signal = stopped() => {
            signal?;
            context.message(advice);
            Err(Failure::new(Exit::Interrupted, "interrupted"))
        }
    }
}

/// Runs `work` until it ends, or until ctrl-c or SIGTERM stops it. After such a signal, returns
/// `Ok`, because a command that watches something ends in this way.
pub(crate) async fn watched(work: impl Future<Output = Outcome<()>>) -> Outcome<()> {
    tokio::select! {
        outcome = work => outcome,
        signal = stopped() => Ok(signal?),
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
