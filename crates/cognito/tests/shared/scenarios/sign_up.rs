//! Creating an account and confirming it.

use cognito::ErrorKind;

use crate::fixture::{EMAIL, Fixture, PASSWORD, refused};

pub async fn sign_up_confirm_and_log_in(fixture: Fixture) {
    let sign_up = fixture
        .cognito
        .sign_up(EMAIL, PASSWORD)
        .attribute("name", "John Doe")
        .attribute("birthdate", "1990-01-01")
        .await
        .unwrap();
    assert!(!sign_up.user_id.is_empty());
    assert!(!sign_up.confirmed);

    let code = fixture.sign_up_code(EMAIL);
    let done = fixture.cognito.confirm_sign_up(EMAIL, code).await.unwrap();
    assert!(done.success);
    let tokens = fixture.login().await;
    let me = fixture
        .cognito
        .account(&tokens.access_token)
        .details()
        .await
        .unwrap();
    assert_eq!(me.attributes.value("name"), Some("John Doe"));
    assert_eq!(me.attributes.value("email"), Some(EMAIL));
    assert_eq!(me.attributes.value("sub"), Some(sign_up.user_id.as_str()));
}

pub async fn an_existing_user_is_refused(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let again = fixture.cognito.sign_up(EMAIL, PASSWORD).await;
    assert_eq!(refused(again), ErrorKind::UserExists);
}

pub async fn a_weak_password_is_refused(fixture: Fixture) {
    let weak = fixture.cognito.sign_up(EMAIL, "short").await;
    assert_eq!(refused(weak), ErrorKind::PasswordPolicy);
}

pub async fn an_unconfirmed_user_cannot_log_in(fixture: Fixture) {
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let early = fixture.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(early), ErrorKind::UserNotConfirmed);
}

pub async fn a_wrong_code_does_not_confirm(fixture: Fixture) {
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let right = fixture.sign_up_code(EMAIL);
    let wrong = if right == "000000" {
        "111111"
    } else {
        "000000"
    };
    let guess = fixture.cognito.confirm_sign_up(EMAIL, wrong).await;
    assert_eq!(refused(guess), ErrorKind::CodeMismatch);
    fixture.cognito.confirm_sign_up(EMAIL, right).await.unwrap();
}

pub async fn an_unknown_user_cannot_be_confirmed(fixture: Fixture) {
    let unknown = fixture
        .cognito
        .confirm_sign_up("nobody@example.com", "123456")
        .await;
    assert_eq!(refused(unknown), ErrorKind::UserNotFound);
}

pub async fn another_code_can_be_sent(fixture: Fixture) {
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let delivery = fixture
        .cognito
        .resend_confirmation_code(EMAIL)
        .await
        .unwrap();
    assert_eq!(delivery.delivery_medium, cognito::DeliveryMedium::Email);
    assert!(!delivery.destination.contains("user@"), "{delivery:?}");
    let code = fixture.sign_up_code(EMAIL);
    fixture.cognito.confirm_sign_up(EMAIL, code).await.unwrap();
}
