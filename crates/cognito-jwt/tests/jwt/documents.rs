//! JWKS documents: which are rejected, and which of their keys are usable.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_jwt::test_util::usable_kids;
use cognito_testkit::TestPool;
use serde_json::{Value, json};

/// Two usable keys.
fn keys() -> Vec<Value> {
    let pool = TestPool::new("us-east-1_TestPool1", "client1");
    let document: Value = serde_json::from_str(&pool.jwks_json()).unwrap();
    document["keys"].as_array().unwrap().clone()
}

fn usable(keys: &[Value]) -> usize {
    let document = json!({ "keys": keys }).to_string();
    usable_kids(document.as_bytes()).map_or(0, |kids| kids.len())
}

#[test]
fn skips_flawed_key_and_keeps_others() {
    let flaws = [
        ("alg", json!("RS512")),
        ("alg", json!(null)),
        ("e", json!("AQAC")),
        ("e", json!("Aw")),
        ("e", json!("AAEAAQ")),
        ("e", json!(65537)),
        ("e", json!("")),
        ("e", json!("AA")),
        ("e", json!("AAA")),
        ("e", json!("AACAAQ")),
        ("e", json!("AQAB=")),
        ("e", json!("AQAB ")),
        ("e", json!("AQA!")),
        ("key_ops", json!([])),
        ("key_ops", json!("verify")),
        ("key_ops", json!(["sign"])),
        ("kid", json!("")),
        ("kid", json!(7)),
        ("kid", json!("k".repeat(257))),
        ("kty", json!("EC")),
        ("kty", json!("rsa")),
        ("n", json!("")),
        ("n", json!("AQAB")),
        ("n", json!(null)),
        ("use", json!("enc")),
        ("use", json!(null)),
        // The private part was published, so anyone can sign with this key.
        ("d", json!("AQAB")),
        ("dp", json!("AQAB")),
        ("dq", json!("AQAB")),
        ("k", json!("AQAB")),
        ("oth", json!([])),
        ("p", json!("AQAB")),
        ("q", json!("AQAB")),
        ("qi", json!("AQAB")),
    ];
    for (name, value) in flaws {
        let mut keys = keys();
        keys[0][name] = value.clone();
        assert_eq!(usable(&keys), 1, "{name}: {value}");
    }
    for (name, value) in [
        ("key_ops", json!(["verify", "encrypt"])),
        ("kid", json!("k".repeat(256))),
        ("x5t", json!("unknown")),
    ] {
        let mut keys = keys();
        keys[0][name] = value.clone();
        assert_eq!(usable(&keys), 2, "{name}: {value}");
    }
    for name in ["e", "kid", "kty", "n"] {
        let mut keys = keys();
        keys[0].as_object_mut().unwrap().remove(name);
        assert_eq!(usable(&keys), 1, "without {name}");
    }
    for name in ["alg", "use"] {
        let mut keys = keys();
        keys[0].as_object_mut().unwrap().remove(name);
        assert_eq!(usable(&keys), 2, "without {name}");
    }
}

#[test]
fn accepts_modulus_with_one_sign_zero() {
    let with_zeros = |zeros: usize| {
        let mut keys = keys();
        let n = URL_SAFE_NO_PAD.decode(keys[0]["n"].as_str().unwrap());
        let n = [vec![0; zeros], n.unwrap()].concat();
        keys[0]["n"] = URL_SAFE_NO_PAD.encode(n).into();
        keys
    };
    assert_eq!(usable(&with_zeros(1)), 2);
    assert_eq!(usable(&with_zeros(2)), 1);
    // Both forms are the same key, so a document with both under one id is valid.
    let both = [keys(), with_zeros(1)].concat();
    assert_eq!(usable(&both), 2);
}

/// Returns `true` if a key with this modulus and exponent is usable.
fn is_usable(n: &[u8], e: &[u8]) -> bool {
    let [n, e] = [n, e].map(|number| URL_SAFE_NO_PAD.encode(number));
    usable(&[json!({ "kid": "k", "kty": "RSA", "n": n, "e": e })]) == 1
}

fn modulus(bytes: usize, first: u8, last: u8) -> Vec<u8> {
    let mut modulus = vec![0xff; bytes];
    modulus[0] = first;
    modulus[bytes - 1] = last;
    modulus
}

#[test]
fn modulus_sizes_are_bounded() {
    for (n, expected) in [
        (modulus(256, 0x80, 1), true),
        (modulus(256, 0x7f, 1), false),
        (modulus(255, 0xff, 1), false),
        (modulus(257, 0x01, 1), true),
        // A zero before a byte below 0x80 is no sign.
        ([vec![0], modulus(257, 0x01, 1)].concat(), false),
        (modulus(1024, 0xff, 1), true),
        (modulus(1025, 0x01, 1), false),
        (modulus(256, 0x80, 2), false),
    ] {
        assert_eq!(is_usable(&n, &[1, 0, 1]), expected, "{} bytes", n.len());
    }
}

#[test]
fn exponents_are_odd_and_at_least_65537() {
    let n = modulus(256, 0x80, 1);
    for e in [&[1, 0, 1][..], &[1, 0, 0, 1], &[1, 0, 3]] {
        assert!(is_usable(&n, e), "{e:?}");
    }
    for e in [&[1][..], &[3], &[255, 255], &[1, 0, 0], &[1, 0, 2], &[1; 9]] {
        assert!(!is_usable(&n, e), "{e:?}");
    }
}

#[test]
fn one_id_for_two_keys_is_no_id() {
    let mut clash = keys();
    clash[1]["kid"] = clash[0]["kid"].clone();
    assert_eq!(usable(&clash), 0);
    // The keys are ignored even if one of them occurs twice.
    clash.push(clash[0].clone());
    assert_eq!(usable(&clash), 0);
    let mut twice = keys();
    twice.push(twice[0].clone());
    assert_eq!(usable(&twice), 2);
}

#[test]
fn skips_key_with_repeated_member() {
    let keys = keys();
    let repeated = keys[0].to_string().replacen('{', r#"{"n":"AQAB","#, 1);
    let document = format!(r#"{{"keys":[{repeated},{}]}}"#, keys[1]);
    assert_eq!(
        usable_kids(document.as_bytes()).unwrap(),
        [keys[1]["kid"].as_str().unwrap()]
    );
}

#[test]
fn documents_are_bounded() {
    let filler = vec![json!({}); 62];
    let with_two = |filler: &[Value]| [keys().as_slice(), filler].concat();
    assert_eq!(usable(&with_two(&filler)), 2);
    assert_eq!(usable(&with_two(&vec![json!({}); 63])), 0);

    let document = json!({ "keys": keys() }).to_string();
    let padded = |length: usize| document.clone() + &" ".repeat(length - document.len());
    assert!(usable_kids(padded(64 * 1024).as_bytes()).is_ok());
    assert!(usable_kids(padded(64 * 1024 + 1).as_bytes()).is_err());
}

#[test]
fn rejects_documents_that_are_no_jwks() {
    let keys = Value::Array(keys());
    for document in [
        json!([keys]).to_string(),
        json!(keys).to_string(),
        json!({ "Keys": keys }).to_string(),
        json!({ "keys": { "0": keys } }).to_string(),
        format!(r#"{{"keys":{keys}}}x"#),
        format!(r#"{{"keys":{keys},"keys":[]}}"#),
        format!(r#"{{"keys":[],"\u006beys":{keys}}}"#),
        format!(
            r#"{{"keys":{keys},"deep":{}{}}}"#,
            "[".repeat(140),
            "]".repeat(140)
        ),
    ] {
        assert!(usable_kids(document.as_bytes()).is_err(), "{document}");
    }
}
