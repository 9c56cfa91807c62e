//! Remembered devices at a sign-in: confirmed, proven, and stale.

use cognito::account::TotpSecret;
use cognito::device::{ConfirmedDevice, DeviceStatus, NewDevice, RememberedDevice};
use cognito::{
    Challenge, ChallengeName, Done, ErrorKind, Operation, SignIn, SignInFlow, Tokens, UserSession,
};
use cognito_emulator::{Client, DeviceConfiguration, Fault};
use cognito_testkit::{LogCapture, Recorded, RecordingSink};

use crate::fixture::{
    EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, SECRET, challenge, complete, refused,
};
use crate::scenarios::mfa::next_code;
use crate::triggers::{sum, with_sums};

const STRANGER: &str = "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11";

pub(crate) fn standing() -> DeviceConfiguration {
    DeviceConfiguration::new().challenge_required_on_new_device(true)
}

/// Creates a pool that remembers devices.
pub(crate) async fn pool_of(configuration: DeviceConfiguration) -> Fixture {
    Fixture::ours_with(
        |emulator| emulator.device_configuration(configuration),
        |cognito| cognito,
    )
    .await
}

async fn with_sink(configuration: DeviceConfiguration) -> (Fixture, RecordingSink) {
    let sink = RecordingSink::new();
    let fixture = Fixture::ours_with(
        |emulator| emulator.device_configuration(configuration),
        |cognito| cognito.event_sink(sink.clone()),
    )
    .await;
    (fixture, sink)
}

pub(crate) async fn confirm(fixture: &Fixture, tokens: &Tokens) -> ConfirmedDevice {
    let device = tokens.new_device.clone().unwrap();
    let account = fixture.cognito.account(&tokens.access_token);
    let confirm = account.confirm_device(device).name("My iPhone");
    confirm.await.unwrap()
}

/// Signs in again and confirms the device of that sign-in.
pub(crate) async fn remembered(fixture: &Fixture) -> (Tokens, RememberedDevice) {
    let tokens = fixture.login().await;
    let confirmed = confirm(fixture, &tokens).await;
    assert!(!confirmed.user_confirmation_necessary);
    (tokens, confirmed.device)
}

/// Creates a user with a device and an authenticator app.
pub(crate) async fn person_with_device(fixture: &Fixture) -> (RememberedDevice, TotpSecret) {
    fixture.confirmed_user(EMAIL).await;
    let (tokens, device) = remembered(fixture).await;
    let account = fixture.cognito.account(&tokens.access_token);
    let setup = account.setup_totp().await.unwrap();
    let code = cognito_emulator::totp_code(setup.secret.expose(), fixture.now());
    account.confirm_totp(code).await.unwrap();
    (device, setup.secret)
}

pub(crate) async fn login_on(fixture: &Fixture, device: &RememberedDevice) -> SignIn {
    let login = fixture.cognito.login(EMAIL, PASSWORD).device(device);
    login.await.unwrap()
}

pub(crate) fn asks_for_the_code(signed_in: SignIn) {
    let asked = challenge(signed_in);
    assert_eq!(*asked.name(), ChallengeName::SoftwareTokenMfa);
}

/// Serializes and restores the device, as a service that stores it does.
fn kept(device: &RememberedDevice) -> RememberedDevice {
    RememberedDevice::from_secret_string(&device.to_secret_string().unwrap()).unwrap()
}

#[tokio::test]
async fn remembered_device_skips_second_factor() {
    for client in [
        Client::new("public"),
        Client::new("withsecret").secret(SECRET),
    ] {
        let fixture = Fixture::ours_with(
            |emulator| emulator.device_configuration(standing()).client(client),
            |cognito| cognito,
        )
        .await;
        let (device, _) = person_with_device(&fixture).await;
        asks_for_the_code(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap());
        for flow in [
            SignInFlow::UserSrp,
            SignInFlow::UserPassword,
            SignInFlow::AdminUserPassword,
        ] {
            let login = fixture.cognito.login(EMAIL, PASSWORD).flow(flow);
            let tokens = complete(login.device(&kept(&device)).await.unwrap());
            assert_eq!(tokens.device_key.as_ref(), Some(&device.key));
            assert_eq!(tokens.new_device, None);
            assert_eq!(tokens.stale_device, None);
            let access = tokens.access_token.expose();
            let claims = fixture.cognito.verify_access_token(access).await.unwrap();
            assert_eq!(claims.device_key.as_deref(), Some(device.key.as_str()));
        }
    }
}

#[tokio::test]
async fn choice_sign_in_uses_device() {
    use cognito::authentication::FirstFactor;
    let fixture = pool_of(standing()).await;
    let (device, _) = person_with_device(&fixture).await;
    let password = FirstFactor::PasswordSrp(PASSWORD.parse().unwrap());
    let login = fixture.cognito.login_by_choice(EMAIL).device(&device);
    let Challenge::SelectChallenge(select) = challenge(login.await.unwrap()) else {
        panic!("a choice was expected");
    };
    let answer = fixture.cognito.respond(select.choose(password));
    let tokens = complete(answer.await.unwrap());
    assert_eq!(tokens.device_key, Some(device.key));
}

#[tokio::test]
async fn a_pool_that_remembers_no_devices_gives_none() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    assert_eq!(tokens.new_device, None);
    assert_eq!(tokens.device_key, None);
    let device = NewDevice::new(STRANGER.parse().unwrap(), "-group".parse().unwrap());
    let account = fixture.cognito.account(&tokens.access_token);
    let confirmed = account.confirm_device(device).await;
    assert_eq!(refused(confirmed), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn unconfirmed_device_skips_nothing() {
    // In a pool that requires the user's consent.
    let fixture = pool_of(standing().device_only_remembered_on_user_prompt(true)).await;
    fixture.confirmed_user(EMAIL).await;
    let tokens = fixture.login().await;
    let confirmed = confirm(&fixture, &tokens).await;
    assert!(confirmed.user_confirmation_necessary);
    let device = confirmed.device;
    let account = fixture.cognito.account(&tokens.access_token);
    let setup = account.setup_totp().await.unwrap();
    let code = cognito_emulator::totp_code(setup.secret.expose(), fixture.now());
    account.confirm_totp(code).await.unwrap();

    asks_for_the_code(login_on(&fixture, &device).await);
    let done: Done = account.remember_device(&device.key).await.unwrap();
    assert!(done.success);
    drop(complete(login_on(&fixture, &device).await));
    account.stop_remembering_device(&device.key).await.unwrap();
    asks_for_the_code(login_on(&fixture, &device).await);
    let details = account.device(&device.key).await.unwrap();
    assert_eq!(details.status(), Some(DeviceStatus::NotRemembered));
}

#[tokio::test]
async fn device_is_proven_after_the_code() {
    // In a pool where a device does not replace the second factor.
    let fixture = pool_of(DeviceConfiguration::new()).await;
    let (device, secret) = person_with_device(&fixture).await;
    let asked = challenge(login_on(&fixture, &device).await);
    // The challenge contains the device, also if a browser stores the challenge.
    let state = fixture.cognito.challenge_to_state(&asked).unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = fixture.cognito.challenge_from_state(&state).unwrap()
    else {
        panic!("another challenge came back");
    };
    let answer = mfa.code(next_code(&fixture, &secret));
    let tokens = complete(fixture.cognito.respond(answer).await.unwrap());
    assert_eq!(tokens.device_key, Some(device.key));
    assert_eq!(tokens.new_device, None);
}

#[tokio::test]
async fn device_is_known_after_new_password() {
    let fixture = pool_of(standing()).await;
    let (device, _) = person_with_device(&fixture).await;
    let user = fixture.cognito.admin();
    let user = user.user(EMAIL);
    user.set_temporary_password(OTHER_PASSWORD).await.unwrap();
    let login = fixture.cognito.login(EMAIL, OTHER_PASSWORD).device(&device);
    let Challenge::NewPasswordRequired(step) = challenge(login.await.unwrap()) else {
        panic!("a new password was expected");
    };
    let state = fixture.cognito.challenge_to_state(&step.into()).unwrap();
    let Challenge::NewPasswordRequired(step) =
        fixture.cognito.challenge_from_state(&state).unwrap()
    else {
        panic!("another challenge came back");
    };
    let answer = fixture.cognito.respond(step.new_password(PASSWORD));
    let tokens = complete(answer.await.unwrap());
    assert_eq!(tokens.device_key, Some(device.key));
}

#[tokio::test]
async fn challenge_from_parts_accepts_device() {
    let fixture = pool_of(DeviceConfiguration::new()).await;
    let (device, secret) = person_with_device(&fixture).await;
    let body = serde_json::to_value(login_on(&fixture, &device).await).unwrap();
    let text = |key: &str| body[key].as_str().unwrap().to_owned();
    assert!(!body.to_string().contains(device.key.as_str()));
    let code = next_code(&fixture, &secret);
    let (user, session) = (text("username"), text("session"));
    let mfa = fixture
        .cognito
        .verify_mfa(user, session, code, "SOFTWARE_TOKEN_MFA");
    let tokens = complete(mfa.device(&device).await.unwrap());
    assert_eq!(tokens.device_key, Some(device.key));
}

#[tokio::test]
async fn device_with_wrong_password_is_rejected() {
    // The user is not locked out.
    let fixture = pool_of(standing()).await;
    let (mut device, _) = person_with_device(&fixture).await;
    let right = device.clone();
    device.password = "another-password".parse().unwrap();
    // More often than the limit for guesses at a password.
    for _ in 0..12 {
        let login = fixture.cognito.login(EMAIL, PASSWORD).device(&device);
        let error = login.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAuthorized);
        assert!(error.to_string().contains("device proof"), "{error}");
    }
    drop(complete(login_on(&fixture, &right).await));
}

#[tokio::test]
async fn wrong_password_on_device_is_wrong_password() {
    let fixture = pool_of(standing()).await;
    let (device, _) = person_with_device(&fixture).await;
    for flow in [SignInFlow::UserSrp, SignInFlow::UserPassword] {
        let login = fixture.cognito.login(EMAIL, OTHER_PASSWORD).flow(flow);
        let login = login.device(&device).await;
        assert_eq!(refused(login), ErrorKind::InvalidCredentials);
    }
}

#[tokio::test]
async fn device_of_other_user_is_skipped_as_stale() {
    let (fixture, sink) = with_sink(standing()).await;
    let (theirs, _) = person_with_device(&fixture).await;
    let other = "other@example.com";
    fixture.confirmed_user(other).await;
    sink.clear();
    let login = fixture.cognito.login(other, PASSWORD).device(&theirs);
    let tokens = complete(login.await.unwrap());
    assert_eq!(tokens.stale_device, Some(theirs.key));
    assert!(tokens.new_device.is_some(), "this one has a key of its own");
    let stale = Recorded::DeviceStale {
        operation: Operation::InitiateAuth,
    };
    let heard = sink.events().into_iter().filter(|event| *event == stale);
    assert_eq!(heard.count(), 1);
}

#[tokio::test]
async fn device_forgotten_during_sign_in_is_skipped() {
    let (fixture, sink) = with_sink(DeviceConfiguration::new()).await;
    let (device, secret) = person_with_device(&fixture).await;
    let Challenge::SoftwareTokenMfa(mfa) = challenge(login_on(&fixture, &device).await) else {
        panic!("a TOTP challenge was expected");
    };
    let admin = fixture.cognito.admin();
    admin
        .user(EMAIL)
        .device(&device.key)
        .forget()
        .await
        .unwrap();
    let answer = mfa.code(next_code(&fixture, &secret));
    let signed_in = fixture.cognito.respond(answer).await.unwrap();
    assert_eq!(signed_in.stale_device(), Some(&device.key));
    let tokens = complete(signed_in);
    assert_ne!(tokens.device_key, Some(device.key));
    let stale = Recorded::DeviceStale {
        operation: Operation::RespondToAuthChallenge,
    };
    assert!(sink.events().contains(&stale));
}

#[tokio::test]
async fn stale_device_is_reported_after_sign_in() {
    let (fixture, sink) = with_sink(standing()).await;
    let (device, secret) = person_with_device(&fixture).await;
    let admin = fixture.cognito.admin();
    admin
        .user(EMAIL)
        .device(&device.key)
        .forget()
        .await
        .unwrap();
    sink.clear();
    let asked = login_on(&fixture, &device).await;
    assert_eq!(asked.stale_device(), Some(&device.key));
    let asked = challenge(asked);
    let state = fixture.cognito.challenge_to_state(&asked).unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = fixture.cognito.challenge_from_state(&state).unwrap()
    else {
        panic!("another challenge came back");
    };
    let answer = mfa.code(next_code(&fixture, &secret));
    let tokens = complete(fixture.cognito.respond(answer).await.unwrap());
    assert_eq!(tokens.stale_device, Some(device.key));
    let is_stale = |event: &Recorded| matches!(event, Recorded::DeviceStale { .. });
    let heard: Vec<_> = sink.events().into_iter().filter(is_stale).collect();
    assert_eq!(heard.len(), 1, "{heard:?}");
}

#[tokio::test]
async fn only_missing_device_restarts_sign_in() {
    let fixture = pool_of(standing()).await;
    let (device, _) = person_with_device(&fixture).await;
    let calls = || fixture.emulator().calls("InitiateAuth");
    for (message, calls_made) in [("Group does not exist.", 1), ("Device does not exist.", 2)] {
        let before = calls();
        let fault = Fault::error("InitiateAuth", "ResourceNotFoundException", message);
        fixture.emulator().inject(fault.times(2)).unwrap();
        let login = fixture.cognito.login(EMAIL, PASSWORD).device(&device).await;
        assert_eq!(refused(login), ErrorKind::NotFound);
        assert_eq!(calls() - before, calls_made, "{message}");
        fixture.emulator().clear_faults();
    }
}

#[tokio::test]
async fn logs_and_debug_hide_devices() {
    let logs = LogCapture::start();
    let fixture = pool_of(standing()).await;
    let (device, _) = person_with_device(&fixture).await;
    let login = fixture.cognito.login(EMAIL, PASSWORD).device(&device);
    let mut shown = format!("{login:?}");
    let tokens = complete(login.await.unwrap());
    let session = UserSession::new(tokens).on(device.clone());
    let admin = fixture.cognito.admin();
    let theirs = admin.user(EMAIL);
    let theirs = theirs.device(&device.key);
    let details = theirs.details().await.unwrap();
    shown.push_str(&format!("{session:?} {details:?} {theirs:?}"));
    theirs.forget().await.unwrap();
    asks_for_the_code(login_on(&fixture, &device).await);
    let secrets = [
        device.key.as_str(),
        device.group_key.as_str(),
        device.password.expose(),
    ];
    for secret in secrets {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(logs.text().contains("a remembered device is stale"));
    logs.assert_free_of(&secrets);
}

#[tokio::test]
async fn device_is_known_after_custom_challenges() {
    let fixture = Fixture::ours_with(
        |emulator| with_sums(emulator).device_configuration(standing()),
        |cognito| cognito,
    )
    .await;
    let (device, _) = person_with_device(&fixture).await;
    let login = fixture.cognito.login_by_custom_challenge(EMAIL);
    let mut asked = challenge(login.device(&device).await.unwrap());
    for answer in ["6", "5"] {
        let state = fixture.cognito.challenge_to_state(&asked).unwrap();
        let sum = sum(fixture.cognito.challenge_from_state(&state).unwrap());
        match fixture.cognito.respond(sum.answer(answer)).await.unwrap() {
            SignIn::Challenge(again) => asked = again,
            SignIn::Complete(tokens) => {
                assert_eq!((answer, tokens.device_key), ("5", Some(device.key)));
                return;
            }
        }
    }
    panic!("the sum was right");
}
