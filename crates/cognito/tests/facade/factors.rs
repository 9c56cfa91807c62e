//! Second factors of every kind, set up before and during a sign-in, and verified addresses.

use std::time::Duration;

use cognito::account::{FactorChange, MfaPreference};
use cognito::authentication::{AuthFactor, TotpEnrollment};
use cognito::{Challenge, ChallengeName, ErrorKind, RequestContext, SignInFlow};
use cognito_emulator::{EmulatorBuilder, MfaMode, totp_code};

use crate::scenarios::mfa::{next_code, with_totp};
use crate::stage::{EMAIL, OTHER_PASSWORD, PASSWORD, Stage, challenge, complete, refused};

const NEW: &str = "new@example.com";

async fn pool(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Stage {
    Stage::ours_with(settings, |cognito| cognito).await
}

async fn login(stage: &Stage) -> Challenge {
    challenge(stage.cognito.login(EMAIL, PASSWORD).await.unwrap())
}

/// Returns the set-up challenge of the first sign-in of a user without a second factor, in a pool
/// that requires one.
async fn at_the_set_up(stage: &Stage) -> cognito::challenge::MfaSetup {
    let admin = stage.cognito.admin();
    admin.create_user(EMAIL).without_invitation().await.unwrap();
    let user = admin.user(EMAIL);
    user.set_permanent_password(PASSWORD).await.unwrap();
    let Challenge::MfaSetup(setup) = login(stage).await else {
        panic!("the set-up was expected");
    };
    setup
}

fn latest(stage: &Stage, address: &str) -> String {
    stage.emulator().inbox().latest_code(address).unwrap()
}

fn other(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

fn now_shown(stage: &Stage, enrollment: &TotpEnrollment) -> String {
    totp_code(enrollment.setup.secret.expose(), stage.now())
}

#[tokio::test]
async fn totp_enrollment_can_be_spawned() {
    let stage = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&stage).await;
    // Nothing borrows from the handle.
    let enrollment = {
        let cognito = stage.cognito.clone();
        cognito.enroll_totp(setup)
    };
    let enrollment = tokio::spawn(enrollment).await.unwrap().unwrap();
    let code = now_shown(&stage, &enrollment);
    assert!(
        stage
            .cognito
            .respond(enrollment.challenge.totp_code(code))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn totp_is_set_up_during_sign_in() {
    let stage = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&stage).await;
    assert_eq!(
        setup.options(),
        [ChallengeName::SmsMfa, ChallengeName::SoftwareTokenMfa]
    );
    let enrollment = stage.cognito.enroll_totp(setup).await.unwrap();
    let url = enrollment.setup.otpauth_url("App", EMAIL);
    assert!(url.starts_with("otpauth://totp/App:user%40example.com?secret="));
    let code = now_shown(&stage, &enrollment);
    let answer = enrollment.challenge.totp_code_of("My iPhone", code);
    drop(complete(stage.cognito.respond(answer).await.unwrap()));
    // From now on the factor is required.
    assert_eq!(*login(&stage).await.name(), ChallengeName::SoftwareTokenMfa);
}

#[tokio::test]
async fn wrong_first_code_keeps_setup_open() {
    let stage = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&stage).await;
    let enrollment = stage.cognito.enroll_totp(setup).await.unwrap();
    let code = now_shown(&stage, &enrollment);
    let wrong = enrollment.challenge.totp_code(other(&code));
    let refusal = stage.cognito.respond(wrong).await.unwrap_err();
    assert_eq!(refusal.error().kind(), ErrorKind::CodeMismatch);
    let Some(Challenge::MfaSetup(setup)) = refusal.into_challenge() else {
        panic!("the set-up was lost");
    };
    let five_digits = setup.totp_code("12345");
    let refusal = stage.cognito.respond(five_digits).await.unwrap_err();
    assert_eq!(refusal.error().kind(), ErrorKind::InvalidParameter);
    let Some(Challenge::MfaSetup(setup)) = refusal.into_challenge() else {
        panic!("the set-up was lost");
    };
    let right = setup.totp_code(code);
    drop(complete(stage.cognito.respond(right).await.unwrap()));
}

#[tokio::test]
async fn setup_keeps_session_through_browser() {
    let stage = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&stage).await;
    let enrollment = stage.cognito.enroll_totp(setup).await.unwrap();
    let code = now_shown(&stage, &enrollment);
    let challenge = Challenge::from(enrollment.challenge);
    let state = stage.cognito.challenge_to_state(&challenge).unwrap();
    let Challenge::MfaSetup(setup) = stage.cognito.challenge_from_state(&state).unwrap() else {
        panic!("another challenge came back");
    };
    let answer = setup.totp_code(code);
    drop(complete(stage.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn expired_setup_must_start_again() {
    let stage = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&stage).await;
    stage.pass(Duration::from_secs(180));
    let refusal = stage.cognito.enroll_totp(setup).await.unwrap_err();
    assert_eq!(refusal.error().kind(), ErrorKind::ChallengeExpired);
    assert!(refusal.into_challenge().is_none());
}

#[tokio::test]
async fn email_codes_are_set_up_during_sign_in() {
    let stage = pool(|emulator| emulator.mfa(MfaMode::On).email_mfa(true)).await;
    let setup = at_the_set_up(&stage).await;
    assert!(setup.options().contains(&ChallengeName::EmailOtp));
    let refusal = stage.cognito.respond(setup.email("nowhere")).await;
    let refusal = refusal.unwrap_err();
    assert_eq!(refusal.error().kind(), ErrorKind::InvalidParameter);
    let Some(Challenge::MfaSetup(setup)) = refusal.into_challenge() else {
        panic!("the set-up was lost");
    };
    let next = stage.cognito.respond(setup.email(NEW)).await.unwrap();
    let Challenge::EmailOtp(otp) = challenge(next) else {
        panic!("a code by e-mail was expected");
    };
    assert_eq!(otp.destination(), Some("n***@e***"));
    let answer = otp.code(latest(&stage, NEW));
    let tokens = complete(stage.cognito.respond(answer).await.unwrap());
    let account = stage.cognito.account(&tokens.access_token);
    let factors = account.auth_factors().await.unwrap();
    assert_eq!(factors.mfa_factors, ["EMAIL_OTP"]);
    assert_eq!(factors.factors, [AuthFactor::Password]);
}

#[tokio::test]
async fn email_code_is_a_second_factor() {
    let stage = pool(|emulator| emulator.email_mfa(true)).await;
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
    let preference = MfaPreference::new().email(FactorChange::Preferred);
    account.set_mfa_preference(preference).await.unwrap();
    let Challenge::EmailOtp(otp) = login(&stage).await else {
        panic!("a code by e-mail was expected");
    };
    let right = latest(&stage, EMAIL);
    let refusal = stage.cognito.respond(otp.code(other(&right))).await;
    let Some(Challenge::EmailOtp(otp)) = refusal.unwrap_err().into_challenge() else {
        panic!("the challenge was lost");
    };
    drop(complete(
        stage.cognito.respond(otp.code(right)).await.unwrap(),
    ));
}

#[tokio::test]
async fn one_of_several_factors_is_chosen() {
    let stage = pool(|emulator| emulator.email_mfa(true)).await;
    let secret = with_totp(&stage).await;
    // No factor is preferred, so the user must choose.
    let tokens = {
        let Challenge::SoftwareTokenMfa(mfa) = login(&stage).await else {
            panic!("a TOTP challenge was expected");
        };
        let answer = mfa.code(next_code(&stage, &secret));
        complete(stage.cognito.respond(answer).await.unwrap())
    };
    let account = stage.cognito.account(&tokens.access_token);
    let preference = MfaPreference::new()
        .email(FactorChange::On)
        .totp(FactorChange::On);
    account.set_mfa_preference(preference).await.unwrap();
    let Challenge::SelectMfaType(select) = login(&stage).await else {
        panic!("a choice was expected");
    };
    assert_eq!(
        select.options(),
        [ChallengeName::SoftwareTokenMfa, ChallengeName::EmailOtp]
    );
    let chosen = select.choose(&ChallengeName::EmailOtp);
    let next = stage.cognito.respond(chosen).await.unwrap();
    let Challenge::EmailOtp(otp) = challenge(next) else {
        panic!("a code by e-mail was expected");
    };
    let answer = otp.code(latest(&stage, EMAIL));
    drop(complete(stage.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn challenge_chain_is_answered_in_order() {
    // A new password, then an address, then the code that was sent to it: all steps use the signed
    // API.
    let stage = pool(|emulator| emulator.mfa(MfaMode::On).email_mfa(true)).await;
    let admin = stage.cognito.admin();
    admin
        .create_user(EMAIL)
        .temporary_password(PASSWORD)
        .without_invitation()
        .await
        .unwrap();
    let login = stage.cognito.login(EMAIL, PASSWORD);
    let login = login.flow(SignInFlow::AdminUserPassword);
    let Challenge::NewPasswordRequired(step) = challenge(login.await.unwrap()) else {
        panic!("a new password was expected");
    };
    let answer = step.new_password(OTHER_PASSWORD);
    let Challenge::MfaSetup(setup) = challenge(stage.cognito.respond(answer).await.unwrap()) else {
        panic!("the set-up was expected");
    };
    let answer = setup.email(NEW);
    let Challenge::EmailOtp(otp) = challenge(stage.cognito.respond(answer).await.unwrap()) else {
        panic!("a code by e-mail was expected");
    };
    let answer = otp.code(latest(&stage, NEW));
    drop(complete(stage.cognito.respond(answer).await.unwrap()));
    let calls = |name: &str| stage.emulator().calls(name);
    assert_eq!(calls("AdminRespondToAuthChallenge"), 3);
    assert_eq!(calls("RespondToAuthChallenge"), 0);
}

#[tokio::test]
async fn changed_email_is_unverified_until_confirmed() {
    let stage = pool(|emulator| emulator).await;
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
    let change = account.update_attributes().attribute("email", NEW);
    let sent = change.await.unwrap();
    assert_eq!(sent[0].destination, "n***@e***");
    let me = account.details().await.unwrap();
    assert_eq!(me.attributes.value("email"), Some(NEW));
    assert_eq!(me.attributes.value("email_verified"), Some("false"));
    let again = account.send_attribute_code("email").await.unwrap();
    assert_eq!(again.destination, "n***@e***");
    let code = latest(&stage, NEW);
    let wrong = account.verify_attribute("email", other(&code)).await;
    assert_eq!(refused(wrong), ErrorKind::CodeMismatch);
    account.verify_attribute("email", code).await.unwrap();
    let me = account.details().await.unwrap();
    assert_eq!(me.attributes.value("email_verified"), Some("true"));
}

#[tokio::test]
async fn pool_can_keep_old_email_until_confirmed() {
    let stage = pool(|emulator| emulator.verify_before_update(true)).await;
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
    let change = account.update_attributes().attribute("email", NEW);
    change.await.unwrap();
    let before = account.details().await.unwrap();
    assert_eq!(before.attributes.value("email"), Some(EMAIL));
    let code = latest(&stage, NEW);
    account.verify_attribute("email", code).await.unwrap();
    let after = account.details().await.unwrap();
    assert_eq!(after.attributes.value("email"), Some(NEW));
}

#[tokio::test]
async fn guessing_an_address_code_is_stopped_here() {
    let stage = pool(|emulator| emulator.attempt_limits(false)).await;
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
    account.send_attribute_code("email").await.unwrap();
    let wrong = other(&latest(&stage, EMAIL));
    for _ in 0..10 {
        let refusal = account.verify_attribute("email", wrong).await;
        assert_eq!(refused(refusal), ErrorKind::CodeMismatch);
    }
    let before = stage.emulator().calls("VerifyUserAttribute");
    let refusal = account.verify_attribute("email", wrong).await;
    assert_eq!(refused(refusal), ErrorKind::AttemptLimit);
    assert_eq!(stage.emulator().calls("VerifyUserAttribute"), before);
}

#[tokio::test]
async fn signed_context_requires_client_address() {
    let stage = pool(|emulator| emulator).await;
    stage.confirmed_user(EMAIL).await;
    let context = RequestContext::new().server("api.example.com", "/login");
    let login = |context: RequestContext| {
        let login = stage.cognito.login(EMAIL, PASSWORD).context(context);
        login.flow(SignInFlow::AdminUserPassword)
    };
    let refusal = login(context.clone()).await;
    assert_eq!(refused(refusal), ErrorKind::InvalidParameter);
    let whole = context.ip_address([203, 0, 113, 9].into());
    drop(complete(login(whole).await.unwrap()));
}

#[tokio::test]
async fn operator_deletes_lost_authenticator_app() {
    let stage = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let setup = at_the_set_up(&stage).await;
    let enrollment = stage.cognito.enroll_totp(setup).await.unwrap();
    let code = now_shown(&stage, &enrollment);
    let answer = enrollment.challenge.totp_code(code);
    drop(complete(stage.cognito.respond(answer).await.unwrap()));
    let Challenge::SoftwareTokenMfa(asked) = login(&stage).await else {
        panic!("the code was expected");
    };
    let user = stage.cognito.admin().user(EMAIL);
    assert!(user.delete_totp().await.unwrap().success);
    // A sign-in that was started before does not accept the old app. A new sign-in requires another
    // factor.
    stage.pass(Duration::from_secs(30));
    let code = totp_code(enrollment.setup.secret.expose(), stage.now());
    stage.cognito.respond(asked.code(code)).await.unwrap_err();
    assert!(matches!(login(&stage).await, Challenge::MfaSetup(_)));
    let nobody = stage.cognito.admin().user("nobody@example.com");
    let unknown = nobody.delete_totp().await;
    assert_eq!(refused(unknown), ErrorKind::UserNotFound);
}
