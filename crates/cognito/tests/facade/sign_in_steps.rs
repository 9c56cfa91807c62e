//! The budget of sign-in steps that contain no secret and send no code.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use cognito::attempt::{Budget, BudgetPolicy};
use cognito::authentication::{FirstFactor, OfferedFactors};
use cognito::{Challenge, ErrorKind, SignIn};
use cognito_emulator::{AuthFlow, Client, EmulatorBuilder, MfaMode};

use crate::fixture::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, challenge, complete, refused};
use crate::passkeys::{account, answered, passkey_challenge, registered};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const AWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
const WINDOW: Duration = Duration::from_secs(60);

/// Creates a pool in which one address has three sign-in steps in a minute.
async fn three_steps(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
    let policy = BudgetPolicy::new(3, WINDOW);
    Fixture::ours_with(settings, |cognito| {
        cognito.address_budget(Budget::SignInSteps, policy)
    })
    .await
}

#[tokio::test]
async fn passkey_starts_are_limited_by_address() {
    let fixture = three_steps(|emulator| emulator.passkeys("example.com")).await;
    let offered = OfferedFactors::passwords().passkeys("example.com");
    let begin = async |name: String, address| {
        let login = fixture.cognito.login_by_choice(name);
        let login = login.prefer(FirstFactor::WebAuthn).hide_account(&offered);
        login.client_address(address).await.map(drop)
    };
    // The names of the users do not matter.
    for number in 0..3 {
        begin(format!("user{number}@example.com"), HOME)
            .await
            .unwrap();
    }
    let error = begin(EMAIL.to_owned(), HOME).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AttemptLimit);
    assert!(error.retry_after().is_some());
    assert_eq!(fixture.emulator().calls("InitiateAuth"), 3);
    begin(EMAIL.to_owned(), AWAY).await.unwrap();
    // Sign-ins with a password have no such budget.
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.login(EMAIL, PASSWORD);
    drop(complete(login.client_address(HOME).await.unwrap()));
    fixture.pass(WINDOW);
    begin(EMAIL.to_owned(), HOME).await.unwrap();
}

#[tokio::test]
async fn choice_without_preference_is_limited_by_address() {
    let client = Client::new("client1").flow(AuthFlow::UserAuth);
    let fixture = three_steps(|emulator| emulator.client(client)).await;
    fixture.confirmed_user(EMAIL).await;
    let begin = async || {
        let login = fixture.cognito.login_by_choice(EMAIL);
        login.client_address(HOME).await
    };
    for _ in 0..3 {
        drop(begin().await.unwrap());
    }
    assert_eq!(refused(begin().await), ErrorKind::AttemptLimit);
}

#[tokio::test]
async fn rejected_passkeys_are_limited_by_address() {
    let fixture = three_steps(|emulator| emulator.passkeys("example.com")).await;
    let cognito = &fixture.cognito;
    fixture.confirmed_user(EMAIL).await;
    let mut browser = registered(&account(&fixture, EMAIL).await).await;
    let login = cognito.login_by_choice(EMAIL).prefer(FirstFactor::WebAuthn);
    let state = cognito.challenge_to_state(&challenge(login.await.unwrap()));
    let state = state.unwrap();
    let asked = || passkey_challenge(cognito.challenge_from_state(&state).unwrap());
    let options = asked().request_options().unwrap();
    let proof = browser.get(options.as_json()).await.unwrap().to_string();
    let respond = async || {
        let answer = asked().credential(proof.clone());
        cognito.respond(answer).client_address(HOME).await
    };
    let sent = || fixture.emulator().calls("RespondToAuthChallenge");
    let before = sent();
    // The first response is accepted, and it does not count.
    drop(complete(respond().await.unwrap()));
    for _ in 0..3 {
        assert_ne!(refused(respond().await), ErrorKind::AttemptLimit);
    }
    assert_eq!(refused(respond().await), ErrorKind::AttemptLimit);
    assert_eq!(sent() - before, 4);
}

#[tokio::test]
async fn completed_passkey_sign_ins_do_not_count() {
    let fixture = three_steps(|emulator| emulator.passkeys("example.com")).await;
    fixture.confirmed_user(EMAIL).await;
    let mut browser = registered(&account(&fixture, EMAIL).await).await;
    for _ in 0..5 {
        // The starts come from other addresses.
        let login = fixture
            .cognito
            .login_by_choice(EMAIL)
            .prefer(FirstFactor::WebAuthn);
        let asked = passkey_challenge(challenge(login.await.unwrap()));
        let answer = answered(asked, &mut browser).await;
        let signed_in = fixture.cognito.respond(answer).client_address(HOME).await;
        drop(complete(signed_in.unwrap()));
    }
}

#[tokio::test]
async fn rejected_new_passwords_are_limited_by_address() {
    let fixture = three_steps(|emulator| emulator).await;
    let admin = fixture.cognito.admin();
    let create = admin.create_user(EMAIL).temporary_password(PASSWORD);
    create.without_invitation().await.unwrap();
    let login = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let mut asked = Some(challenge(login));
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let Some(Challenge::NewPasswordRequired(step)) = asked.take() else {
            panic!("the challenge is over");
        };
        // The password does not meet the policy of the pool.
        let answer = fixture.cognito.respond(step.new_password("weak"));
        let rejection = answer.client_address(HOME).await.unwrap_err();
        kinds.push(rejection.error().kind());
        asked = rejection.into_challenge();
    }
    let weak = ErrorKind::PasswordPolicy;
    assert_eq!(kinds, [weak, weak, weak, ErrorKind::AttemptLimit]);
    let Some(Challenge::NewPasswordRequired(step)) = asked else {
        panic!("the challenge is over");
    };
    let answer = fixture.cognito.respond(step.new_password(OTHER_PASSWORD));
    let signed_in = answer.client_address(AWAY).await.unwrap();
    assert!(matches!(signed_in, SignIn::Complete(_)));
}

#[tokio::test]
async fn forged_setup_sessions_are_limited_by_address() {
    let fixture = three_steps(|emulator| emulator.mfa(MfaMode::On)).await;
    let cognito = &fixture.cognito;
    let enroll = async || {
        let forged =
            cognito.resume_challenge("MFA_SETUP", EMAIL, "Zm9yZ2VkLXNlc3Npb24tb2YtYS1zaWduLWlu");
        let Challenge::MfaSetup(setup) = forged.unwrap() else {
            panic!("the set-up was expected");
        };
        let enroll = cognito.enroll_totp(setup).client_address(HOME);
        enroll.await.unwrap_err().error().kind()
    };
    for _ in 0..3 {
        assert_ne!(enroll().await, ErrorKind::AttemptLimit);
    }
    assert_eq!(enroll().await, ErrorKind::AttemptLimit);
    assert_eq!(fixture.emulator().calls("AssociateSoftwareToken"), 3);
}

#[tokio::test]
async fn addresses_for_codes_use_budget_of_messages() {
    let settings = |emulator: EmulatorBuilder| emulator.mfa(MfaMode::On);
    let policy = BudgetPolicy::new(3, WINDOW);
    let fixture = Fixture::ours_with(settings, |cognito| {
        cognito.address_budget(Budget::Messages, policy)
    })
    .await;
    let cognito = &fixture.cognito;
    let choose = async || {
        let forged =
            cognito.resume_challenge("MFA_SETUP", EMAIL, "Zm9yZ2VkLXNlc3Npb24tb2YtYS1zaWduLWlu");
        let Challenge::MfaSetup(setup) = forged.unwrap() else {
            panic!("the set-up was expected");
        };
        let answer = cognito.respond(setup.email("other@example.com"));
        refused(answer.client_address(HOME).await)
    };
    for _ in 0..3 {
        assert_ne!(choose().await, ErrorKind::AttemptLimit);
    }
    assert_eq!(choose().await, ErrorKind::AttemptLimit);
    assert_eq!(fixture.emulator().calls("RespondToAuthChallenge"), 3);
}
