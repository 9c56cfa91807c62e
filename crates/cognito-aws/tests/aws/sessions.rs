//! The operations on sessions, which are sent without the types of the SDK.

use std::sync::Arc;

use cognito_aws::AwsCognito;
use cognito_core::account::sessions::{ListSessionsRequest, RevokeSessionRequest};
use cognito_core::administration::page::PageToken;
use cognito_core::administration::sessions::{ListUserSessionsRequest, RevokeUserSessionRequest};
use cognito_core::authentication::refresh::RevokeTokenRequest;
use cognito_core::config::StaticConfig;
use cognito_core::id::SessionId;
use cognito_core::ports::{Account, Administration, Authentication, RepliedAt};
use cognito_core::{AccessToken, ErrorKind, PoolConfig, RefreshToken};
use cognito_emulator::Emulator;
use serde_json::json;

use crate::fake::FakeCognito;

const ID: &str = "tkn0123456789abcdefghijklmno";

fn token() -> AccessToken {
    AccessToken::new("aaaa.bbbb.cccc").unwrap()
}

fn id() -> SessionId {
    ID.parse().unwrap()
}

#[tokio::test]
async fn members_are_sent_as_cognito_names_them() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    for operation in [
        "ListUserSessions",
        "RevokeUserSession",
        "AdminListUserSessions",
        "AdminRevokeUserSession",
        "RevokeToken",
    ] {
        fake.answer(operation, json!({}));
    }
    let mut list = ListSessionsRequest::new(token());
    list.page_token = Some(PageToken::new("next").unwrap());
    let page = aws.list_sessions(list).await.unwrap();
    assert!(page.sessions.is_empty() && page.next_token.is_none());
    let mut revoke = RevokeSessionRequest::new(token(), id());
    let date = aws.revoke_session(revoke.clone()).await.unwrap();
    assert_eq!(date, RepliedAt::unknown(), "the response has no date");
    let none = fake.last("RevokeUserSession");
    revoke.linked_sessions = true;
    aws.revoke_session(revoke).await.unwrap();
    let name = "ann@example.com".parse().unwrap();
    let list = ListUserSessionsRequest::new(name);
    aws.list_user_sessions(list.clone()).await.unwrap();
    let revoke = RevokeUserSessionRequest::new(list.username, id());
    aws.revoke_user_session(revoke).await.unwrap();
    let mut revoke = RevokeTokenRequest::new(RefreshToken::new("refresh").unwrap());
    revoke.linked_sessions = true;
    aws.revoke_token(revoke).await.unwrap();

    let (access, pool) = (token().expose().to_owned(), "us-east-1_Lossy0001");
    assert_eq!(
        fake.last("ListUserSessions"),
        json!({"AccessToken": access, "NextToken": "next"})
    );
    let of_user = |linked| json!({"AccessToken": access, "SessionId": ID, "RevokeAssociatedSessions": linked});
    assert_eq!(none, of_user("NONE"));
    assert_eq!(fake.last("RevokeUserSession"), of_user("LINKED"));
    assert_eq!(
        fake.last("AdminListUserSessions"),
        json!({"UserPoolId": pool, "Username": "ann@example.com"})
    );
    assert_eq!(
        fake.last("AdminRevokeUserSession"),
        json!({
            "UserPoolId": pool, "Username": "ann@example.com", "SessionId": ID,
            "RevokeAssociatedSessions": "NONE",
        })
    );
    assert_eq!(
        fake.last("RevokeToken"),
        json!({
            "ClientId": "lossyclient1", "Token": "refresh", "RevokeAssociatedSessions": "LINKED",
        })
    );
}

/// The requests of a signed-in user are not signed, and the requests of an operator are.
#[tokio::test]
async fn only_operator_needs_credentials() {
    let emulator = Emulator::builder().start().await.unwrap();
    let config = PoolConfig::new(
        emulator.user_pool_id().parse().unwrap(),
        emulator.client_id().parse().unwrap(),
    );
    let aws = AwsCognito::builder(Arc::new(StaticConfig::new(config)))
        .endpoint_url(emulator.endpoint())
        .build_isolated()
        .unwrap();

    let listed = aws.list_sessions(ListSessionsRequest::new(token())).await;
    assert_eq!(listed.unwrap_err().kind(), ErrorKind::TokenInvalid);
    let revoked = aws.revoke_session(RevokeSessionRequest::new(token(), id()));
    let error = revoked.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenInvalid);
    assert_ne!(error.replied_at(), RepliedAt::unknown());

    let name = "ann@example.com".parse().unwrap();
    let listed = aws.list_user_sessions(ListUserSessionsRequest::new(name));
    assert_eq!(listed.await.unwrap_err().kind(), ErrorKind::Credentials);
}
