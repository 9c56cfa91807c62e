//! Suppresses the SDK's log of requests and responses.

use std::error::Error as StdError;
use std::future::Future;

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use cognito_core::Result;
use tracing::Dispatch;
use tracing::instrument::{WithDispatch, WithSubscriber};

use crate::error::from_sdk;

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

/// Waits for the response to a call of the SDK.
pub(crate) trait Response<T> {
    /// Returns the response. Converts an error of the SDK to an error of `cognito-core`. Nothing is
    /// logged; see [`Quiet`].
    fn response(self) -> impl Future<Output = Result<T>> + Send;
}

impl<F, T, E> Response<T> for F
where
    F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>> + Send,
    E: ProvideErrorMetadata + RequestId + StdError + 'static,
{
    async fn response(self) -> Result<T> {
        self.quietly().await.map_err(from_sdk)
    }
}
