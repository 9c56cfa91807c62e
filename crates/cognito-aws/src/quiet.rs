//! Keeps the SDK from logging what it sends and receives.

use std::future::Future;

use tracing::Dispatch;
use tracing::instrument::{WithDispatch, WithSubscriber};

/// Runs a call of the SDK without a log.
///
/// Security: at TRACE the SDK prints whole inputs and outputs, and its redaction leaves out what
/// the service model does not call sensitive: confirmation codes, the user's attributes in
/// challenge parameters, filters with e-mail addresses. Operations are logged by the facade, and an
/// error carries AWS's request id, so little is lost.
pub(crate) trait Quiet: Future + Sized {
    fn quietly(self) -> WithDispatch<Self> {
        self.with_subscriber(Dispatch::none())
    }
}

impl<F: Future> Quiet for F {}
