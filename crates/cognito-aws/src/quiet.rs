//! Runs calls of the SDK without their log output.

use std::error::Error as StdError;
use std::future::Future;

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use cognito_core::{Operation, Result};
use tracing::Dispatch;
use tracing::instrument::{WithDispatch, WithSubscriber};

use crate::attempts::recorded;
use crate::error::from_sdk;

/// Runs a future without log output.
///
/// Security: at level `TRACE`, the SDK logs whole inputs and outputs. It redacts only the fields
/// that the service model marks as sensitive. Confirmation codes, user attributes in challenge
/// parameters and filters with e-mail addresses are not marked. For diagnosis, the crate `cognito`
/// logs each operation, and an error contains the AWS request id.
pub(crate) trait Quiet: Future + Sized {
    /// Returns a future that runs `self` without a tracing subscriber.
    fn quietly(self) -> WithDispatch<Self> {
        self.with_subscriber(Dispatch::none())
    }
}

impl<F: Future> Quiet for F {}

/// A future of the SDK that returns a response of type `T`, or an error of the SDK.
pub(crate) trait SdkCall<T> {
    /// Waits for the response to an operation. Converts an error of the SDK to an error of
    /// `cognito-core`. The SDK logs nothing; see [`Quiet`]. The call has its own tracing span; see
    /// [`recorded`].
    fn response(self, operation: Operation) -> impl Future<Output = Result<T>> + Send;

    /// Waits for the response like [`response`](Self::response), without a tracing span. For calls
    /// of other services, and for calls that the caller records.
    fn unrecorded(self) -> impl Future<Output = Result<T>> + Send;
}

impl<F, T, E> SdkCall<T> for F
where
    F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>> + Send,
    E: ProvideErrorMetadata + RequestId + StdError + 'static,
{
    fn response(self, operation: Operation) -> impl Future<Output = Result<T>> + Send {
        recorded(operation, self.unrecorded())
    }

    fn unrecorded(self) -> impl Future<Output = Result<T>> + Send {
        // The future of the SDK is large. Without the box, each layer of this library would copy it.
        let call = Box::pin(self).quietly();
        async { call.await.map_err(from_sdk) }
    }
}
