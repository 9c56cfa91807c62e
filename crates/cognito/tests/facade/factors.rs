//! Second factors of every kind, set up before and during a sign-in, and verified addresses.

use std::time::Duration;

use cognito::account::{FactorChange, MfaPreference};
use cognito::authentication::{AuthFactor, TotpEnrollment};
use cognito::{Challenge, ChallengeName, ErrorKind, RequestContext, SignInFlow};
use cognito_emulator::{EmulatorBuilder, MfaMode, totp_code};
use cognito_testkit::mocks::MockAccount;

use crate::extending::unplugged;
use crate::fixture::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, challenge, complete, refused};
use crate::scenarios::mfa::{next_code, with_totp};

const NEW: &str = "new@example.com";

async fn pool(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
    Fixture::ours_with(settings, |cognito| cognito).await
}

async fn login(fixture: &Fixture) -> Challenge {
    challenge(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap())
}

/// Returns the set-up challenge of the first sign-in of a user without a second factor, in a pool
/// that requires one.
async fn at_the_set_up(fixture: &Fixture) -> cognito::challenge::MfaSetup {
    let admin = fixture.cognito.admin();
    admin.create_user(EMAIL).without_invitation().await.unwrap();
    let user = admin.user(EMAIL);
    user.set_permanent_password(PASSWORD).await.unwrap();
    let Challenge::MfaSetup(setup) = login(fixture).await else {
        panic!("the set-up was expected");
    };
    setup
}

fn latest(fixture: &Fixture, address: &str) -> String {
    fixture.emulator().inbox().latest_code(address).unwrap()
}

fn other(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

fn now_shown(fixture: &Fixture, enrollment: &TotpEnrollment) -> String {
    totp_code(enrollment.setup.secret.expose(), fixture.now())
}

#[tokio::test]
async fn totp_enrollment_can_be_spawned() {
    let fixture = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&fixture).await;
    // Nothing borrows from the handle.
    let enrollment = {
        let cognito = fixture.cognito.clone();
        cognito.enroll_totp(setup)
    };
    let enrollment = tokio::spawn(enrollment.into_future())
        .await
        .unwrap()
        .unwrap();
    let code = now_shown(&fixture, &enrollment);
    assert!(
        fixture
            .cognito
            .respond(enrollment.challenge.totp_code(code))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn totp_is_set_up_during_sign_in() {
    let fixture = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&fixture).await;
    assert_eq!(
        setup.options(),
        [ChallengeName::SmsMfa, ChallengeName::SoftwareTokenMfa]
    );
    let enrollment = fixture.cognito.enroll_totp(setup).await.unwrap();
    let url = enrollment.setup.otpauth_url("App", EMAIL);
    assert!(url.starts_with("otpauth://totp/App:user%40example.com?secret="));
    let code = now_shown(&fixture, &enrollment);
    let answer = enrollment.challenge.totp_code_of("My iPhone", code);
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    // From now on the factor is required.
    assert_eq!(
        *login(&fixture).await.name(),
        ChallengeName::SoftwareTokenMfa
    );
}

#[tokio::test]
async fn wrong_first_code_keeps_setup_open() {
    let fixture = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&fixture).await;
    let enrollment = fixture.cognito.enroll_totp(setup).await.unwrap();
    let code = now_shown(&fixture, &enrollment);
    let wrong = enrollment.challenge.totp_code(other(&code));
    let rejection = fixture.cognito.respond(wrong).await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::CodeMismatch);
    let Some(Challenge::MfaSetup(setup)) = rejection.into_challenge() else {
        panic!("the set-up was lost");
    };
    let five_digits = setup.totp_code("12345");
    let rejection = fixture.cognito.respond(five_digits).await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::InvalidParameter);
    let Some(Challenge::MfaSetup(setup)) = rejection.into_challenge() else {
        panic!("the set-up was lost");
    };
    let right = setup.totp_code(code);
    drop(complete(fixture.cognito.respond(right).await.unwrap()));
}

#[tokio::test]
async fn setup_keeps_session_through_browser() {
    let fixture = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&fixture).await;
    let enrollment = fixture.cognito.enroll_totp(setup).await.unwrap();
    let code = now_shown(&fixture, &enrollment);
    let challenge = Challenge::from(enrollment.challenge);
    let state = fixture.cognito.challenge_to_state(&challenge).unwrap();
    let Challenge::MfaSetup(setup) = fixture.cognito.challenge_from_state(&state).unwrap() else {
        panic!("another challenge came back");
    };
    let answer = setup.totp_code(code);
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn expired_setup_must_start_again() {
    let fixture = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&fixture).await;
    fixture.pass(Duration::from_secs(180));
    let rejection = fixture.cognito.enroll_totp(setup).await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::ChallengeExpired);
    assert!(rejection.into_challenge().is_none());
}

#[tokio::test]
async fn email_codes_are_set_up_during_sign_in() {
    let fixture = pool(|emulator| emulator.mfa(MfaMode::On).email_mfa(true)).await;
    let setup = at_the_set_up(&fixture).await;
    assert!(setup.options().contains(&ChallengeName::EmailOtp));
    let rejection = fixture.cognito.respond(setup.email("nowhere")).await;
    let rejection = rejection.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::InvalidParameter);
    let Some(Challenge::MfaSetup(setup)) = rejection.into_challenge() else {
        panic!("the set-up was lost");
    };
    let next = fixture.cognito.respond(setup.email(NEW)).await.unwrap();
    let Challenge::EmailOtp(otp) = challenge(next) else {
        panic!("a code by e-mail was expected");
    };
    assert_eq!(otp.destination(), Some("n***@e***"));
    let answer = otp.code(latest(&fixture, NEW));
    let tokens = complete(fixture.cognito.respond(answer).await.unwrap());
    let account = fixture.cognito.account(&tokens.access_token);
    let factors = account.auth_factors().await.unwrap();
    assert_eq!(factors.mfa_factors, ["EMAIL_OTP"]);
    assert_eq!(factors.factors, [AuthFactor::Password]);
}

#[tokio::test]
async fn email_code_is_a_second_factor() {
    let fixture = pool(|emulator| emulator.email_mfa(true)).await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let preference = MfaPreference::new().email(FactorChange::Preferred);
    account.set_mfa_preference(preference).await.unwrap();
    let Challenge::EmailOtp(otp) = login(&fixture).await else {
        panic!("a code by e-mail was expected");
    };
    let right = latest(&fixture, EMAIL);
    let rejection = fixture.cognito.respond(otp.code(other(&right))).await;
    let Some(Challenge::EmailOtp(otp)) = rejection.unwrap_err().into_challenge() else {
        panic!("the challenge was lost");
    };
    drop(complete(
        fixture.cognito.respond(otp.code(right)).await.unwrap(),
    ));
}

#[tokio::test]
async fn one_of_several_factors_is_chosen() {
    let fixture = pool(|emulator| emulator.email_mfa(true)).await;
    let secret = with_totp(&fixture).await;
    // No factor is preferred, so the user must choose.
    let tokens = {
        let Challenge::SoftwareTokenMfa(mfa) = login(&fixture).await else {
            panic!("a TOTP challenge was expected");
        };
        let answer = mfa.code(next_code(&fixture, &secret));
        complete(fixture.cognito.respond(answer).await.unwrap())
    };
    let account = fixture.cognito.account(&tokens.access_token);
    let preference = MfaPreference::new()
        .email(FactorChange::On)
        .totp(FactorChange::On);
    account.set_mfa_preference(preference).await.unwrap();
    let Challenge::SelectMfaType(select) = login(&fixture).await else {
        panic!("a choice was expected");
    };
    assert_eq!(
        select.options(),
        [ChallengeName::SoftwareTokenMfa, ChallengeName::EmailOtp]
    );
    let chosen = select.choose(&ChallengeName::EmailOtp);
    let next = fixture.cognito.respond(chosen).await.unwrap();
    let Challenge::EmailOtp(otp) = challenge(next) else {
        panic!("a code by e-mail was expected");
    };
    let answer = otp.code(latest(&fixture, EMAIL));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn challenge_chain_is_answered_in_order() {
    // A new password, then an address, then the code that was sent to it: all steps use the signed
    // API.
    let fixture = pool(|emulator| emulator.mfa(MfaMode::On).email_mfa(true)).await;
    let admin = fixture.cognito.admin();
    admin
        .create_user(EMAIL)
        .temporary_password(PASSWORD)
        .without_invitation()
        .await
        .unwrap();
    let login = fixture.cognito.login(EMAIL, PASSWORD);
    let login = login.flow(SignInFlow::AdminUserPassword);
    let Challenge::NewPasswordRequired(step) = challenge(login.await.unwrap()) else {
        panic!("a new password was expected");
    };
    let answer = step.new_password(OTHER_PASSWORD);
    let Challenge::MfaSetup(setup) = challenge(fixture.cognito.respond(answer).await.unwrap())
    else {
        panic!("the set-up was expected");
    };
    let answer = setup.email(NEW);
    let Challenge::EmailOtp(otp) = challenge(fixture.cognito.respond(answer).await.unwrap()) else {
        panic!("a code by e-mail was expected");
    };
    let answer = otp.code(latest(&fixture, NEW));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    let calls = |name: &str| fixture.emulator().calls(name);
    assert_eq!(calls("AdminRespondToAuthChallenge"), 3);
    assert_eq!(calls("RespondToAuthChallenge"), 0);
}

#[tokio::test]
async fn changed_email_is_unverified_until_confirmed() {
    let fixture = pool(|emulator| emulator).await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let change = account.update_attributes().attribute("email", NEW);
    let sent = change.await.unwrap();
    assert_eq!(sent[0].destination, "n***@e***");
    let me = account.details().await.unwrap();
    assert_eq!(me.attributes.value("email"), Some(NEW));
    assert_eq!(me.attributes.value("email_verified"), Some("false"));
    let again = account.send_attribute_code("email").await.unwrap();
    assert_eq!(again.destination, "n***@e***");
    let code = latest(&fixture, NEW);
    let wrong = account.verify_attribute("email", other(&code)).await;
    assert_eq!(refused(wrong), ErrorKind::CodeMismatch);
    account.verify_attribute("email", code).await.unwrap();
    let me = account.details().await.unwrap();
    assert_eq!(me.attributes.value("email_verified"), Some("true"));
}

#[tokio::test]
async fn pool_can_keep_old_email_until_confirmed() {
    let fixture = pool(|emulator| emulator.verify_before_update(true)).await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let change = account.update_attributes().attribute("email", NEW);
    change.await.unwrap();
    let before = account.details().await.unwrap();
    assert_eq!(before.attributes.value("email"), Some(EMAIL));
    let code = latest(&fixture, NEW);
    account.verify_attribute("email", code).await.unwrap();
    let after = account.details().await.unwrap();
    assert_eq!(after.attributes.value("email"), Some(NEW));
}

#[tokio::test]
async fn guessing_an_address_code_is_stopped_here() {
    let fixture = pool(|emulator| emulator.attempt_limits(false)).await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    account.send_attribute_code("email").await.unwrap();
    let wrong = other(&latest(&fixture, EMAIL));
    for _ in 0..10 {
        let rejection = account.verify_attribute("email", wrong).await;
        assert_eq!(refused(rejection), ErrorKind::CodeMismatch);
    }
    let before = fixture.emulator().calls("VerifyUserAttribute");
    let rejection = account.verify_attribute("email", wrong).await;
    assert_eq!(refused(rejection), ErrorKind::AttemptLimit);
    assert_eq!(fixture.emulator().calls("VerifyUserAttribute"), before);
}

#[tokio::test]
async fn signed_context_requires_client_address() {
    let fixture = pool(|emulator| emulator).await;
    fixture.confirmed_user(EMAIL).await;
    let context = RequestContext::new().server("api.example.com", "/login");
    let login = |context: RequestContext| {
        let login = fixture.cognito.login(EMAIL, PASSWORD).context(context);
        login.flow(SignInFlow::AdminUserPassword)
    };
    let rejection = login(context.clone()).await;
    assert_eq!(refused(rejection), ErrorKind::InvalidParameter);
    let whole = context.ip_address([203, 0, 113, 9].into());
    drop(complete(login(whole).await.unwrap()));
}

#[tokio::test]
async fn operator_deletes_lost_authenticator_app() {
    let fixture = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&fixture).await;
    let enrollment = fixture.cognito.enroll_totp(setup).await.unwrap();
    let code = now_shown(&fixture, &enrollment);
    let answer = enrollment.challenge.totp_code(code);
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    let Challenge::SoftwareTokenMfa(asked) = login(&fixture).await else {
        panic!("the code was expected");
    };
    let user = fixture.cognito.admin().user(EMAIL);
    assert!(user.delete_totp().await.unwrap().success);
    // A sign-in that was started before does not accept the old app. A new sign-in requires another
    // factor.
    fixture.pass(Duration::from_secs(30));
    let code = totp_code(enrollment.setup.secret.expose(), fixture.now());
    fixture.cognito.respond(asked.code(code)).await.unwrap_err();
    assert!(matches!(login(&fixture).await, Challenge::MfaSetup(_)));
    let nobody = fixture.cognito.admin().user("nobody@example.com");
    let unknown = nobody.delete_totp().await;
    assert_eq!(refused(unknown), ErrorKind::UserNotFound);
}

#[tokio::test]
async fn label_and_issuer_cannot_break_the_url() {
    let mut port = MockAccount::new();
    port.expect_associate_totp()
        .returning(|_| Ok("JBSWY3DPEHPK3PXP".parse().unwrap()));
    let cognito = unplugged().account(port).build().await.unwrap();
    let setup = cognito.account("a.b.c").setup_totp().await.unwrap();
    assert_eq!(
        setup.otpauth_url("Your App", "user+tag@example.com"),
        "otpauth://totp/Your%20App:user%2Btag%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Your%20App"
    );
    let hostile = setup.otpauth_url("A&secret=X", "b?secret=Y#:é");
    assert_eq!(hostile.matches("secret=").count(), 1, "{hostile}");
    assert_eq!(hostile.matches(['?', '#']).count(), 1, "{hostile}");
}
