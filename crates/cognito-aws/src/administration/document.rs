//! The operations that read and change user pools. Their requests and responses are JSON documents.
//!
//! The SDK has types for most of these operations, but these types lack the members that are newer
//! than the SDK. A typed response does not contain the new settings, and a typed request that
//! changes a user pool resets them. Therefore this module does not use the types.

use cognito_core::ports::{DocumentRequest, JsonDocument};
use cognito_core::{Operation, Result};

use crate::AwsCognito;
use crate::json_call::send_json;

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
    let response = send_json(aws, operation, members.as_json()).await?;
    Ok(response.members.with_replied_at(response.replied_at))
}

/// Returns `true` if the request of the operation has the member `UserPoolId`.
fn has_pool(operation: Operation) -> bool {
    !matches!(
        operation,
        Operation::CreateUserPool
            | Operation::DescribeUserPoolDomain
            | Operation::GetProvisionedLimit
            | Operation::ListUserPools
    )
}
