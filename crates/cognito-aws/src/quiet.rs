//! Suppresses the SDK's log of requests and responses.

use std::future::Future;

use tracing::Dispatch;
use tracing::instrument::{WithDispatch, WithSubscriber};

/// Runs a call of the SDK without logging.
///
/// Security: at TRACE the SDK prints whole inputs and outputs. It redacts only fields that the
/// service model marks as sensitive. Confirmation codes, user attributes in challenge parameters
/// and filters with e-mail addresses are not among them. The facade logs the operations, and an
/// error contains AWS's request id, so little is lost.
pub(crate) trait Quiet: Future + Sized {
    fn quietly(self) -> WithDispatch<Self> {
        self.with_subscriber(Dispatch::none())
    }
}

impl<F: Future> Quiet for F {}
