//! Forgotten and changed passwords.

use cognito::ErrorKind;

use crate::stage::{EMAIL, OTHER_PASSWORD, PASSWORD, Stage, complete, refused};

pub async fn a_forgotten_password_is_reset_with_the_code(stage: Stage) {
    stage.confirmed_user(EMAIL).await;
    let sent = stage.cognito.forgot_password(EMAIL).await.unwrap();
    assert_eq!(sent.message, "Password reset code sent");
    let code = stage.reset_code(EMAIL);
    let reset = stage
        .cognito
        .confirm_forgot_password(EMAIL, code, OTHER_PASSWORD);
    assert_eq!(reset.await.unwrap().message, "Password reset successfully");
    let old = stage.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(old), ErrorKind::InvalidCredentials);
    drop(complete(
        stage.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap(),
    ));
}

pub async fn a_wrong_reset_code_changes_nothing(stage: Stage) {
    stage.confirmed_user(EMAIL).await;
    stage.cognito.forgot_password(EMAIL).await.unwrap();
    let right = stage.reset_code(EMAIL);
    let wrong = if right == "000000" {
        "111111"
    } else {
        "000000"
    };
    let guess = stage
        .cognito
        .confirm_forgot_password(EMAIL, wrong, OTHER_PASSWORD)
        .await;
    assert_eq!(refused(guess), ErrorKind::CodeMismatch);
    drop(stage.login().await);
}

pub async fn a_password_can_be_changed(stage: Stage) {
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
    account
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .unwrap();
    drop(complete(
        stage.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap(),
    ));
}

pub async fn changing_needs_the_old_password(stage: Stage) {
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
    let guess = account
        .change_password("WrongPass123!", OTHER_PASSWORD)
        .await;
    assert_eq!(refused(guess), ErrorKind::InvalidCredentials);
    drop(stage.login().await);
}
