//! Operations of an operator on the user pool, with JSON documents.

use cognito::administration::JsonDocument;
use cognito::{ErrorKind, Operation};
use cognito_emulator::Fault;
use serde_json::{Value, json};

use crate::fixture::Fixture;

fn members(value: Value) -> JsonDocument {
    JsonDocument::try_from(value).unwrap()
}

#[tokio::test]
async fn settings_are_read_and_written() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    let read = || admin.document(Operation::DescribeUserPool, JsonDocument::new());
    let before = read().await.unwrap();
    assert_eq!(before.as_json()["UserPool"]["MfaConfiguration"], "OPTIONAL");

    let mfa = json!({"MfaConfiguration": "OFF"});
    let change = admin.document(Operation::SetUserPoolMfaConfig, members(mfa));
    change.await.unwrap();

    let after = read().await.unwrap();
    assert_eq!(after.as_json()["UserPool"]["MfaConfiguration"], "OFF");
}

#[tokio::test]
async fn missing_pool_and_part_are_errors() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    let other = json!({"UserPoolId": "eu-west-1_ThisOneNot"});
    let read = admin.document(Operation::DescribeUserPool, members(other));
    assert_eq!(read.await.unwrap_err().kind(), ErrorKind::Configuration);

    let unknown = json!({"ProviderName": "Nobody"});
    let read = admin.document(Operation::DescribeIdentityProvider, members(unknown));
    assert_eq!(read.await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn response_without_output_is_empty() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    let client = json!({"ClientName": "short-lived"});
    let created = admin.document(Operation::CreateUserPoolClient, members(client));
    let created = created.await.unwrap().into_json();
    let id = json!({"ClientId": created["UserPoolClient"]["ClientId"]});
    let deleted = admin.document(Operation::DeleteUserPoolClient, members(id));
    assert_eq!(deleted.await.unwrap(), JsonDocument::new());
}

#[tokio::test]
async fn rejected_members_are_an_error() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    let wrong = json!({"MfaConfiguration": "SOMETIMES"});
    let change = admin.document(Operation::SetUserPoolMfaConfig, members(wrong));
    let error = change.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert_eq!(error.operation(), Some(Operation::SetUserPoolMfaConfig));
}

#[tokio::test]
async fn typed_operation_has_no_document() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    let call = admin.document(Operation::AdminGetUser, JsonDocument::new());
    assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Misuse);
}

#[tokio::test]
async fn only_idempotent_operations_are_sent_again() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    for name in ["DescribeUserPool", "CreateUserPoolClient"] {
        fixture
            .emulator()
            .inject(Fault::cut(name).times(1))
            .unwrap();
    }
    let read = admin.document(Operation::DescribeUserPool, JsonDocument::new());
    read.await.unwrap();
    let client = members(json!({"ClientName": "once"}));
    let created = admin.document(Operation::CreateUserPoolClient, client);
    let error = created.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplyLost);
}
