//! Creating an account and confirming it.

use cognito::ErrorKind;

use crate::stage::{EMAIL, PASSWORD, Stage, refused};

pub async fn sign_up_confirm_and_log_in(stage: Stage) {
    let sign_up = stage
        .cognito
        .sign_up(EMAIL, PASSWORD)
        .attribute("name", "John Doe")
        .attribute("birthdate", "1990-01-01")
        .await
        .unwrap();
    assert!(!sign_up.user_id.is_empty());
    assert!(!sign_up.confirmed);

    let code = stage.sign_up_code(EMAIL);
    let done = stage.cognito.confirm_sign_up(EMAIL, code).await.unwrap();
    assert!(done.success);
    let tokens = stage.login().await;
    let me = stage
        .cognito
        .account(&tokens.access_token)
        .details()
        .await
        .unwrap();
    assert_eq!(me.attributes.value("name"), Some("John Doe"));
    assert_eq!(me.attributes.value("email"), Some(EMAIL));
    assert_eq!(me.attributes.value("sub"), Some(sign_up.user_id.as_str()));
}

pub async fn an_existing_user_is_refused(stage: Stage) {
    stage.confirmed_user(EMAIL).await;
    let again = stage.cognito.sign_up(EMAIL, PASSWORD).await;
    assert_eq!(refused(again), ErrorKind::UserExists);
}

pub async fn a_weak_password_is_refused(stage: Stage) {
    let weak = stage.cognito.sign_up(EMAIL, "short").await;
    assert_eq!(refused(weak), ErrorKind::PasswordPolicy);
}

pub async fn an_unconfirmed_user_cannot_log_in(stage: Stage) {
    stage.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let early = stage.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(early), ErrorKind::UserNotConfirmed);
}

pub async fn a_wrong_code_does_not_confirm(stage: Stage) {
    stage.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let right = stage.sign_up_code(EMAIL);
    let wrong = if right == "000000" {
        "111111"
    } else {
        "000000"
    };
    let guess = stage.cognito.confirm_sign_up(EMAIL, wrong).await;
    assert_eq!(refused(guess), ErrorKind::CodeMismatch);
    stage.cognito.confirm_sign_up(EMAIL, right).await.unwrap();
}

pub async fn an_unknown_user_cannot_be_confirmed(stage: Stage) {
    let unknown = stage
        .cognito
        .confirm_sign_up("nobody@example.com", "123456")
        .await;
    assert_eq!(refused(unknown), ErrorKind::UserNotFound);
}

pub async fn another_code_can_be_sent(stage: Stage) {
    stage.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let delivery = stage.cognito.resend_confirmation_code(EMAIL).await.unwrap();
    assert_eq!(delivery.delivery_medium, cognito::DeliveryMedium::Email);
    assert!(!delivery.destination.contains("user@"), "{delivery:?}");
    let code = stage.sign_up_code(EMAIL);
    stage.cognito.confirm_sign_up(EMAIL, code).await.unwrap();
}
