//! Passkeys. [`SoftwareAuthenticator`] is an authenticator and a browser of other projects (the
//! crates `passkey-authenticator` and `passkey-client`).

use std::time::Duration;

use cognito::account::OwnAccount;
use cognito::authentication::{AuthFactor, FirstFactor};
use cognito::passkeys::{Passkey, PasskeyCreationOptions, PasskeyRequestOptions};
use cognito::{Challenge, ChallengeAnswer, ChallengeName, Cognito, ErrorKind, SignIn};
use cognito_emulator::{Client as AppClient, EmulatorBuilder, UserVerification};
use cognito_testkit::SoftwareAuthenticator;
use serde_json::json;

use crate::fixture::{EMAIL, Fixture, PASSWORD, SECRET, challenge, complete, refused};

const SITE: &str = "https://login.example.com";
const OTHER: &str = "other@example.com";

async fn pool(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
    let with_passkeys = |builder: EmulatorBuilder| settings(builder.passkeys("example.com"));
    let fixture = Fixture::ours_with(with_passkeys, |cognito| cognito).await;
    fixture.confirmed_user(EMAIL).await;
    fixture
}

async fn open_stage() -> Fixture {
    pool(|builder| builder).await
}

/// Returns the operations of a user who is signed in with a password.
pub(crate) async fn account(fixture: &Fixture, email: &str) -> OwnAccount {
    let tokens = complete(fixture.cognito.login(email, PASSWORD).await.unwrap());
    fixture.cognito.account(&tokens.access_token)
}

fn browser() -> SoftwareAuthenticator {
    SoftwareAuthenticator::new(SITE).unwrap()
}

pub(crate) async fn registered(account: &OwnAccount) -> SoftwareAuthenticator {
    registered_with(account, browser()).await
}

async fn registered_with(
    account: &OwnAccount,
    mut browser: SoftwareAuthenticator,
) -> SoftwareAuthenticator {
    let options = account.register_passkey().await.unwrap();
    let credential = browser.create(options.as_json()).await.unwrap();
    let done = account.complete_passkey_registration(credential).await;
    assert_eq!(done.unwrap().message, "Passkey registered successfully");
    browser
}

/// Returns the challenge for a passkey.
async fn asked(cognito: &Cognito, email: &str) -> cognito::challenge::WebAuthn {
    let login = cognito.login_by_choice(email).prefer(FirstFactor::WebAuthn);
    passkey_challenge(challenge(login.await.unwrap()))
}

pub(crate) fn passkey_challenge(challenge: Challenge) -> cognito::challenge::WebAuthn {
    match challenge {
        Challenge::WebAuthn(passkey) => passkey,
        other => panic!("a passkey was to be asked for, not {other:?}"),
    }
}

/// Returns the response of a browser.
pub(crate) async fn answered(
    asked: cognito::challenge::WebAuthn,
    browser: &mut SoftwareAuthenticator,
) -> ChallengeAnswer {
    let options: PasskeyRequestOptions = asked.request_options().unwrap();
    let proof = browser.get(options.as_json()).await.unwrap();
    asked.credential(proof.to_string())
}

#[tokio::test]
async fn registered_passkey_signs_in() {
    // With and without a client secret.
    for client in [
        AppClient::new("public"),
        AppClient::new("confidential").secret(SECRET),
    ] {
        let fixture = pool(|builder| builder.client(client)).await;
        let mut browser = registered(&account(&fixture, EMAIL).await).await;
        for _ in 0..2 {
            let asked = asked(&fixture.cognito, EMAIL).await;
            let answer = answered(asked, &mut browser).await;
            let tokens = complete(fixture.cognito.respond(answer).await.unwrap());
            let claims = fixture
                .cognito
                .verify_access_token(tokens.access_token.expose())
                .await;
            let own = fixture.cognito.account(&tokens.access_token);
            let details = own.details().await.unwrap();
            assert_eq!(details.attributes.value("sub"), Some(&*claims.unwrap().sub));
        }
    }
}

#[tokio::test]
async fn a_passkey_can_be_chosen_when_asked() {
    let fixture = open_stage().await;
    let own = account(&fixture, EMAIL).await;
    let mut browser = registered(&own).await;
    let factors = own.auth_factors().await.unwrap().factors;
    assert_eq!(factors, [AuthFactor::Password, AuthFactor::WebAuthn]);
    let login = fixture.cognito.login_by_choice(EMAIL).await.unwrap();
    let Challenge::SelectChallenge(select) = challenge(login) else {
        panic!("a choice was expected");
    };
    assert!(select.options().contains(&ChallengeName::WebAuthn));
    let choice = select.choose(FirstFactor::WebAuthn);
    let next = challenge(fixture.cognito.respond(choice).await.unwrap());
    let answer = answered(passkey_challenge(next), &mut browser).await;
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn passkeys_are_listed_and_deleted() {
    let fixture = open_stage().await;
    let own = account(&fixture, EMAIL).await;
    for _ in 0..3 {
        registered(&own).await;
    }
    let page = own.passkeys().limit(2).await.unwrap();
    assert_eq!(page.passkeys.len(), 2);
    let next = page.next_token.unwrap();
    let rest = own.passkeys().page_token(next).await.unwrap();
    assert!(rest.next_token.is_none());
    let mut stream = own.passkeys().limit(1).stream();
    let mut all: Vec<Passkey> = Vec::new();
    while let Some(passkey) = stream.next().await {
        all.push(passkey.unwrap());
    }
    let names: Vec<_> = all.iter().map(|one| one.friendly_name.as_str()).collect();
    assert_eq!(names, ["Passkey 1", "Passkey 2", "Passkey 3"]);
    assert_eq!(all[2].id, rest.passkeys[0].id);
    assert_eq!(all[0].relying_party_id, "example.com");
    assert_eq!(all[0].created, Some(fixture.now()));
    assert_eq!(all[0].transports, ["internal", "hybrid"]);
    own.delete_passkey(all[1].id.as_str()).await.unwrap();
    let left = own.passkeys().await.unwrap().passkeys;
    assert_eq!(left.len(), 2);
    let again = own.delete_passkey(all[1].id.clone()).await;
    assert_eq!(refused(again), ErrorKind::NotFound);
}

#[tokio::test]
async fn invalid_passkey_is_not_sent() {
    let fixture = open_stage().await;
    let own = account(&fixture, EMAIL).await;
    for text in ["", "{}", "not json"] {
        let done = own.complete_passkey_registration(text).await;
        assert_eq!(refused(done), ErrorKind::InvalidParameter);
    }
    assert_eq!(
        refused(own.delete_passkey("").await),
        ErrorKind::InvalidParameter
    );
    assert_eq!(
        refused(own.passkeys().limit(21).await),
        ErrorKind::InvalidParameter
    );
    for operation in [
        "CompleteWebAuthnRegistration",
        "DeleteWebAuthnCredential",
        "ListWebAuthnCredentials",
    ] {
        assert_eq!(fixture.emulator().calls(operation), 0, "{operation}");
    }
}

#[tokio::test]
async fn rejects_passkey_of_another_site() {
    let fixture = open_stage().await;
    let own = account(&fixture, EMAIL).await;
    let options = own.register_passkey().await.unwrap();
    // An attacker's site uses the options of this site.
    let mut stolen = options.as_json().clone();
    stolen["rp"] = json!({ "name": "Example" });
    let mut attacker = SoftwareAuthenticator::new("https://example.org").unwrap();
    let credential = attacker.create(&stolen).await.unwrap();
    let done = own.complete_passkey_registration(credential).await;
    assert_eq!(refused(done), ErrorKind::PasskeyOrigin);
}

#[tokio::test]
async fn rejects_passkey_of_other_domain() {
    let fixture = open_stage().await;
    let own = account(&fixture, EMAIL).await;
    let mut options = own.register_passkey().await.unwrap().as_json().clone();
    options["rp"]["id"] = json!("login.example.com");
    let credential = browser().create(&options).await.unwrap();
    let done = own.complete_passkey_registration(credential).await;
    assert_eq!(refused(done), ErrorKind::PasskeyRelyingParty);
}

#[tokio::test]
async fn registration_is_completed_once_and_in_time() {
    let fixture = open_stage().await;
    let own = account(&fixture, EMAIL).await;
    let options: PasskeyCreationOptions = own.register_passkey().await.unwrap();
    let credential = browser().create(options.as_json()).await.unwrap();
    own.complete_passkey_registration(credential.clone())
        .await
        .unwrap();
    let replayed = own.complete_passkey_registration(credential).await;
    assert_eq!(refused(replayed), ErrorKind::ChallengeExpired);
    let options = own.register_passkey().await.unwrap();
    let credential = browser().create(options.as_json()).await.unwrap();
    fixture.pass(Duration::from_secs(180));
    let late = own.complete_passkey_registration(credential).await;
    assert_eq!(refused(late), ErrorKind::ChallengeExpired);
}

#[tokio::test]
async fn proof_is_valid_for_one_sign_in() {
    let fixture = open_stage().await;
    let mut browser = registered(&account(&fixture, EMAIL).await).await;
    let first = asked(&fixture.cognito, EMAIL).await;
    let options = first.request_options().unwrap();
    let proof = browser.get(options.as_json()).await.unwrap().to_string();
    let signed_in = fixture.cognito.respond(first.credential(&proof)).await;
    drop(complete(signed_in.unwrap()));
    let second = asked(&fixture.cognito, EMAIL).await;
    let error = fixture.cognito.respond(second.credential(&proof)).await;
    let error = error.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::InvalidCredentials);
    // The challenge is used up, so the caller cannot respond again.
    assert!(error.into_challenge().is_none());
}

#[tokio::test]
async fn a_copied_authenticator_is_found_by_its_counter() {
    let fixture = open_stage().await;
    let own = account(&fixture, EMAIL).await;
    let mut browser = registered_with(&own, browser().with_signature_counter(true)).await;
    let mut copy = browser.clone();
    let answer = answered(asked(&fixture.cognito, EMAIL).await, &mut browser).await;
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    let answer = answered(asked(&fixture.cognito, EMAIL).await, &mut copy).await;
    let rejection = refused(fixture.cognito.respond(answer).await);
    assert_eq!(rejection, ErrorKind::InvalidCredentials);
}

#[tokio::test]
async fn rejects_passkey_of_another_user() {
    let fixture = open_stage().await;
    fixture.confirmed_user(OTHER).await;
    registered(&account(&fixture, EMAIL).await).await;
    let mut theirs = registered(&account(&fixture, OTHER).await).await;
    let mine = asked(&fixture.cognito, EMAIL).await;
    // The other user's authenticator has no credential of this user, so the list of credentials is
    // removed.
    let mut options = mine.request_options().unwrap().as_json().clone();
    options.as_object_mut().unwrap().remove("allowCredentials");
    let proof = theirs.get(&options).await.unwrap();
    let rejection = refused(fixture.cognito.respond(mine.credential(proof)).await);
    assert_eq!(rejection, ErrorKind::InvalidCredentials);
    // The other user signs in to their account with the same passkey.
    let answer = answered(asked(&fixture.cognito, OTHER).await, &mut theirs).await;
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn rejects_passkey_without_required_verification() {
    let strict = |builder: EmulatorBuilder| builder.user_verification(UserVerification::Required);
    let fixture = pool(strict).await;
    let own = account(&fixture, EMAIL).await;
    let mut options = own.register_passkey().await.unwrap().as_json().clone();
    assert_eq!(
        options["authenticatorSelection"]["userVerification"],
        "required"
    );
    // A browser would follow this option, but another program need not.
    options["authenticatorSelection"]["userVerification"] = json!("discouraged");
    let mut unverified = browser().with_user_verification(false);
    let credential = unverified.create(&options).await.unwrap();
    let done = own.complete_passkey_registration(credential).await;
    assert_eq!(refused(done), ErrorKind::PasskeyUnsupported);
}

#[tokio::test]
async fn another_client_does_not_finish_a_registration() {
    let fixture = pool(|builder| {
        let other = AppClient::new("other");
        builder.client(AppClient::new("first")).client(other)
    })
    .await;
    let own = account(&fixture, EMAIL).await;
    let options = own.register_passkey().await.unwrap();
    let credential = browser().create(options.as_json()).await.unwrap();
    let mut config = crate::fixture::pool_of(fixture.emulator());
    config.client_id = "other".parse().unwrap();
    let elsewhere = fixture.facade().config(config).build().await.unwrap();
    let tokens = complete(elsewhere.login(EMAIL, PASSWORD).await.unwrap());
    let theirs = elsewhere.account(&tokens.access_token);
    let done = theirs.complete_passkey_registration(credential).await;
    assert_eq!(refused(done), ErrorKind::PasskeyMismatch);
}

#[tokio::test]
async fn user_has_at_most_twenty_passkeys() {
    let fixture = open_stage().await;
    let own = account(&fixture, EMAIL).await;
    for _ in 0..20 {
        registered(&own).await;
    }
    assert_eq!(refused(own.register_passkey().await), ErrorKind::Quota);
}

#[tokio::test]
async fn pool_without_passkeys_is_reported() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let own = account(&fixture, EMAIL).await;
    assert_eq!(refused(own.register_passkey().await), ErrorKind::NotEnabled);
}

#[tokio::test]
async fn a_passkey_challenge_travels_through_a_browser() {
    let fixture = open_stage().await;
    let mut browser = registered(&account(&fixture, EMAIL).await).await;
    let asked = Challenge::from(asked(&fixture.cognito, EMAIL).await);
    // The JSON that the user's browser receives.
    let json = serde_json::to_value(&asked).unwrap();
    assert_eq!(json["challenge"], "WEB_AUTHN");
    let proof = browser
        .get(&json["credentialRequestOptions"])
        .await
        .unwrap();
    let state = fixture.cognito.challenge_to_state(&asked).unwrap();
    let back = fixture.cognito.challenge_from_state(&state).unwrap();
    let answer = passkey_challenge(back).credential(proof);
    let signed_in = fixture.cognito.respond(answer).await.unwrap();
    assert!(matches!(signed_in, SignIn::Complete(_)));
}
