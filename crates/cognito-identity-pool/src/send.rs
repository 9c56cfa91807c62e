//! Sends requests of the AWS SDK.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use cognito_core::Result;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use crate::error::from_sdk;

/// Waits for the response to a request of the operation with this name. Converts an error of the SDK
/// to an error of `cognito-core`.
///
/// Security: nothing is logged. At level `TRACE`, the SDK logs inputs and outputs, which contain
/// tokens and credentials.
pub(crate) async fn send<T, E>(
    operation: &'static str,
    call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> Result<T>
where
    E: ProvideErrorMetadata + RequestId + StdError + Send + Sync + 'static,
{
    let sent = call.with_subscriber(Dispatch::none()).await;
    sent.map_err(|error| from_sdk(operation, error))
}
