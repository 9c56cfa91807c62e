//! Known answers: tokens, JWKS documents, signatures, a real pool.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test"
)]

use cognito_jwt::test_util::{is_usable_key, usable_kids, verifies, verify_jws};
use cognito_jwt::{CognitoVerifier, Reason, StaticJwks, decode_unverified};
use cognito_testkit::{FixedClock, vectors};
use serde_json::{Map, Value};

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

#[tokio::test]
async fn tokens() {
    let Some(file) = vectors("tokens/cases.json") else {
        return;
    };
    let file = json(&file);
    let clock = FixedClock::at_unix(file["now"].as_u64().unwrap());
    let verifier = CognitoVerifier::builder(text(&file, "user_pool_id").parse().unwrap())
        .client_id(text(&file, "client_id"))
        .clock(clock)
        .jwks_source(StaticJwks::new(file["jwks"].to_string()))
        .build()
        .unwrap();
    assert_eq!(verifier.issuer(), text(&file, "issuer"));

    let cases = file["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let token = text(case, "token");
        let outcome = verify(&verifier, text(case, "token_use"), token).await;
        let expected = match text(case, "verdict") {
            "accept" => "accept",
            _ => text(case, "error"),
        };
        let found = outcome.map_or_else(Reason::name, |()| "accept");
        if found != expected {
            wrong.push(format!(
                "{} ({}): {found}, expected {expected}",
                case["id"],
                text(case, "name")
            ));
        }
        // Looking into a hostile token without verifying it must not panic either.
        let _ = decode_unverified(token);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases.len(), 123);
}

#[test]
fn jwks_documents() {
    let Some(file) = vectors("jwks/cases.json") else {
        return;
    };
    let cases = json(&file);
    let cases = cases.as_array().unwrap();
    for case in cases {
        let mut expected: Vec<_> = case["usable_kids"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kid| kid.as_str().unwrap())
            .collect();
        expected.sort_unstable();
        let found = usable_kids(text(case, "body").as_bytes());
        let name = text(case, "name");
        match text(case, "verdict") {
            "accept" => assert_eq!(found.unwrap(), expected, "{name}"),
            _ => assert!(found.is_err(), "{name}: {found:?}"),
        }
    }
    assert_eq!(cases.len(), 25);
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
    assert!(claims.username.unwrap().contains('\\'));
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

#[test]
fn wycheproof_rsa_pkcs1_sha256() {
    for (name, count) in [
        ("rsa_signature_2048_sha256_test.json", 259),
        ("rsa_signature_4096_sha256_test.json", 258),
    ] {
        let Some(file) = vectors(&format!("wycheproof/{name}")) else {
            continue;
        };
        let file = json(&file);
        let mut seen = 0;
        for group in file["testGroups"].as_array().unwrap() {
            let jwk = jwk_of(&group["publicKey"]);
            let is_ours = text(&group["publicKey"], "publicExponent") == "010001";
            // An exponent of 3 is below what is accepted, so nothing verifies under such a key.
            assert_eq!(is_usable_key(&jwk), is_ours);
            for test in group["tests"].as_array().unwrap() {
                let good = text(test, "result") == "valid" && is_ours;
                let message = hex(text(test, "msg"));
                let signature = hex(text(test, "sig"));
                assert_eq!(
                    verifies(&jwk, &message, &signature),
                    good,
                    "{name} {} {}",
                    test["tcId"],
                    text(test, "comment")
                );
                seen += 1;
            }
        }
        assert_eq!(seen, count);
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

/// Only the number of bytes is Wycheproof's; the form is RFC 7518 section 6.3.1.
fn jwk_of(public_key: &Value) -> Map<String, Value> {
    let member = |name| {
        let bytes = hex(text(public_key, name));
        let leading = bytes.iter().take_while(|byte| **byte == 0).count();
        base64url(&bytes[leading..])
    };
    let jwk = serde_json::json!({
        "kty": "RSA",
        "n": member("modulus"),
        "e": member("publicExponent"),
    });
    jwk.as_object().unwrap().clone()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|start| u8::from_str_radix(&text[start..start + 2], 16).unwrap())
        .collect()
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
