//! The operations `AdminListUserSessions` and `AdminRevokeUserSession`, which the SDK lacks.

use cognito_core::account::sessions::SessionPage;
use cognito_core::administration::sessions::{ListUserSessionsRequest, RevokeUserSessionRequest};
use cognito_core::ports::RepliedAt;
use cognito_core::{Operation, Result, Username};
use serde_json::{Value, json};

use crate::AwsCognito;
use crate::sessions::{list, revoke};

pub(crate) async fn list_user_sessions(
    aws: &AwsCognito,
    request: ListUserSessionsRequest,
) -> Result<SessionPage> {
    let members = members_of(aws, &request.username);
    list(
        aws,
        Operation::AdminListUserSessions,
        members,
        request.page_token,
    )
    .await
}

// Not idempotent: a retry would not find the session.
pub(crate) async fn revoke_user_session(
    aws: &AwsCognito,
    request: RevokeUserSessionRequest,
) -> Result<RepliedAt> {
    let members = members_of(aws, &request.username);
    let session = (request.session_id, request.linked_sessions);
    revoke(aws, Operation::AdminRevokeUserSession, members, session).await
}

fn members_of(aws: &AwsCognito, username: &Username) -> Value {
    json!({
        "UserPoolId": aws.pool().user_pool_id,
        "Username": username.as_str(),
    })
}
