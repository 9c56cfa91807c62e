//! The operations `ListUserSessions` and `RevokeUserSession`, which the SDK lacks.

use cognito_core::account::sessions::{ListSessionsRequest, RevokeSessionRequest, SessionPage};
use cognito_core::ports::RepliedAt;
use cognito_core::{Operation, Result};
use serde_json::json;

use crate::AwsCognito;
use crate::json_call::send_json;
use crate::sessions::{associated, session_page};

pub(crate) async fn list_sessions(
    aws: &AwsCognito,
    request: ListSessionsRequest,
) -> Result<SessionPage> {
    let mut members = json!({ "AccessToken": request.access_token.expose() });
    if let Some(token) = request.page_token {
        members["NextToken"] = String::from(token).into();
    }
    let response = send_json(aws, Operation::ListUserSessions, &members).await?;
    session_page(response.members)
}

// Not idempotent: a retry would not find the session.
pub(crate) async fn revoke_session(
    aws: &AwsCognito,
    request: RevokeSessionRequest,
) -> Result<RepliedAt> {
    let members = json!({
        "AccessToken": request.access_token.expose(),
        "SessionId": request.session_id,
        "RevokeAssociatedSessions": associated(request.linked_sessions),
    });
    let response = send_json(aws, Operation::RevokeUserSession, &members).await?;
    Ok(response.replied_at)
}
