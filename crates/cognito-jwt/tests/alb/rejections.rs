//! Rejected tokens: the reasons, and that nothing is fetched for them.

use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_FIXED_SIGNING,
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use cognito_jwt::{Reason, Stage};
use cognito_testkit::TestPool;
use serde_json::{Map, Value, json};

use crate::fixture::{ARN, Answer, CLIENT, Fixture, ISSUER, KID, LoadBalancer, NOW, POOL};

async fn reason(fixture: &Fixture, token: &str) -> Option<Reason> {
    let error = fixture.verifier.verify(token).await.err()?;
    assert_eq!(
        error.status(),
        if error.is_keys_unavailable() {
            503
        } else {
            401
        }
    );
    Some(error.reason())
}

/// Sets a member, or removes it if the value is null.
fn set(object: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        object.remove(name);
    } else {
        object.insert(name.to_owned(), value);
    }
}

#[tokio::test]
async fn rejects_bad_header_before_any_fetch() {
    let fixture = Fixture::new();
    let other_arn = ARN.replace("my-lb", "their-lb");
    for (name, value, expected) in [
        ("alg", json!(null), Reason::UnsupportedAlgorithm),
        ("alg", json!("none"), Reason::UnsupportedAlgorithm),
        ("alg", json!("es256"), Reason::UnsupportedAlgorithm),
        ("alg", json!("ES256 "), Reason::UnsupportedAlgorithm),
        ("alg", json!("ES384"), Reason::UnsupportedAlgorithm),
        ("alg", json!("RS256"), Reason::UnsupportedAlgorithm),
        ("alg", json!(["ES256"]), Reason::UnsupportedAlgorithm),
        ("crit", json!(["exp"]), Reason::CriticalHeader),
        ("crit", json!([]), Reason::CriticalHeader),
        ("b64", json!(true), Reason::CriticalHeader),
        ("b64", json!(false), Reason::CriticalHeader),
        ("typ", json!("JWE"), Reason::WrongType),
        ("typ", json!("at+jwt"), Reason::WrongType),
        ("typ", json!(1), Reason::WrongType),
        ("cty", json!("JWT"), Reason::WrongType),
        ("zip", json!("DEF"), Reason::WrongType),
        ("kid", json!(null), Reason::MissingKid),
        ("kid", json!(7), Reason::MissingKid),
        ("signer", json!(null), Reason::WrongSigner),
        ("signer", json!([ARN]), Reason::WrongSigner),
        ("signer", json!(other_arn), Reason::WrongSigner),
        ("signer", json!(ARN.to_uppercase()), Reason::WrongSigner),
        ("signer", json!(format!("{ARN} ")), Reason::WrongSigner),
        ("signer", json!(&ARN[..ARN.len() - 1]), Reason::WrongSigner),
        ("iss", json!(null), Reason::InvalidIssuer),
        ("iss", json!([ISSUER]), Reason::InvalidIssuer),
        ("iss", json!(format!("{ISSUER}/")), Reason::InvalidIssuer),
        ("client", json!(null), Reason::InvalidClient),
        ("client", json!(""), Reason::InvalidClient),
        ("client", json!([CLIENT]), Reason::InvalidClient),
        ("client", json!("another"), Reason::InvalidClient),
        ("exp", json!(null), Reason::InvalidClaim),
        ("exp", json!("1800000120"), Reason::InvalidClaim),
        ("exp", json!(1.8e9), Reason::InvalidClaim),
        ("exp", json!(-1), Reason::InvalidClaim),
        ("exp", json!(0), Reason::Expired),
        ("exp", json!(NOW), Reason::Expired),
    ] {
        let token = fixture
            .load_balancer
            .token(|header, _| set(header, name, value.clone()));
        assert_eq!(
            reason(&fixture, &token).await,
            Some(expected),
            "{name}: {value}"
        );
    }
    assert_eq!(fixture.script.fetches(), 0);
    let token = fixture.load_balancer.token(|header, _| {
        set(header, "exp", json!(NOW + 1));
        // These members are never read, because a token must not choose its own key.
        set(header, "jku", json!("https://evil.example/jwks.json"));
        set(header, "jwk", json!({ "kty": "oct", "k": "AAAA" }));
        set(header, "x5u", json!("https://evil.example/cert.pem"));
    });
    assert_eq!(reason(&fixture, &token).await, None);
}

#[tokio::test]
async fn malicious_key_id_causes_no_fetch() {
    // A key id like this could change the URL.
    let fixture = Fixture::new();
    let pem = fixture.load_balancer.pem();
    fixture.script.answer_otherwise(Answer::Document(pem));
    for kid in [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "/",
        "\\",
        "a%2fb",
        "%2e%2e",
        "a?b",
        "a#b",
        "a@b",
        "a:b",
        "a b",
        "a\n",
        "a\0",
        "a.pem",
        "a_b",
        "a+b=",
        "é",
        "\u{ff0f}",
        &"a".repeat(65),
        &format!("{KID}/"),
        &format!("{KID}\r\nhost: evil.example"),
    ] {
        let token = fixture.load_balancer.token_of_kid(kid);
        assert_eq!(
            reason(&fixture, &token).await,
            Some(Reason::UnknownKid),
            "{kid:?}"
        );
    }
    assert_eq!(fixture.script.fetches(), 0);
    for kid in ["a", &"A9-".repeat(21), &"a".repeat(64)] {
        let token = fixture.load_balancer.token_of_kid(kid);
        assert_eq!(reason(&fixture, &token).await, None, "{kid:?}");
    }
}

#[tokio::test]
async fn rejects_signature_of_another_key() {
    let fixture = Fixture::new();
    let token = fixture.token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let with = |signature: &[u8]| format!("{signed}.{}", URL_SAFE.encode(signature));
    let good = URL_SAFE.decode(signature).unwrap();
    assert_eq!(reason(&fixture, &with(&good)).await, None);

    let der_pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let der = der_pair
        .sign(&SystemRandom::new(), signed.as_bytes())
        .unwrap();
    let pem = fixture.load_balancer.pem();
    let mac = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes()),
        signed.as_bytes(),
    );
    let half = |r: &[u8], s: &[u8]| [r, s].concat();
    for signature in [
        vec![0; 64],
        half(&[0; 32], &good[32..]),
        half(&good[..32], &[0; 32]),
        half(&[0xff; 32], &good[32..]),
        half(&good[32..], &good[..32]),
        Vec::new(),
        good[..63].to_vec(),
        half(&good, &[0]),
        half(&good, &good),
        der.as_ref().to_vec(),
        mac.as_ref().to_vec(),
        LoadBalancer::new().sign(signed),
        fixture.load_balancer.sign("something else"),
    ] {
        let token = with(&signature);
        assert_eq!(
            reason(&fixture, &token).await,
            Some(Reason::InvalidSignature),
            "{signature:?}"
        );
    }
}

#[tokio::test]
async fn rejects_user_pool_token() {
    let fixture = Fixture::new();
    let pool = TestPool::new(POOL, CLIENT);
    let id = pool.id_token(|_| {});
    assert_eq!(reason(&fixture, &id).await, Some(Reason::InvalidSignature));
    let padded: Vec<String> = id
        .split('.')
        .map(|part| URL_SAFE.encode(URL_SAFE_NO_PAD.decode(part).unwrap()))
        .collect();
    assert_eq!(
        reason(&fixture, &padded.join(".")).await,
        Some(Reason::InvalidSignature)
    );
    let (header, payload) = (padded[0].as_str(), padded[1].as_str());
    let short = format!("{header}.{payload}.{}", URL_SAFE.encode([1; 64]));
    assert_eq!(
        reason(&fixture, &short).await,
        Some(Reason::UnsupportedAlgorithm)
    );
    assert_eq!(fixture.script.fetches(), 0);
}

#[tokio::test]
async fn rejects_other_spellings_of_a_token() {
    let fixture = Fixture::new();
    let token = fixture.token();
    let parts: Vec<&str> = token.split('.').collect();
    assert!(token.ends_with("=="));
    for spelling in [
        token[..token.len() - 1].to_owned(),
        format!("{token}="),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{token}\0"),
        format!("Bearer {token}"),
        token.replacen('.', ". ", 1),
        format!("{token}."),
        format!(".{token}"),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}%3D%3D", token.trim_end_matches('=')),
    ] {
        assert_eq!(
            reason(&fixture, &spelling).await,
            Some(Reason::Malformed),
            "{spelling:?}"
        );
    }
    assert_eq!(
        reason(&fixture, &"a".repeat(16_385)).await,
        Some(Reason::TooLarge)
    );
    assert_eq!(fixture.script.fetches(), 0);
    assert_eq!(reason(&fixture, &token).await, None);
}

#[tokio::test]
async fn large_tokens_are_accepted_up_to_the_bound() {
    let fixture = Fixture::new();
    let token = |length: usize| {
        fixture
            .load_balancer
            .token(|_, payload| set(payload, "large", json!("x".repeat(length))))
    };
    let most = (0..=13 * 1024)
        .rev()
        .find(|&length| token_length(&token(0), length) <= 16_384);
    let most = most.unwrap();
    assert!(most > 11 * 1024, "a load balancer sends as much: {most}");
    assert_eq!(reason(&fixture, &token(most)).await, None);
    assert_eq!(
        reason(&fixture, &token(most + 3)).await,
        Some(Reason::TooLarge)
    );
}

/// Returns the length of a token when its payload grows.
fn token_length(token: &str, more: usize) -> usize {
    let parts: Vec<&str> = token.split('.').collect();
    let payload = URL_SAFE.decode(parts[1]).unwrap().len() + more;
    parts[0].len() + payload.div_ceil(3) * 4 + parts[2].len() + 2
}

#[tokio::test]
async fn rejects_invalid_signed_claims() {
    let fixture = Fixture::new();
    for (name, value, expected) in [
        ("sub", json!(null), Reason::InvalidClaim),
        ("sub", json!(""), Reason::InvalidClaim),
        ("sub", json!(7), Reason::InvalidClaim),
        ("iss", json!("https://other.example"), Reason::InvalidIssuer),
        ("iss", json!([ISSUER]), Reason::InvalidIssuer),
        ("exp", json!(NOW), Reason::Expired),
        ("exp", json!("1800000120"), Reason::InvalidClaim),
        ("nbf", json!(NOW + 1), Reason::NotYetValid),
        ("nbf", json!("now"), Reason::InvalidClaim),
        ("username", json!(["a"]), Reason::InvalidClaim),
        ("email", json!({}), Reason::InvalidClaim),
        ("email_verified", json!("yes"), Reason::InvalidClaim),
        ("email_verified", json!("True"), Reason::InvalidClaim),
        ("email_verified", json!(1), Reason::InvalidClaim),
        ("phone_number", json!(4930), Reason::InvalidClaim),
        ("phone_number_verified", json!([]), Reason::InvalidClaim),
    ] {
        let token = fixture
            .load_balancer
            .token(|_, payload| set(payload, name, value.clone()));
        let error = fixture.verifier.verify(&token).await.unwrap_err();
        assert_eq!(
            (error.reason(), error.claim()),
            (expected, Some(name)),
            "{name}: {value}"
        );
        assert_eq!(error.stage(), Stage::Claims);
    }
    // The other issuer of the pool is rejected too, if the header names the first one.
    let updated = ISSUER.replace("cognito-idp", "issuer-cognito-idp");
    let token = fixture
        .load_balancer
        .token(|_, payload| set(payload, "iss", json!(updated)));
    assert_eq!(reason(&fixture, &token).await, Some(Reason::InvalidIssuer));
    let token = fixture.load_balancer.token(|header, payload| {
        set(header, "iss", json!(updated));
        set(payload, "iss", json!(updated));
    });
    assert_eq!(reason(&fixture, &token).await, None);
    let token = fixture.token();
    let header = URL_SAFE.decode(token.split('.').next().unwrap()).unwrap();
    let header = std::str::from_utf8(&header).unwrap();
    for (payload, expected) in [
        ("", Reason::Malformed),
        ("[]", Reason::Malformed),
        (r#"{"sub":"a"}x"#, Reason::Malformed),
        (r#"{"sub":"a","sub":"b"}"#, Reason::DuplicateKey),
        (r#"{"sub":"a","\u0073ub":"b"}"#, Reason::DuplicateKey),
    ] {
        let token = fixture.load_balancer.token_of(header, payload);
        assert_eq!(reason(&fixture, &token).await, Some(expected), "{payload}");
    }
    let repeated = header.replacen('{', &format!(r#"{{"signer":"{ARN}","#), 1);
    let token = fixture.load_balancer.token_of(&repeated, r#"{"sub":"a"}"#);
    assert_eq!(reason(&fixture, &token).await, Some(Reason::DuplicateKey));
}

#[tokio::test]
async fn non_es256_key_verifies_nothing() {
    for algorithm in [
        &ECDSA_P256K1_SHA256_FIXED_SIGNING,
        &ECDSA_P384_SHA384_FIXED_SIGNING,
    ] {
        let fixture = Fixture::new();
        let other = LoadBalancer::with_key_for(algorithm);
        fixture.script.answer(KID, Answer::Document(other.pem()));
        // The served key is invalid, so the token cannot be checked.
        let token = fixture.token();
        assert_eq!(
            reason(&fixture, &token).await,
            Some(Reason::KeysUnavailable)
        );
    }
}

#[tokio::test]
async fn time_checks_apply_leeway_to_the_second() {
    let fixture = Fixture::new();
    let token = fixture.token();
    assert_eq!(reason(&fixture, &token).await, None);
    fixture.clock.advance(Duration::from_secs(119));
    assert_eq!(reason(&fixture, &token).await, None);
    fixture.clock.advance(Duration::from_secs(1));
    assert_eq!(reason(&fixture, &token).await, Some(Reason::Expired));
    let from = |moment: u64| {
        fixture.load_balancer.token(|header, payload| {
            set(header, "exp", json!(NOW + 1000));
            set(payload, "exp", json!(NOW + 1000));
            set(payload, "nbf", json!(moment));
        })
    };
    // 120 seconds have passed.
    assert_eq!(reason(&fixture, &from(NOW + 120)).await, None);
    let early = reason(&fixture, &from(NOW + 121)).await;
    assert_eq!(early, Some(Reason::NotYetValid));
    let lenient = crate::fixture::builder()
        .clock(fixture.clock.clone())
        .leeway(Duration::from_secs(5))
        .key_source(fixture.script.clone())
        .build()
        .unwrap();
    fixture.clock.advance(Duration::from_secs(4));
    assert!(lenient.verify(&token).await.is_ok());
    fixture.clock.advance(Duration::from_secs(1));
    let error = lenient.verify(&token).await.unwrap_err();
    assert_eq!(
        (error.reason(), error.claim()),
        (Reason::Expired, Some("exp"))
    );
}

#[tokio::test]
async fn rejects_every_single_bit_change() {
    let fixture = Fixture::new();
    // The source returns the right key for every key id, so only the signature check can reject the
    // token.
    let pem = fixture.load_balancer.pem();
    fixture.script.answer_otherwise(Answer::Document(pem));
    let token = fixture.load_balancer.token(|header, payload| {
        set(header, "exp", json!(NOW + 1_000_000));
        set(payload, "exp", json!(NOW + 1_000_000));
    });
    assert_eq!(reason(&fixture, &token).await, None);
    for place in 0..token.len() {
        for bit in 0..7 {
            // The fetch limit allows a fetch for each token.
            fixture.clock.advance(Duration::from_millis(100));
            let mut changed = token.clone().into_bytes();
            changed[place] ^= 1 << bit;
            let changed = String::from_utf8(changed).unwrap();
            let error = fixture.verifier.verify(&changed).await.unwrap_err();
            assert!(!error.is_keys_unavailable(), "place {place}, bit {bit}");
        }
    }
    // Only the padding may be missing.
    let unpadded = token.trim_end_matches('=').len();
    for length in (0..token.len()).filter(|&length| length != unpadded) {
        assert!(fixture.verifier.verify(&token[..length]).await.is_err());
    }
    assert_eq!(reason(&fixture, &token).await, None);
}
