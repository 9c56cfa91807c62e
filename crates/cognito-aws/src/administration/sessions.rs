//! The operations `AdminListUserSessions` and `AdminRevokeUserSession`, which the SDK lacks.

use cognito_core::account::sessions::SessionPage;
use cognito_core::administration::sessions::{ListUserSessionsRequest, RevokeUserSessionRequest};
use cognito_core::ports::RepliedAt;
use cognito_core::{Operation, Result};
use serde_json::json;

use crate::AwsCognito;
use crate::json_call::send_json;
use crate::sessions::{associated, session_page};

pub(crate) async fn list_user_sessions(
    aws: &AwsCognito,
    request: ListUserSessionsRequest,
) -> Result<SessionPage> {
    let mut members = json!({
        "UserPoolId": aws.pool().user_pool_id,
        "Username": request.username.as_str(),
    });
    if let Some(token) = request.page_token {
        members["NextToken"] = String::from(token).into();
    }
    let response = send_json(aws, Operation::AdminListUserSessions, &members).await?;
    session_page(response.members)
}

// Not idempotent: a retry would not find the session.
pub(crate) async fn revoke_user_session(
    aws: &AwsCognito,
    request: RevokeUserSessionRequest,
) -> Result<RepliedAt> {
    let members = json!({
        "UserPoolId": aws.pool().user_pool_id,
        "Username": request.username.as_str(),
        "SessionId": request.session_id,
        "RevokeAssociatedSessions": associated(request.linked_sessions),
    });
    let response = send_json(aws, Operation::AdminRevokeUserSession, &members).await?;
    Ok(response.replied_at)
}
