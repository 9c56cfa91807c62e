//! The software authenticator with a user pool in memory.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

use cognito::account::OwnAccount;
use cognito::authentication::FirstFactor;
use cognito::challenge::WebAuthn;
use cognito::{Challenge, ErrorKind, SignIn};
use cognito_testkit::emulator::UserVerification;
use cognito_testkit::{AuthenticatorError, FakeUserPool, SoftwareAuthenticator};
use serde_json::{Value, json};

const SITE: &str = "https://login.example.com";
const EMAIL: &str = "ann@example.com";
const OTHER: &str = "bob@example.com";
const PASSWORD: &str = "SecurePass123!";

async fn pool_with(verification: UserVerification) -> FakeUserPool {
    let pool = FakeUserPool::builder()
        .configure(|pool| pool.passkeys("example.com").user_verification(verification))
        .build()
        .await
        .unwrap();
    for email in [EMAIL, OTHER] {
        let created = pool.emulator().create_user(email, PASSWORD, &[]);
        created.unwrap();
    }
    pool
}

async fn pool() -> FakeUserPool {
    pool_with(UserVerification::Preferred).await
}

fn authenticator() -> SoftwareAuthenticator {
    SoftwareAuthenticator::new(SITE).unwrap()
}

async fn account(pool: &FakeUserPool, email: &str) -> OwnAccount {
    let signed_in = pool.cognito().login(email, PASSWORD).await.unwrap();
    let tokens = signed_in.into_tokens().unwrap();
    pool.cognito().account(&tokens.access_token)
}

/// Returns the options of `StartWebAuthnRegistration`.
async fn options(account: &OwnAccount) -> Value {
    account.register_passkey().await.unwrap().as_json().clone()
}

async fn register(pool: &FakeUserPool, email: &str, authenticator: &mut SoftwareAuthenticator) {
    let account = account(pool, email).await;
    let credential = authenticator.create(&options(&account).await).await;
    let completed = account.complete_passkey_registration(credential.unwrap());
    completed.await.unwrap();
}

async fn challenge(pool: &FakeUserPool, email: &str) -> WebAuthn {
    let login = pool.cognito().login_by_choice(email);
    match login.prefer(FirstFactor::WebAuthn).await.unwrap() {
        SignIn::Challenge(Challenge::WebAuthn(challenge)) => challenge,
        other => panic!("{other:?}"),
    }
}

fn request_of(challenge: &WebAuthn) -> Value {
    challenge.request_options().unwrap().as_json().clone()
}

/// Signs in, and returns the kind of error if the pool rejects the passkey.
async fn sign_in(
    pool: &FakeUserPool,
    email: &str,
    authenticator: &mut SoftwareAuthenticator,
) -> Result<(), ErrorKind> {
    let challenge = challenge(pool, email).await;
    let assertion = authenticator.get(&request_of(&challenge)).await.unwrap();
    let response = pool
        .cognito()
        .respond(challenge.credential(assertion))
        .await;
    match response {
        Ok(signed_in) => signed_in.into_tokens().map(drop).ok_or(ErrorKind::Unknown),
        Err(error) => Err(error.error().kind()),
    }
}

#[tokio::test]
async fn registered_passkey_signs_in() {
    let pool = pool().await;
    let mut authenticator = authenticator();
    register(&pool, EMAIL, &mut authenticator).await;
    for _ in 0..2 {
        sign_in(&pool, EMAIL, &mut authenticator).await.unwrap();
    }
}

#[tokio::test]
async fn stores_passkeys_of_several_users() {
    let pool = pool().await;
    let mut authenticator = authenticator();
    register(&pool, EMAIL, &mut authenticator).await;
    register(&pool, OTHER, &mut authenticator).await;
    assert_eq!(authenticator.passkey_count(), 2);
    for email in [EMAIL, OTHER] {
        sign_in(&pool, email, &mut authenticator).await.unwrap();
    }
}

#[tokio::test]
async fn excluded_passkey_is_not_created_again() {
    let pool = pool().await;
    let mut authenticator = authenticator();
    register(&pool, EMAIL, &mut authenticator).await;
    let mut options = options(&account(&pool, EMAIL).await).await;
    let again = authenticator.create(&options).await;
    assert_eq!(again, Err(AuthenticatorError::AlreadyRegistered));
    // Without the list, the new passkey replaces the passkey of the same user.
    options["excludeCredentials"] = json!([]);
    authenticator.create(&options).await.unwrap();
    assert_eq!(authenticator.passkey_count(), 1);
}

#[tokio::test]
async fn counter_reveals_a_copied_authenticator() {
    for counts in [true, false] {
        let pool = pool().await;
        let mut authenticator = authenticator().with_signature_counter(counts);
        register(&pool, EMAIL, &mut authenticator).await;
        let mut copy = authenticator.clone();
        sign_in(&pool, EMAIL, &mut authenticator).await.unwrap();
        let copied = sign_in(&pool, EMAIL, &mut copy).await;
        let expected = if counts {
            Err(ErrorKind::InvalidCredentials)
        } else {
            Ok(())
        };
        assert_eq!(copied, expected);
    }
}

#[tokio::test]
async fn user_verification_can_be_missing() {
    let pool = pool().await;
    let mut unverified = authenticator().with_user_verification(false);
    register(&pool, EMAIL, &mut unverified).await;
    sign_in(&pool, EMAIL, &mut unverified).await.unwrap();

    let strict = pool_with(UserVerification::Required).await;
    let account = account(&strict, EMAIL).await;
    let mut options = options(&account).await;
    let created = unverified.create(&options).await;
    assert_eq!(created, Err(AuthenticatorError::Unsupported));
    // A program that does not follow the option creates a passkey, which the pool rejects.
    options["authenticatorSelection"]["userVerification"] = json!("discouraged");
    let credential = unverified.create(&options).await.unwrap();
    let completed = account.complete_passkey_registration(credential).await;
    assert_eq!(completed.unwrap_err().kind(), ErrorKind::PasskeyUnsupported);
}

#[tokio::test]
async fn refusing_user_uses_no_passkey() {
    let pool = pool().await;
    let mut authenticator = authenticator();
    register(&pool, EMAIL, &mut authenticator).await;
    let mut refusing = authenticator.clone().with_refusal(true);
    let request = request_of(&challenge(&pool, EMAIL).await);
    let refused = refusing.get(&request).await;
    assert_eq!(refused, Err(AuthenticatorError::Refused));
    let options = options(&account(&pool, OTHER).await).await;
    let refused = refusing.create(&options).await;
    assert_eq!(refused, Err(AuthenticatorError::Refused));
    assert_eq!(refusing.passkey_count(), 1);
    let mut willing = refusing.with_refusal(false);
    sign_in(&pool, EMAIL, &mut willing).await.unwrap();
}

#[tokio::test]
async fn broken_signature_is_rejected_by_the_pool() {
    let pool = pool().await;
    let mut broken = authenticator().with_broken_signatures(true);
    register(&pool, EMAIL, &mut broken).await;
    let rejected = sign_in(&pool, EMAIL, &mut broken).await;
    assert_eq!(rejected, Err(ErrorKind::InvalidCredentials));
    let mut repaired = broken.with_broken_signatures(false);
    sign_in(&pool, EMAIL, &mut repaired).await.unwrap();
}

#[tokio::test]
async fn page_of_another_site_gets_no_passkey() {
    let pool = pool().await;
    let mut authenticator = authenticator();
    register(&pool, EMAIL, &mut authenticator).await;
    let request = request_of(&challenge(&pool, EMAIL).await);
    for (origin, expected) in [
        ("https://example.org", AuthenticatorError::OtherRelyingParty),
        (
            "http://login.example.com",
            AuthenticatorError::InvalidOrigin,
        ),
        ("https://192.0.2.1", AuthenticatorError::InvalidOrigin),
    ] {
        let mut other = authenticator.clone().with_origin(origin).unwrap();
        assert_eq!(other.get(&request).await, Err(expected), "{origin}");
    }
    // The attacker's site removes the relying party id. It then has no passkey.
    let mut other = authenticator.with_origin("https://example.org").unwrap();
    let mut stolen = request.clone();
    stolen.as_object_mut().unwrap().remove("rpId");
    assert_eq!(other.get(&stolen).await, Err(AuthenticatorError::NoPasskey));
    for origin in ["", "login.example.com"] {
        let created = SoftwareAuthenticator::new(origin);
        assert_eq!(created.err(), Some(AuthenticatorError::InvalidOrigin));
    }
}

#[tokio::test]
async fn undiscoverable_passkey_must_be_listed() {
    let pool = pool().await;
    let account = account(&pool, EMAIL).await;
    let mut options = options(&account).await;
    let mut security_key = authenticator().with_discoverable_passkeys(false);
    let created = security_key.create(&options).await;
    assert_eq!(created, Err(AuthenticatorError::Unsupported));
    options["authenticatorSelection"] = json!({ "residentKey": "discouraged" });
    let credential = security_key.create(&options).await.unwrap();
    let completed = account.complete_passkey_registration(credential);
    completed.await.unwrap();

    let mut request = request_of(&challenge(&pool, EMAIL).await);
    request.as_object_mut().unwrap().remove("allowCredentials");
    let unlisted = security_key.get(&request).await;
    assert_eq!(unlisted, Err(AuthenticatorError::NoPasskey));
    sign_in(&pool, EMAIL, &mut security_key).await.unwrap();
}

#[tokio::test]
async fn invalid_options_are_rejected() {
    let mut authenticator = authenticator();
    for options in [json!(null), json!({}), json!({ "publicKey": {} })] {
        for result in [
            authenticator.create(&options).await,
            authenticator.get(&options).await,
        ] {
            assert!(
                matches!(result, Err(AuthenticatorError::InvalidOptions(_))),
                "{result:?}"
            );
        }
    }
    let request = json!({ "rpId": "example.com", "challenge": "bW9yZQ" });
    let without = authenticator.get(&json!({ "publicKey": request })).await;
    assert_eq!(without, Err(AuthenticatorError::NoPasskey));
    let shown = format!("{authenticator:?}");
    assert_eq!(
        shown,
        r#"SoftwareAuthenticator { origin: "https://login.example.com/", passkeys: 0, .. }"#
    );
}
