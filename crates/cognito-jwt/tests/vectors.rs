//! Known answers: tokens, JWKS documents, signatures, a real pool.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test"
)]

use cognito_jwt::test_util::{usable_kids, verify_jws};
use cognito_jwt::{CognitoVerifier, Reason, StaticJwks, decode_unverified};
use cognito_testkit::{FixedClock, vectors};
use serde_json::Value;

#[path = "../examples/verify_cases/cases.rs"]
#[allow(dead_code, reason = "the tests do not use all of it")]
mod cases;

use cases::Outcome;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

async fn verify(verifier: &CognitoVerifier, token_use: &str, token: &str) -> Result<(), Reason> {
    let outcome = match token_use {
        "access" => verifier.verify_access(token).await.map(drop),
        "id" => verifier.verify_id(token).await.map(drop),
        other => panic!("no verifier for {other}"),
    };
    outcome.map_err(|error| error.reason())
}

/// Runs a file of known answers, all of which are ours, error by error.
async fn assert_as_written(file: &str) -> Vec<Outcome> {
    let outcomes = cases::run(file).await.unwrap();
    let wrong: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.verdict_differs() || outcome.error_differs())
        .map(|outcome| format!("{outcome:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    outcomes
}

#[tokio::test]
async fn tokens() {
    let Some(file) = vectors("tokens/cases.json") else {
        return;
    };
    assert_eq!(assert_as_written(&file).await.len(), 123);
    let file = json(&file);
    // The pool's id alone leads to the issuer that the file names.
    let verifier = CognitoVerifier::builder(text(&file, "user_pool_id").parse().unwrap())
        .client_id(text(&file, "client_id"))
        .jwks_source(StaticJwks::new(file["jwks"].to_string()))
        .build()
        .unwrap();
    assert_eq!(verifier.issuers().next(), Some(text(&file, "issuer")));
    // Looking into a hostile token without verifying it must not panic either.
    for case in file["cases"].as_array().unwrap() {
        let _ = decode_unverified(text(case, "token"));
    }
}

#[tokio::test]
async fn jwks_documents() {
    let Some(file) = vectors("jwks/cases.json") else {
        return;
    };
    assert_eq!(assert_as_written(&file).await.len(), 25);
}

#[test]
fn a_real_jwks_document() {
    let Some(file) = vectors("cognito/real-jwks.json") else {
        return;
    };
    assert_eq!(usable_kids(file.as_bytes()).unwrap().len(), 2);
}

#[tokio::test]
async fn a_real_pool() {
    let Some(file) = vectors("cognito/real-pool.json") else {
        return;
    };
    let file = json(&file);
    let (access, id) = (text(&file, "access_token"), text(&file, "id_token"));
    let look = decode_unverified(access).unwrap();
    let issued = look.claim("iat").and_then(Value::as_u64).unwrap();
    let client = look.claim("client_id").and_then(Value::as_str).unwrap();
    let clock = FixedClock::at_unix(issued);
    let verifier = CognitoVerifier::builder(text(&file, "pool").parse().unwrap())
        .client_id(client)
        .clock(clock.clone())
        .jwks_source(StaticJwks::new(file["jwks"].to_string()))
        .build()
        .unwrap();

    let claims = verifier.verify_access(access).await.unwrap();
    assert_eq!(claims.client_id, client);
    assert_eq!(claims.scope, ["openid", "profile", "email"]);
    assert!(claims.username.as_ref().unwrap().contains('\\'));
    let claims = verifier.verify_id(id).await.unwrap();
    assert_eq!(claims.aud, client);
    assert_eq!(claims.email_verified, Some(false));
    assert_eq!(claims.groups.len(), 1);

    assert_eq!(
        verify(&verifier, "access", id).await,
        Err(Reason::WrongTokenUse)
    );
    assert_eq!(
        verify(&verifier, "id", access).await,
        Err(Reason::WrongTokenUse)
    );
    clock.advance(std::time::Duration::from_secs(24 * 60 * 60));
    assert_eq!(
        verify(&verifier, "access", access).await,
        Err(Reason::Expired)
    );
}

#[tokio::test]
async fn wycheproof_rsa_pkcs1_sha256() {
    for (name, count, accepted, foreign) in [
        ("rsa_signature_2048_sha256_test.json", 259, 7, 2),
        ("rsa_signature_4096_sha256_test.json", 258, 7, 0),
    ] {
        let Some(file) = vectors(&format!("wycheproof/{name}")) else {
            continue;
        };
        let outcomes = assert_as_written(&file).await;
        let count_of = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|o| wanted(o)).count();
        assert_eq!(outcomes.len(), count, "{name}");
        assert_eq!(count_of(Outcome::is_accepted), accepted, "{name}");
        // An exponent of 3 is below what is accepted, so nothing verifies under such a key.
        assert_eq!(count_of(|outcome| outcome.is_foreign), foreign, "{name}");
    }
}

#[test]
fn rfc_7515_a2() {
    let Some(file) = vectors("rfc/a2_rs256.json") else {
        return;
    };
    let file = json(&file);
    let jwk = file["jwk"].as_object().unwrap();
    let token = text(&file, "jws");
    let payload = verify_jws(jwk, token).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(payload["iss"], "joe");
    let (message, signature) = token.rsplit_once('.').unwrap();
    let changed = format!("{}A.{signature}", &message[..message.len() - 1]);
    assert!(verify_jws(jwk, &changed).is_err());
}
