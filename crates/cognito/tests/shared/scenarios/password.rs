//! Forgotten and changed passwords.

use cognito::ErrorKind;

use crate::fixture::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, complete, refused};

pub async fn a_forgotten_password_is_reset_with_the_code(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let sent = fixture.cognito.forgot_password(EMAIL).await.unwrap();
    assert_eq!(sent.message, "Password reset code sent");
    let code = fixture.reset_code(EMAIL);
    let reset = fixture
        .cognito
        .confirm_forgot_password(EMAIL, code, OTHER_PASSWORD);
    assert_eq!(reset.await.unwrap().message, "Password reset successfully");
    let old = fixture.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(old), ErrorKind::InvalidCredentials);
    drop(complete(
        fixture.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap(),
    ));
}

pub async fn a_wrong_reset_code_changes_nothing(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    fixture.cognito.forgot_password(EMAIL).await.unwrap();
    let right = fixture.reset_code(EMAIL);
    let wrong = if right == "000000" {
        "111111"
    } else {
        "000000"
    };
    let guess = fixture
        .cognito
        .confirm_forgot_password(EMAIL, wrong, OTHER_PASSWORD)
        .await;
    assert_eq!(refused(guess), ErrorKind::CodeMismatch);
    drop(fixture.login().await);
}

pub async fn a_password_can_be_changed(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    account
        .change_password(PASSWORD, OTHER_PASSWORD)
        .await
        .unwrap();
    drop(complete(
        fixture.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap(),
    ));
}

pub async fn changing_needs_the_old_password(fixture: Fixture) {
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let guess = account
        .change_password("WrongPass123!", OTHER_PASSWORD)
        .await;
    assert_eq!(refused(guess), ErrorKind::InvalidCredentials);
    drop(fixture.login().await);
}
