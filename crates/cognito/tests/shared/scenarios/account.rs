//! Attributes of the signed-in user.

use cognito::ErrorKind;

use crate::fixture::{EMAIL, Fixture, PASSWORD, refused};

pub async fn attributes_can_be_set_and_read(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    account
        .update_attributes()
        .attribute("name", "Jane Doe")
        .attribute("custom:department", "R&D \"quoted\"")
        .await
        .unwrap();
    let me = account.details().await.unwrap();
    assert_eq!(me.attributes.value("name"), Some("Jane Doe"));
    assert_eq!(
        me.attributes.value("custom:department"),
        Some("R&D \"quoted\"")
    );
}

pub async fn attributes_can_be_deleted(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let name = account.update_attributes().attribute("name", "Jane Doe");
    name.await.unwrap();
    account.delete_attributes(["name"]).await.unwrap();
    let me = account.details().await.unwrap();
    assert_eq!(me.attributes.value("name"), None);
}

pub async fn one_can_delete_oneself(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let done = account.delete().await.unwrap();
    assert_eq!(done.message, "User deleted successfully");
    // The user no longer exists, and the tokens are rejected here although their signature is
    // valid.
    let rejection = refused(fixture.cognito.login(EMAIL, PASSWORD).await);
    assert!(matches!(
        rejection,
        ErrorKind::UserNotFound | ErrorKind::InvalidCredentials
    ));
    let access = tokens.access_token.expose();
    let verdict = fixture.cognito.verify_access_token(access).await;
    assert_eq!(refused(verdict), ErrorKind::TokenRevoked);
}

pub async fn a_made_up_access_token_is_refused(fixture: Fixture) {
    let details = fixture.cognito.account("aaaa.bbbb.cccc").details().await;
    assert!(matches!(
        refused(details),
        ErrorKind::TokenInvalid | ErrorKind::NotAuthorized
    ));
}
