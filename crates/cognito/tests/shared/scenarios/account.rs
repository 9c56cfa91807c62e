//! The person's own attributes.

use cognito::ErrorKind;

use crate::stage::{Stage, refused};

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

pub async fn a_made_up_access_token_is_refused(stage: Stage) {
    let details = stage.cognito.account("aaaa.bbbb.cccc").details().await;
    assert!(matches!(
        refused(details),
        ErrorKind::TokenInvalid | ErrorKind::NotAuthorized
    ));
}
