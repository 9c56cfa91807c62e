//! Remembered devices at a sign-in: confirmed, proven, and stale.

use cognito::account::TotpSecret;
use cognito::device::{ConfirmedDevice, DeviceStatus, NewDevice, RememberedDevice};
use cognito::{
    Challenge, ChallengeName, Done, ErrorKind, Operation, SignIn, SignInFlow, Tokens, UserSession,
};
use cognito_emulator::{Client, DeviceConfiguration, Fault};
use cognito_testkit::{LogCapture, Recorded, RecordingSink};

use crate::scenarios::mfa::next_code;
use crate::stage::{EMAIL, OTHER_PASSWORD, PASSWORD, SECRET, Stage, challenge, complete, refused};
use crate::triggers::{sum, with_sums};

const STRANGER: &str = "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11";

pub(crate) fn standing() -> DeviceConfiguration {
    DeviceConfiguration::new().challenge_required_on_new_device(true)
}

/// Creates a pool that remembers devices.
pub(crate) async fn pool_of(configuration: DeviceConfiguration) -> Stage {
    Stage::ours_with(
        |emulator| emulator.device_configuration(configuration),
        |cognito| cognito,
    )
    .await
}

async fn with_sink(configuration: DeviceConfiguration) -> (Stage, RecordingSink) {
    let sink = RecordingSink::new();
    let stage = Stage::ours_with(
        |emulator| emulator.device_configuration(configuration),
        |cognito| cognito.event_sink(sink.clone()),
    )
    .await;
    (stage, sink)
}

pub(crate) async fn confirm(stage: &Stage, tokens: &Tokens) -> ConfirmedDevice {
    let device = tokens.new_device.clone().unwrap();
    let account = stage.cognito.account(&tokens.access_token);
    let confirm = account.confirm_device(device).name("My iPhone");
    confirm.await.unwrap()
}

/// Signs in again and confirms the device of that sign-in.
pub(crate) async fn remembered(stage: &Stage) -> (Tokens, RememberedDevice) {
    let tokens = stage.login().await;
    let confirmed = confirm(stage, &tokens).await;
    assert!(!confirmed.user_confirmation_necessary);
    (tokens, confirmed.device)
}

/// Creates a user with a device and an authenticator app.
pub(crate) async fn person_with_device(stage: &Stage) -> (RememberedDevice, TotpSecret) {
    stage.confirmed_user(EMAIL).await;
    let (tokens, device) = remembered(stage).await;
    let account = stage.cognito.account(&tokens.access_token);
    let setup = account.setup_totp().await.unwrap();
    let code = cognito_emulator::totp_code(setup.secret.expose(), stage.now());
    account.confirm_totp(code).await.unwrap();
    (device, setup.secret)
}

pub(crate) async fn login_on(stage: &Stage, device: &RememberedDevice) -> SignIn {
    let login = stage.cognito.login(EMAIL, PASSWORD).device(device);
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
        let stage = Stage::ours_with(
            |emulator| emulator.device_configuration(standing()).client(client),
            |cognito| cognito,
        )
        .await;
        let (device, _) = person_with_device(&stage).await;
        asks_for_the_code(stage.cognito.login(EMAIL, PASSWORD).await.unwrap());
        for flow in [
            SignInFlow::UserSrp,
            SignInFlow::UserPassword,
            SignInFlow::AdminUserPassword,
        ] {
            let login = stage.cognito.login(EMAIL, PASSWORD).flow(flow);
            let tokens = complete(login.device(&kept(&device)).await.unwrap());
            assert_eq!(tokens.device_key.as_ref(), Some(&device.key));
            assert_eq!(tokens.new_device, None);
            assert_eq!(tokens.stale_device, None);
            let access = tokens.access_token.expose();
            let claims = stage.cognito.verify_access_token(access).await.unwrap();
            assert_eq!(claims.device_key.as_deref(), Some(device.key.as_str()));
        }
    }
}

#[tokio::test]
async fn choice_sign_in_uses_device() {
    use cognito::authentication::FirstFactor;
    let stage = pool_of(standing()).await;
    let (device, _) = person_with_device(&stage).await;
    let password = FirstFactor::PasswordSrp(PASSWORD.parse().unwrap());
    let login = stage.cognito.login_by_choice(EMAIL).device(&device);
    let Challenge::SelectChallenge(select) = challenge(login.await.unwrap()) else {
        panic!("a choice was expected");
    };
    let answer = stage.cognito.respond(select.choose(password));
    let tokens = complete(answer.await.unwrap());
    assert_eq!(tokens.device_key, Some(device.key));
}

#[tokio::test]
async fn a_pool_that_remembers_no_devices_gives_none() {
    let stage = Stage::ours().await;
    let tokens = stage.signed_in().await;
    assert_eq!(tokens.new_device, None);
    assert_eq!(tokens.device_key, None);
    let device = NewDevice::new(STRANGER.parse().unwrap(), "-group".parse().unwrap());
    let account = stage.cognito.account(&tokens.access_token);
    let confirmed = account.confirm_device(device).await;
    assert_eq!(refused(confirmed), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn unconfirmed_device_skips_nothing() {
    // In a pool that requires the user's consent.
    let stage = pool_of(standing().device_only_remembered_on_user_prompt(true)).await;
    stage.confirmed_user(EMAIL).await;
    let tokens = stage.login().await;
    let confirmed = confirm(&stage, &tokens).await;
    assert!(confirmed.user_confirmation_necessary);
    let device = confirmed.device;
    let account = stage.cognito.account(&tokens.access_token);
    let setup = account.setup_totp().await.unwrap();
    let code = cognito_emulator::totp_code(setup.secret.expose(), stage.now());
    account.confirm_totp(code).await.unwrap();

    asks_for_the_code(login_on(&stage, &device).await);
    let done: Done = account.remember_device(&device.key).await.unwrap();
    assert!(done.success);
    drop(complete(login_on(&stage, &device).await));
    account.stop_remembering_device(&device.key).await.unwrap();
    asks_for_the_code(login_on(&stage, &device).await);
    let details = account.device(&device.key).await.unwrap();
    assert_eq!(details.status(), Some(DeviceStatus::NotRemembered));
}

#[tokio::test]
async fn device_is_proven_after_the_code() {
    // In a pool where a device does not replace the second factor.
    let stage = pool_of(DeviceConfiguration::new()).await;
    let (device, secret) = person_with_device(&stage).await;
    let asked = challenge(login_on(&stage, &device).await);
    // The challenge contains the device, also if a browser stores the challenge.
    let state = stage.cognito.challenge_to_state(&asked).unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = stage.cognito.challenge_from_state(&state).unwrap()
    else {
        panic!("another challenge came back");
    };
    let answer = mfa.code(next_code(&stage, &secret));
    let tokens = complete(stage.cognito.respond(answer).await.unwrap());
    assert_eq!(tokens.device_key, Some(device.key));
    assert_eq!(tokens.new_device, None);
}

#[tokio::test]
async fn device_is_known_after_new_password() {
    let stage = pool_of(standing()).await;
    let (device, _) = person_with_device(&stage).await;
    let user = stage.cognito.admin();
    let user = user.user(EMAIL);
    user.set_temporary_password(OTHER_PASSWORD).await.unwrap();
    let login = stage.cognito.login(EMAIL, OTHER_PASSWORD).device(&device);
    let Challenge::NewPasswordRequired(step) = challenge(login.await.unwrap()) else {
        panic!("a new password was expected");
    };
    let state = stage.cognito.challenge_to_state(&step.into()).unwrap();
    let Challenge::NewPasswordRequired(step) = stage.cognito.challenge_from_state(&state).unwrap()
    else {
        panic!("another challenge came back");
    };
    let answer = stage.cognito.respond(step.new_password(PASSWORD));
    let tokens = complete(answer.await.unwrap());
    assert_eq!(tokens.device_key, Some(device.key));
}

#[tokio::test]
async fn challenge_from_parts_accepts_device() {
    let stage = pool_of(DeviceConfiguration::new()).await;
    let (device, secret) = person_with_device(&stage).await;
    let body = serde_json::to_value(login_on(&stage, &device).await).unwrap();
    let text = |key: &str| body[key].as_str().unwrap().to_owned();
    assert!(!body.to_string().contains(device.key.as_str()));
    let code = next_code(&stage, &secret);
    let (user, session) = (text("username"), text("session"));
    let mfa = stage
        .cognito
        .verify_mfa(user, session, code, "SOFTWARE_TOKEN_MFA");
    let tokens = complete(mfa.device(&device).await.unwrap());
    assert_eq!(tokens.device_key, Some(device.key));
}

#[tokio::test]
async fn device_with_wrong_password_is_rejected() {
    // The user is not locked out.
    let stage = pool_of(standing()).await;
    let (mut device, _) = person_with_device(&stage).await;
    let right = device.clone();
    device.password = "another-password".parse().unwrap();
    // More often than the limit for guesses at a password.
    for _ in 0..12 {
        let login = stage.cognito.login(EMAIL, PASSWORD).device(&device);
        let error = login.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAuthorized);
        assert!(error.to_string().contains("device proof"), "{error}");
    }
    drop(complete(login_on(&stage, &right).await));
}

#[tokio::test]
async fn wrong_password_on_device_is_wrong_password() {
    let stage = pool_of(standing()).await;
    let (device, _) = person_with_device(&stage).await;
    for flow in [SignInFlow::UserSrp, SignInFlow::UserPassword] {
        let login = stage.cognito.login(EMAIL, OTHER_PASSWORD).flow(flow);
        let login = login.device(&device).await;
        assert_eq!(refused(login), ErrorKind::InvalidCredentials);
    }
}

#[tokio::test]
async fn device_of_other_user_is_skipped_as_stale() {
    let (stage, sink) = with_sink(standing()).await;
    let (theirs, _) = person_with_device(&stage).await;
    let other = "other@example.com";
    stage.confirmed_user(other).await;
    sink.clear();
    let login = stage.cognito.login(other, PASSWORD).device(&theirs);
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
    let (stage, sink) = with_sink(DeviceConfiguration::new()).await;
    let (device, secret) = person_with_device(&stage).await;
    let Challenge::SoftwareTokenMfa(mfa) = challenge(login_on(&stage, &device).await) else {
        panic!("a TOTP challenge was expected");
    };
    let admin = stage.cognito.admin();
    admin
        .user(EMAIL)
        .device(&device.key)
        .forget()
        .await
        .unwrap();
    let answer = mfa.code(next_code(&stage, &secret));
    let signed_in = stage.cognito.respond(answer).await.unwrap();
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
    let (stage, sink) = with_sink(standing()).await;
    let (device, secret) = person_with_device(&stage).await;
    let admin = stage.cognito.admin();
    admin
        .user(EMAIL)
        .device(&device.key)
        .forget()
        .await
        .unwrap();
    sink.clear();
    let asked = login_on(&stage, &device).await;
    assert_eq!(asked.stale_device(), Some(&device.key));
    let asked = challenge(asked);
    let state = stage.cognito.challenge_to_state(&asked).unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = stage.cognito.challenge_from_state(&state).unwrap()
    else {
        panic!("another challenge came back");
    };
    let answer = mfa.code(next_code(&stage, &secret));
    let tokens = complete(stage.cognito.respond(answer).await.unwrap());
    assert_eq!(tokens.stale_device, Some(device.key));
    let is_stale = |event: &Recorded| matches!(event, Recorded::DeviceStale { .. });
    let heard: Vec<_> = sink.events().into_iter().filter(is_stale).collect();
    assert_eq!(heard.len(), 1, "{heard:?}");
}

#[tokio::test]
async fn only_missing_device_restarts_sign_in() {
    let stage = pool_of(standing()).await;
    let (device, _) = person_with_device(&stage).await;
    let calls = || stage.emulator().calls("InitiateAuth");
    for (message, calls_made) in [("Group does not exist.", 1), ("Device does not exist.", 2)] {
        let before = calls();
        let fault = Fault::error("InitiateAuth", "ResourceNotFoundException", message);
        stage.emulator().inject(fault.times(2)).unwrap();
        let login = stage.cognito.login(EMAIL, PASSWORD).device(&device).await;
        assert_eq!(refused(login), ErrorKind::NotFound);
        assert_eq!(calls() - before, calls_made, "{message}");
        stage.emulator().clear_faults();
    }
}

#[tokio::test]
async fn logs_and_debug_hide_devices() {
    let logs = LogCapture::start();
    let stage = pool_of(standing()).await;
    let (device, _) = person_with_device(&stage).await;
    let login = stage.cognito.login(EMAIL, PASSWORD).device(&device);
    let mut shown = format!("{login:?}");
    let tokens = complete(login.await.unwrap());
    let session = UserSession::new(tokens).on(device.clone());
    let admin = stage.cognito.admin();
    let theirs = admin.user(EMAIL);
    let theirs = theirs.device(&device.key);
    let details = theirs.details().await.unwrap();
    shown.push_str(&format!("{session:?} {details:?} {theirs:?}"));
    theirs.forget().await.unwrap();
    asks_for_the_code(login_on(&stage, &device).await);
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
    let stage = Stage::ours_with(
        |emulator| with_sums(emulator).device_configuration(standing()),
        |cognito| cognito,
    )
    .await;
    let (device, _) = person_with_device(&stage).await;
    let login = stage.cognito.login_by_custom_challenge(EMAIL);
    let mut asked = challenge(login.device(&device).await.unwrap());
    for answer in ["6", "5"] {
        let state = stage.cognito.challenge_to_state(&asked).unwrap();
        let sum = sum(stage.cognito.challenge_from_state(&state).unwrap());
        match stage.cognito.respond(sum.answer(answer)).await.unwrap() {
            SignIn::Challenge(again) => asked = again,
            SignIn::Complete(tokens) => {
                assert_eq!((answer, tokens.device_key), ("5", Some(device.key)));
                return;
            }
        }
    }
    panic!("the sum was right");
}
