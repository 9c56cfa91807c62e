//! The operations `ListUserSessions` and `RevokeUserSession`, which the SDK lacks.

use cognito_core::account::sessions::{ListSessionsRequest, RevokeSessionRequest, SessionPage};
use cognito_core::ports::RepliedAt;
use cognito_core::{Operation, Result};
use serde_json::json;

use crate::AwsCognito;
use crate::sessions::{list, revoke};

pub(crate) async fn list_sessions(
    aws: &AwsCognito,
    request: ListSessionsRequest,
) -> Result<SessionPage> {
    let members = json!({ "AccessToken": request.access_token.expose() });
    list(
        aws,
        Operation::ListUserSessions,
        members,
        request.page_token,
    )
    .await
}

// Not idempotent: a retry would not find the session.
pub(crate) async fn revoke_session(
    aws: &AwsCognito,
    request: RevokeSessionRequest,
) -> Result<RepliedAt> {
    let members = json!({ "AccessToken": request.access_token.expose() });
    let session = (request.session_id, request.linked_sessions);
    revoke(aws, Operation::RevokeUserSession, members, session).await
}
