//! A challenge that a browser stores, while the service stores nothing.

use std::time::Duration;

use cognito::account::{FactorChange, MfaPreference};
use cognito::challenge::ChallengeStep;
use cognito::device::{NewDevice, RememberedDevice};
use cognito::store::SealKey;
use cognito::{
    Challenge, ChallengeName, Cognito, CognitoBuilder, ErrorKind, Session, SignInFlow, Username,
};
use cognito_emulator::{Client, EmulatorBuilder};
use cognito_testkit::LogCapture;

use crate::fixture::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, challenge, complete, refused};
use crate::scenarios::mfa::{next_code, with_totp};

const MINUTE: Duration = Duration::from_secs(60);
const PHONE: &str = "+1234567890";

fn key(byte: u8) -> SealKey {
    SealKey::new(&[byte; SealKey::LEN]).unwrap()
}

/// Seals and opens a challenge.
fn through(cognito: &Cognito, challenge: &Challenge) -> Challenge {
    let state = cognito.challenge_to_state(challenge).unwrap();
    cognito.challenge_from_state(&state).unwrap()
}

async fn login(fixture: &Fixture) -> Challenge {
    challenge(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap())
}

/// Creates a second instance of the same service, with these changes.
async fn instance(
    fixture: &Fixture,
    with: impl FnOnce(CognitoBuilder) -> CognitoBuilder,
) -> Cognito {
    with(fixture.facade()).build().await.unwrap()
}

async fn fixture_with_key(byte: u8) -> Fixture {
    Fixture::ours_with(
        |emulator| emulator,
        |cognito| cognito.challenge_key(key(byte)),
    )
    .await
}

#[tokio::test]
async fn string_of_application_is_sealed() {
    let fixture = fixture_with_key(1).await;
    let cognito = &fixture.cognito;
    let read = |text: &str| Ok(text.to_owned());
    let state = cognito.seal_state("invitation", "team 7", MINUTE).unwrap();
    assert!(!state.contains("team"), "{state}");
    let other = instance(&fixture, |builder| builder.challenge_key(key(1))).await;
    assert_eq!(
        other.open_state("invitation", &state, read).unwrap(),
        "team 7"
    );
    // Another purpose, another kind of string, another key.
    let invalid = ErrorKind::InvalidParameter;
    assert_eq!(refused(cognito.open_state("device", &state, read)), invalid);
    assert_eq!(refused(cognito.challenge_from_state(&state)), invalid);
    let other = instance(&fixture, |builder| builder.challenge_key(key(2))).await;
    assert_eq!(
        refused(other.open_state("invitation", &state, read)),
        invalid
    );
    fixture.pass(MINUTE);
    let expired = cognito.open_state("invitation", &state, read);
    assert_eq!(refused(expired), ErrorKind::ChallengeExpired);
}

#[tokio::test]
async fn totp_challenge_survives_round_trip() {
    let fixture = Fixture::ours_with_secret().await;
    let secret = with_totp(&fixture).await;
    let before = login(&fixture).await;
    let Challenge::SoftwareTokenMfa(mfa) = through(&fixture.cognito, &before) else {
        panic!("another challenge came back");
    };
    let answer = mfa.code(next_code(&fixture, &secret));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn wrong_code_returns_reusable_challenge() {
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let right = next_code(&fixture, &secret);
    let wrong = if right == "000000" {
        "111111"
    } else {
        "000000"
    };
    let before = login(&fixture).await;
    let Challenge::SoftwareTokenMfa(mfa) = through(&fixture.cognito, &before) else {
        panic!("another challenge came back");
    };
    let rejection = fixture.cognito.respond(mfa.code(wrong)).await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::CodeMismatch);
    let again = rejection.into_challenge().unwrap();
    let Challenge::SoftwareTokenMfa(mfa) = through(&fixture.cognito, &again) else {
        panic!("another challenge came back");
    };
    let answer = mfa.code(right);
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn new_password_challenge_keeps_attributes() {
    let fixture = Fixture::ours_with(
        |emulator| emulator.required_attribute("name"),
        |cognito| cognito,
    )
    .await;
    let admin = fixture.cognito.admin();
    admin
        .create_user(EMAIL)
        .temporary_password(PASSWORD)
        .contact_verified()
        .without_invitation()
        .await
        .unwrap();
    let Challenge::NewPasswordRequired(step) = login(&fixture).await else {
        panic!("a new-password challenge was expected");
    };
    let set_before = Challenge::from(step.attribute("custom:department", "Engines"));
    let Challenge::NewPasswordRequired(step) = through(&fixture.cognito, &set_before) else {
        panic!("another challenge came back");
    };
    assert_eq!(step.required_attributes(), ["name"]);
    let answer = step.attribute("name", "Ann").new_password(OTHER_PASSWORD);
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    let details = admin.user(EMAIL).details().await.unwrap();
    assert_eq!(details.attributes.value("name"), Some("Ann"));
    assert_eq!(
        details.attributes.value("custom:department"),
        Some("Engines")
    );
}

#[tokio::test]
async fn choice_and_destination_survive_round_trip() {
    let fixture = Fixture::ours().await;
    let tokens = {
        let tokens = fixture.signed_in().await;
        let account = fixture.cognito.account(&tokens.access_token);
        let setup = account.setup_totp().await.unwrap();
        let code = cognito_emulator::totp_code(setup.secret.expose(), fixture.now());
        account.confirm_totp(code).await.unwrap();
        tokens
    };
    let user = fixture.cognito.admin().user(EMAIL);
    user.update_attributes()
        .attribute("phone_number", PHONE)
        .attribute("phone_number_verified", "true")
        .await
        .unwrap();
    let both = MfaPreference::new()
        .sms(FactorChange::On)
        .totp(FactorChange::On);
    let account = fixture.cognito.account(&tokens.access_token);
    account.set_mfa_preference(both).await.unwrap();

    let Challenge::SelectMfaType(select) = through(&fixture.cognito, &login(&fixture).await) else {
        panic!("a choice of factors was expected");
    };
    let mut options = select.options();
    options.sort_by_key(ToString::to_string);
    assert_eq!(
        options,
        [ChallengeName::SmsMfa, ChallengeName::SoftwareTokenMfa]
    );
    let chosen = select.choose(&ChallengeName::SmsMfa);
    let next = challenge(fixture.cognito.respond(chosen).await.unwrap());
    let Challenge::SmsMfa(mfa) = through(&fixture.cognito, &next) else {
        panic!("an SMS challenge was expected");
    };
    assert!(mfa.destination().unwrap().ends_with("7890"));
    let code = fixture.emulator().inbox().latest_code(PHONE).unwrap();
    let signed_in = fixture.cognito.respond(mfa.code(code)).await.unwrap();
    drop(complete(signed_in));
}

#[tokio::test]
async fn signed_api_challenge_stays_with_signed_api() {
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let flow = SignInFlow::AdminUserPassword;
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).flow(flow).await;
    let before = challenge(signed_in.unwrap());
    let Challenge::SoftwareTokenMfa(mfa) = through(&fixture.cognito, &before) else {
        panic!("another challenge came back");
    };
    let answer = mfa.code(next_code(&fixture, &secret));
    let emulator = fixture.emulator();
    let unsigned = emulator.calls("RespondToAuthChallenge");
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    assert_eq!(emulator.calls("AdminRespondToAuthChallenge"), 1);
    assert_eq!(emulator.calls("RespondToAuthChallenge"), unsigned);
}

#[tokio::test]
async fn a_state_expires_with_cognito_s_session() {
    let fixture = Fixture::ours().await;
    with_totp(&fixture).await;
    let cognito = &fixture.cognito;
    let state = cognito.challenge_to_state(&login(&fixture).await).unwrap();
    let sent = fixture.emulator().calls("RespondToAuthChallenge");
    fixture.pass(3 * MINUTE - Duration::from_secs(1));
    drop(cognito.challenge_from_state(&state).unwrap());
    fixture.pass(Duration::from_secs(1));
    let late = cognito.challenge_from_state(&state);
    assert_eq!(refused(late), ErrorKind::ChallengeExpired);
    assert_eq!(fixture.emulator().calls("RespondToAuthChallenge"), sent);
}

#[tokio::test]
async fn state_lifetime_can_equal_session_lifetime() {
    let client = Client::new("patient").session_validity(15 * MINUTE);
    let fixture = Fixture::ours_with(
        |emulator| emulator.client(client),
        |cognito| cognito.challenge_lifetime(15 * MINUTE),
    )
    .await;
    let secret = with_totp(&fixture).await;
    let state = fixture
        .cognito
        .challenge_to_state(&login(&fixture).await)
        .unwrap();
    fixture.pass(14 * MINUTE);
    let Challenge::SoftwareTokenMfa(mfa) = fixture.cognito.challenge_from_state(&state).unwrap()
    else {
        panic!("another challenge came back");
    };
    let answer = mfa.code(next_code(&fixture, &secret));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn modified_state_is_rejected_without_reason() {
    let fixture = Fixture::ours().await;
    with_totp(&fixture).await;
    let cognito = &fixture.cognito;
    let state = cognito.challenge_to_state(&login(&fixture).await).unwrap();
    let mut said = std::collections::BTreeSet::new();
    let mut refuse = |state: &str| {
        let error = cognito.challenge_from_state(state).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        said.insert(error.to_string());
    };
    for at in 0..state.len() {
        let other = if &state[at..=at] == "A" { "B" } else { "A" };
        let mut changed = state.clone();
        changed.replace_range(at..=at, other);
        refuse(&changed);
    }
    for made_up in ["", "A", "{}", "no state at all", &"A".repeat(200_000)] {
        refuse(made_up);
    }
    assert_eq!(said.len(), 1, "{said:?}");
}

#[tokio::test]
async fn other_pool_or_client_rejects_state() {
    async fn elsewhere(emulator: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
        Fixture::ours_with(emulator, |cognito| cognito.challenge_key(key(1))).await
    }
    let fixture = fixture_with_key(1).await;
    with_totp(&fixture).await;
    let state = fixture
        .cognito
        .challenge_to_state(&login(&fixture).await)
        .unwrap();
    let same = elsewhere(|emulator| emulator).await;
    drop(same.cognito.challenge_from_state(&state).unwrap());
    let pool = elsewhere(|emulator| emulator.user_pool_id("eu-central-1_Another1")).await;
    let client = elsewhere(|emulator| emulator.client(Client::new("another"))).await;
    for other in [pool, client] {
        let foreign = other.cognito.challenge_from_state(&state);
        assert_eq!(refused(foreign), ErrorKind::InvalidParameter);
    }
}

#[tokio::test]
async fn instances_share_states_and_rotate_keys() {
    let fixture = fixture_with_key(1).await;
    with_totp(&fixture).await;
    let old = &fixture.cognito;
    let prepared = instance(&fixture, |cognito| {
        cognito.challenge_key(key(1)).further_challenge_key(key(2))
    })
    .await;
    let changed = instance(&fixture, |cognito| {
        cognito.challenge_key(key(2)).further_challenge_key(key(1))
    })
    .await;
    let done = instance(&fixture, |cognito| cognito.challenge_key(key(2))).await;
    let waiting = login(&fixture).await;
    let by_old = old.challenge_to_state(&waiting).unwrap();
    let by_changed = changed.challenge_to_state(&waiting).unwrap();
    for opens in [&prepared, &changed] {
        drop(opens.challenge_from_state(&by_old).unwrap());
        drop(opens.challenge_from_state(&by_changed).unwrap());
    }
    drop(done.challenge_from_state(&by_changed).unwrap());
    let gone = done.challenge_from_state(&by_old);
    assert_eq!(refused(gone), ErrorKind::InvalidParameter);
    let not_yet = old.challenge_from_state(&by_changed);
    assert_eq!(refused(not_yet), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn without_a_key_each_instance_has_its_own() {
    let fixture = Fixture::ours().await;
    with_totp(&fixture).await;
    let state = fixture
        .cognito
        .challenge_to_state(&login(&fixture).await)
        .unwrap();
    let clone = fixture.cognito.clone();
    drop(clone.challenge_from_state(&state).unwrap());
    let other = instance(&fixture, |cognito| cognito).await;
    let foreign = other.challenge_from_state(&state);
    assert_eq!(refused(foreign), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn used_session_is_rejected_by_cognito() {
    // The session was used up, even if the state can still be opened.
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let cognito = &fixture.cognito;
    let state = cognito.challenge_to_state(&login(&fixture).await).unwrap();
    let code = next_code(&fixture, &secret);
    let answer = || match cognito.challenge_from_state(&state).unwrap() {
        Challenge::SoftwareTokenMfa(mfa) => mfa.code(code.as_str()),
        other => panic!("{other:?} came back"),
    };
    drop(complete(cognito.respond(answer()).await.unwrap()));
    let again = cognito.respond(answer()).await.unwrap_err();
    assert_eq!(again.error().kind(), ErrorKind::ChallengeExpired);
    assert!(again.into_challenge().is_none());
}

#[tokio::test]
async fn longest_code_challenge_state_is_6_kib() {
    let fixture = Fixture::ours().await;
    let longest = || {
        ChallengeStep::new(
            ChallengeName::SoftwareTokenMfa,
            Username::new("u".repeat(128)).unwrap(),
            Some(Session::new("s".repeat(4096)).unwrap()),
            [("FRIENDLY_DEVICE_NAME".to_owned(), "d".repeat(131))].into(),
            SignInFlow::AdminUserPassword.api(),
        )
    };
    let state = fixture
        .cognito
        .challenge_to_state(&longest().into())
        .unwrap();
    assert!(state.len() <= 6144, "{} characters", state.len());

    let key = format!("us-gov-west-1_{}", "0".repeat(41));
    let group = format!("-{}", "g".repeat(16));
    let device = NewDevice::new(key.parse().unwrap(), group.parse().unwrap());
    // 40 bytes in Base64.
    let device = RememberedDevice::new(device, "p".repeat(56).parse().unwrap());
    let longest = longest().with_device(device);
    let state = fixture.cognito.challenge_to_state(&longest.into()).unwrap();
    assert!(state.len() <= 6144 + 400, "{} characters", state.len());
}

#[tokio::test]
async fn logs_errors_and_debug_hide_states() {
    let logs = LogCapture::start();
    let fixture = fixture_with_key(0x61).await;
    let secret = with_totp(&fixture).await;
    let before = login(&fixture).await;
    let session = before.step().session().unwrap().expose().to_owned();
    let username = before.step().username().as_str().to_owned();
    let state = fixture.cognito.challenge_to_state(&before).unwrap();
    let after = fixture.cognito.challenge_from_state(&state).unwrap();
    let mut changed = state.clone();
    changed.replace_range(0..1, "-");
    let forged = fixture.cognito.challenge_from_state(&changed).unwrap_err();
    let shown = format!(
        "{:?} {:?} {after:?} {forged} {forged:?}",
        fixture.cognito,
        key(0x61)
    );
    let Challenge::SoftwareTokenMfa(mfa) = after else {
        panic!("another challenge came back");
    };
    let answer = mfa.code(next_code(&fixture, &secret));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    let secrets = [state.as_str(), &changed, &session, &username, "aaaaaaaa"];
    for secret in secrets {
        assert!(!shown.contains(secret), "{shown}");
    }
    logs.assert_free_of(&secrets);
}

#[tokio::test]
async fn rejects_impossible_options() {
    let pool = || {
        Cognito::builder().config(cognito::config::PoolConfig::new(
            "eu-central-1_aBcDeFgHi".parse().unwrap(),
            "client".parse().unwrap(),
        ))
    };
    for wrong in [
        pool().challenge_lifetime(Duration::ZERO),
        pool().challenge_lifetime(16 * MINUTE),
        pool().further_challenge_key(key(1)),
    ] {
        assert_eq!(refused(wrong.build().await), ErrorKind::Misuse);
    }
}
