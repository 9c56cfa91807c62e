//! Work that computes for milliseconds.

use cognito_core::{Error, ErrorKind, Result};
use tokio::task::spawn_blocking;

/// What computes for milliseconds must not hold up the other tasks of its thread.
pub(crate) async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(ErrorKind::Unknown).with_detail("the computation was torn down")),
    }
}
