//! Suppresses the SDK's log of requests and responses.

use std::future::Future;

use tracing::Dispatch;
use tracing::instrument::{WithDispatch, WithSubscriber};

/// Runs a call of the SDK without logging.
///
/// Security: at TRACE the SDK prints whole inputs and outputs, and it redacts only what the service
/// model marks as sensitive, but not confirmation codes, the user's attributes in challenge
/// parameters, or filters with e-mail addresses. Operations are logged by the facade, and an error
/// carries AWS's request id, so little is lost.
pub(crate) trait Quiet: Future + Sized {
    fn quietly(self) -> WithDispatch<Self> {
        self.with_subscriber(Dispatch::none())
    }
}

impl<F: Future> Quiet for F {}
