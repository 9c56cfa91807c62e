//! Time: codes, sessions and tokens that expire, tokens that rotate, states of a user.

use std::time::Duration;

use cognito::{Challenge, ErrorKind};
use cognito_emulator::{Client, MfaMode};

use crate::fixture::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, challenge, complete, refused};
use crate::scenarios::mfa::{next_code, with_totp};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_sign_up_code_expires_after_a_day() {
    let fixture = Fixture::ours().await;
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let code = fixture.sign_up_code(EMAIL);
    fixture.pass(25 * HOUR);
    let late = fixture.cognito.confirm_sign_up(EMAIL, code).await;
    assert_eq!(refused(late), ErrorKind::CodeExpired);
}

#[tokio::test]
async fn a_reset_code_expires_after_an_hour() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    fixture.cognito.forgot_password(EMAIL).await.unwrap();
    let code = fixture.reset_code(EMAIL);
    fixture.pass(2 * HOUR);
    let late = fixture
        .cognito
        .confirm_forgot_password(EMAIL, code, OTHER_PASSWORD)
        .await;
    assert_eq!(refused(late), ErrorKind::CodeExpired);
}

#[tokio::test]
async fn second_confirmation_is_reported() {
    let fixture = Fixture::ours().await;
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let code = fixture.sign_up_code(EMAIL);
    fixture
        .cognito
        .confirm_sign_up(EMAIL, code.as_str())
        .await
        .unwrap();
    let again = fixture.cognito.confirm_sign_up(EMAIL, code.as_str()).await;
    assert_eq!(refused(again), ErrorKind::AlreadyConfirmed);
}

#[tokio::test]
async fn a_challenge_expires_and_does_not_come_back() {
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = challenge(signed_in) else {
        panic!("a TOTP challenge was expected");
    };
    fixture.pass(Duration::from_secs(4 * 60));
    let answer = mfa.code(next_code(&fixture, &secret));
    let late = fixture.cognito.respond(answer).await.unwrap_err();
    assert_eq!(late.error().kind(), ErrorKind::ChallengeExpired);
    assert!(late.into_challenge().is_none());
}

#[tokio::test]
async fn malformed_response_keeps_challenge_unsent() {
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = challenge(signed_in) else {
        panic!("a TOTP challenge was expected");
    };
    let sent = fixture.emulator().calls("RespondToAuthChallenge");
    let malformed = fixture
        .cognito
        .respond(mfa.code("12 34"))
        .await
        .unwrap_err();
    assert_eq!(malformed.error().kind(), ErrorKind::InvalidParameter);
    assert_eq!(fixture.emulator().calls("RespondToAuthChallenge"), sent);
    let Some(Challenge::SoftwareTokenMfa(mfa)) = malformed.into_challenge() else {
        panic!("the challenge was lost");
    };
    let answer = mfa.code(next_code(&fixture, &secret));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn sms_code_has_its_challenge_type() {
    let fixture = Fixture::ours().await;
    let email = "sms@example.com";
    fixture
        .emulator()
        .create_user(
            email,
            PASSWORD,
            &[("email", email), ("phone_number", "+1234567890")],
        )
        .unwrap();
    let user = fixture.cognito.admin().user(email);
    user.update_attributes()
        .attribute("phone_number_verified", "true")
        .await
        .unwrap();
    let tokens = complete(fixture.cognito.login(email, PASSWORD).await.unwrap());
    let sms = cognito::account::MfaPreference::new().sms(cognito::account::FactorChange::Preferred);
    let account = fixture.cognito.account(&tokens.access_token);
    account.set_mfa_preference(sms).await.unwrap();

    let signed_in = fixture.cognito.login(email, PASSWORD).await.unwrap();
    let Challenge::SmsMfa(mfa) = challenge(signed_in) else {
        panic!("an SMS challenge was expected");
    };
    let destination = mfa.destination().unwrap().to_owned();
    assert!(
        destination.ends_with("7890") && !destination.contains("123456"),
        "{destination}"
    );
    let code = fixture
        .emulator()
        .inbox()
        .latest_code("+1234567890")
        .unwrap();
    drop(complete(
        fixture.cognito.respond(mfa.code(code)).await.unwrap(),
    ));
}

#[tokio::test]
async fn refresh_replaces_expired_token() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let access = tokens.access_token.expose();
    assert!(!fixture.cognito.is_token_expired(access));
    fixture.pass(HOUR + Duration::from_secs(1));
    assert!(fixture.cognito.is_token_expired(access));
    let late = fixture.cognito.verify_access_token(access).await;
    assert_eq!(refused(late), ErrorKind::TokenExpired);
    let fresh = fixture
        .cognito
        .refresh(&tokens.refresh_token)
        .await
        .unwrap();
    let access = fresh.access_token.expose();
    fixture.cognito.verify_access_token(access).await.unwrap();
}

#[tokio::test]
async fn a_rotated_refresh_token_replaces_the_old_one() {
    let client = Client::new("rotating").refresh_rotation(Duration::ZERO);
    let fixture = Fixture::ours_with(|emulator| emulator.client(client), |cognito| cognito).await;
    let tokens = fixture.signed_in().await;
    let fresh = fixture
        .cognito
        .refresh(&tokens.refresh_token)
        .await
        .unwrap();
    assert_ne!(fresh.refresh_token.expose(), tokens.refresh_token.expose());
    let next = fixture.cognito.refresh(&fresh.refresh_token).await.unwrap();
    drop(next);
    let reuse = fixture.cognito.refresh(&tokens.refresh_token).await;
    assert!(matches!(
        refused(reuse),
        ErrorKind::RefreshReuse | ErrorKind::RefreshRevoked
    ));
}

#[tokio::test]
async fn tokens_after_global_sign_out_are_valid() {
    let fixture = Fixture::ours().await;
    let old = fixture.signed_in().await;
    let account = fixture.cognito.account(&old.access_token);
    account.sign_out_everywhere().await.unwrap();
    fixture.pass(Duration::from_secs(1));
    let new = fixture.login().await;
    let cognito = &fixture.cognito;
    cognito
        .verify_access_token(new.access_token.expose())
        .await
        .unwrap();
    let old = cognito.verify_id_token(old.id_token.expose()).await;
    assert_eq!(refused(old), ErrorKind::TokenRevoked);
}

#[tokio::test]
async fn revoking_one_session_leaves_the_others() {
    let fixture = Fixture::ours().await;
    let phone = fixture.signed_in().await;
    let laptop = fixture.login().await;
    fixture
        .cognito
        .revoke(&phone.refresh_token)
        .access_token(&phone.access_token)
        .await
        .unwrap();
    let cognito = &fixture.cognito;
    let gone = cognito
        .verify_access_token(phone.access_token.expose())
        .await;
    assert_eq!(refused(gone), ErrorKind::TokenRevoked);
    let gone = cognito.verify_id_token(phone.id_token.expose()).await;
    assert_eq!(refused(gone), ErrorKind::TokenRevoked);
    cognito
        .verify_access_token(laptop.access_token.expose())
        .await
        .unwrap();
}

#[tokio::test]
async fn disabled_users_tokens_are_rejected_immediately() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    fixture.cognito.admin().user(EMAIL).disable().await.unwrap();
    let left_over = fixture
        .cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    assert_eq!(refused(left_over), ErrorKind::TokenRevoked);
}

#[tokio::test]
async fn rejects_tokens_of_other_kind_pool_client() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let cognito = &fixture.cognito;
    let swapped = cognito.verify_access_token(tokens.id_token.expose()).await;
    assert_eq!(refused(swapped), ErrorKind::TokenInvalid);
    let swapped = cognito.verify_id_token(tokens.access_token.expose()).await;
    assert_eq!(refused(swapped), ErrorKind::TokenInvalid);
    let elsewhere = Fixture::ours_with(
        |emulator| emulator.user_pool_id("eu-central-1_Another1"),
        |cognito| cognito,
    )
    .await;
    let foreign = elsewhere
        .cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    assert_eq!(refused(foreign), ErrorKind::TokenInvalid);
}

#[tokio::test]
async fn token_can_be_read_without_verification() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let token = fixture
        .cognito
        .decode_token(tokens.id_token.expose())
        .unwrap();
    assert_eq!(
        token.claim("email").and_then(|email| email.as_str()),
        Some(EMAIL)
    );
    let nonsense = fixture.cognito.decode_token("no.token.at-all");
    assert_eq!(refused(nonsense), ErrorKind::TokenInvalid);
}

#[tokio::test]
async fn required_second_factor_returns_challenge() {
    let fixture = Fixture::ours_with(|emulator| emulator.mfa(MfaMode::On), |cognito| cognito).await;
    fixture.confirmed_user(EMAIL).await;
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let Challenge::MfaSetup(setup) = challenge(signed_in) else {
        panic!("an MFA_SETUP challenge was expected");
    };
    assert!(
        setup
            .options()
            .contains(&cognito::ChallengeName::SoftwareTokenMfa)
    );
}

#[tokio::test]
async fn changed_email_is_unverified_until_confirmed() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let sent = account
        .update_attributes()
        .attribute("email", "new@example.com")
        .await
        .unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        sent[0]
            .attribute
            .as_ref()
            .map(cognito::AttributeName::as_str),
        Some("email")
    );
    let me = account.details().await.unwrap();
    assert_eq!(me.attributes.value("email"), Some("new@example.com"));
    assert_eq!(me.attributes.value("email_verified"), Some("false"));
}
