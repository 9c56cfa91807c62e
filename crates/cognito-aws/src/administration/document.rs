//! The operations that read and change user pools. Their requests and responses are JSON documents.
//!
//! The SDK has types for most of these operations, but these types lack the members that are newer
//! than the SDK. A typed response does not contain the new settings, and a typed request that
//! changes a user pool resets them. Therefore this module does not use the types. It calls
//! `ListUserPools` of the SDK's client, and an interceptor replaces the name of the operation and
//! the body of the request. The client still chooses the endpoint, signs and retries.

use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use cognito_core::ports::{DocumentRequest, JsonDocument};
use cognito_core::{Operation, Result};
use parking_lot::Mutex;

use crate::AwsCognito;
use crate::error::{from_response, of_operation};
use crate::quiet::SdkCall;

/// The header that contains the name of the operation (protocol AWS JSON 1.1).
const TARGET: &str = "x-amz-target";

/// The prefix of the operation's name in the header [`TARGET`].
const SERVICE: &str = "AWSCognitoIdentityProviderService";

pub(crate) async fn send_document(
    aws: &AwsCognito,
    request: DocumentRequest,
) -> Result<JsonDocument> {
    let DocumentRequest {
        operation,
        mut members,
        ..
    } = request;
    if has_pool(operation) {
        members.add_default("UserPoolId", aws.pool().user_pool_id.as_str());
    }
    let exchange = Exchange {
        operation,
        body: Arc::new(members.as_json().to_string()),
        response: Arc::default(),
    };
    let call = aws
        .client(operation)
        .list_user_pools()
        .max_results(1)
        .customize()
        .interceptor(exchange.clone())
        .send();
    let sent = SdkCall::response(call).await;
    sent.map_err(|error| of_operation(error, operation))?;
    let body = std::mem::take(&mut *exchange.response.lock());
    if body.is_empty() {
        // The response of an operation without output can be empty.
        return Ok(JsonDocument::new());
    }
    from_response(JsonDocument::from_json(body))
}

/// Returns `true` if the request of the operation has the member `UserPoolId`.
fn has_pool(operation: Operation) -> bool {
    !matches!(
        operation,
        Operation::DescribeUserPoolDomain | Operation::GetProvisionedLimit
    )
}

/// An interceptor that replaces the operation and the body of a request, and keeps the body of the
/// response. Clones share the kept body.
#[derive(Clone)]
struct Exchange {
    operation: Operation,
    body: Arc<String>,
    /// The body of the response, or empty if there was no response.
    response: Arc<Mutex<Vec<u8>>>,
}

cognito_core::impl_debug!(Exchange { operation });

impl Intercept for Exchange {
    fn name(&self) -> &'static str {
        "JSON document"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let name = self.operation.name();
        let length = self.body.len().to_string();
        let headers = request.headers_mut();
        headers.try_insert(TARGET, format!("{SERVICE}.{name}"))?;
        headers.try_insert("content-length", length)?;
        *request.body_mut() = SdkBody::from(self.body.as_str());
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.response.lock() = body.to_vec();
        Ok(())
    }
}
