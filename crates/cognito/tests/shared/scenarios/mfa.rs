//! A second factor, and the challenge of a user whom an operator created.

use std::time::Duration;

use cognito::account::TotpSecret;
use cognito::{Challenge, ErrorKind};
use cognito_emulator::totp_code;

use crate::fixture::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, challenge, complete};

/// Sets an authenticator app up and returns its secret.
pub async fn with_totp(fixture: &Fixture) -> TotpSecret {
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let setup = account.setup_totp().await.unwrap();
    let code = totp_code(setup.secret.expose(), fixture.now());
    let enabled = account
        .confirm_totp(code)
        .device_name("My iPhone")
        .await
        .unwrap();
    assert_eq!(
        (enabled.status, enabled.message),
        ("SUCCESS", "MFA enabled successfully")
    );
    setup.secret
}

/// Returns the code of the next half minute, because the current one has been used.
pub fn next_code(fixture: &Fixture, secret: &TotpSecret) -> String {
    totp_code(secret.expose(), fixture.now() + Duration::from_secs(30))
}

pub async fn an_authenticator_app_is_asked_for_once_it_is_confirmed(fixture: Fixture) {
    let secret = with_totp(&fixture).await;
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = challenge(signed_in) else {
        panic!("a TOTP challenge was expected");
    };
    let answer = mfa.code(next_code(&fixture, &secret));
    let tokens = complete(fixture.cognito.respond(answer).await.unwrap());
    let account = fixture.cognito.account(&tokens.access_token);
    account.details().await.unwrap();
}

pub async fn a_server_that_keeps_nothing_answers_from_the_parts(fixture: Fixture) {
    let secret = with_totp(&fixture).await;
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let body = serde_json::to_value(&signed_in).unwrap();
    assert_eq!(body["requiresMFA"], true);
    let text = |key: &str| body[key].as_str().unwrap().to_owned();
    let code = next_code(&fixture, &secret);
    let challenge = cognito::ChallengeName::from(text("challenge").as_str());
    let signed_in = fixture
        .cognito
        .verify_mfa(text("username"), text("session"), code, challenge)
        .await
        .unwrap();
    drop(complete(signed_in));
}

pub async fn a_wrong_totp_code_hands_the_challenge_back(fixture: Fixture) {
    let secret = with_totp(&fixture).await;
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = challenge(signed_in) else {
        panic!("a TOTP challenge was expected");
    };
    let right = next_code(&fixture, &secret);
    let wrong = if right == "000000" {
        "111111"
    } else {
        "000000"
    };
    let rejection = fixture.cognito.respond(mfa.code(wrong)).await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::CodeMismatch);
    let Some(Challenge::SoftwareTokenMfa(mfa)) = rejection.into_challenge() else {
        panic!("the challenge was lost");
    };
    drop(complete(
        fixture.cognito.respond(mfa.code(right)).await.unwrap(),
    ));
}

pub async fn an_operator_s_user_chooses_a_password_at_the_first_login(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    admin
        .create_user(EMAIL)
        .temporary_password(PASSWORD)
        .attribute("name", "Admin User")
        .contact_verified()
        .without_invitation()
        .await
        .unwrap();
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let Challenge::NewPasswordRequired(step) = challenge(signed_in) else {
        panic!("a new-password challenge was expected");
    };
    let answer = step.new_password(OTHER_PASSWORD);
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    drop(complete(
        fixture.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap(),
    ));
}
