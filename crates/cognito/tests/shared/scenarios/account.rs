//! Attributes of the signed-in user.

use cognito::ErrorKind;

use crate::stage::{EMAIL, PASSWORD, Stage, refused};

pub async fn attributes_can_be_set_and_read(stage: Stage) {
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
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

pub async fn attributes_can_be_deleted(stage: Stage) {
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
    let name = account.update_attributes().attribute("name", "Jane Doe");
    name.await.unwrap();
    account.delete_attributes(["name"]).await.unwrap();
    let me = account.details().await.unwrap();
    assert_eq!(me.attributes.value("name"), None);
}

pub async fn one_can_delete_oneself(stage: Stage) {
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
    let done = account.delete().await.unwrap();
    assert_eq!(done.message, "User deleted successfully");
    // The user no longer exists, and the tokens are rejected here although their signature is
    // valid.
    let refusal = refused(stage.cognito.login(EMAIL, PASSWORD).await);
    assert!(matches!(
        refusal,
        ErrorKind::UserNotFound | ErrorKind::InvalidCredentials
    ));
    let access = tokens.access_token.expose();
    let verdict = stage.cognito.verify_access_token(access).await;
    assert_eq!(refused(verdict), ErrorKind::TokenRevoked);
}

pub async fn a_made_up_access_token_is_refused(stage: Stage) {
    let details = stage.cognito.account("aaaa.bbbb.cccc").details().await;
    assert!(matches!(
        refused(details),
        ErrorKind::TokenInvalid | ErrorKind::NotAuthorized
    ));
}
