//! Calls as values: moved to another task, with invalid options, printed.

use cognito::administration::{PageToken, UserDetails, UserPage};
use cognito::config::PoolConfig;
use cognito::requests::PageStream;
use cognito::{Cognito, ErrorKind};
use cognito_testkit::mocks::{MockAccount, MockAdministration, MockAuthentication};

use crate::fixture::{EMAIL, Fixture, PASSWORD, complete};

#[tokio::test]
async fn call_can_be_spawned() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    // Nothing borrows from the handle or from the account.
    let login = {
        let cognito = fixture.cognito.clone();
        cognito.login(EMAIL, PASSWORD)
    };
    let tokens = complete(tokio::spawn(login.into_future()).await.unwrap().unwrap());
    let details = {
        let cognito = fixture.cognito.clone();
        cognito.account(&tokens.access_token).details()
    };
    tokio::spawn(details.into_future()).await.unwrap().unwrap();
    let users: PageStream<UserDetails> = {
        let cognito = fixture.cognito.clone();
        cognito.admin().users().limit(1).stream()
    };
    let next = tokio::spawn(async move {
        let mut users = users;
        users.next().await
    });
    assert!(next.await.unwrap().unwrap().is_ok());
}

#[tokio::test]
async fn first_invalid_value_is_reported() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    let group = admin
        .create_group("admins")
        .role_arn("no ARN")
        .precedence(u32::MAX);
    let error = group
        .role_arn("arn:aws:iam::123456789012:role/a")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("role"), "{error}");
    assert_eq!(fixture.emulator().calls("CreateGroup"), 0);
}

#[tokio::test]
async fn debug_of_call_shows_no_secret() {
    let fixture = Fixture::ours().await;
    let login = fixture.cognito.login(EMAIL, PASSWORD);
    let token = fixture.cognito.account("e30.e30.c2VjcmV0").delete();
    let shown = format!("{login:?} {token:?}");
    for secret in [PASSWORD, EMAIL, "c2VjcmV0"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn stream_ends_at_repeated_page() {
    let mut port = MockAdministration::new();
    let page = || {
        Ok(UserPage::new(
            Vec::new(),
            Some(PageToken::new("again").unwrap()),
        ))
    };
    // The first page, and the page that names itself.
    port.expect_list_users().times(2).returning(move |_| page());
    let pool = PoolConfig::new("us-east-1_Pool".parse().unwrap(), "client".parse().unwrap());
    let builder = Cognito::builder().config(pool).administration(port);
    let builder = builder
        .account(MockAccount::new())
        .authentication(MockAuthentication::new());
    let cognito = builder.build().await.unwrap();
    let mut users = cognito.admin().users().stream();
    let error = users.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unknown);
    assert!(users.next().await.is_none());
}
