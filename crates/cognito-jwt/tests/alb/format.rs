//! The format of a load balancer's token: its parts, their encoding and padding.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use cognito_jwt::Reason;
use serde_json::Value;

use crate::fixture::{Fixture, header, payload};

/// Returns the reason why the token is rejected. A token with a valid format and an empty header is
/// rejected because of its algorithm.
fn reason(token: &str) -> Reason {
    let error = Fixture::new().verifier.verify_sync(token).unwrap_err();
    error.reason()
}

/// Returns 64 zeros.
fn signature() -> String {
    URL_SAFE.encode([0; 64])
}

#[test]
fn rejects_token_without_three_parts() {
    let token = format!("e30=.e30=.{}", signature());
    assert_eq!(reason(&token), Reason::UnsupportedAlgorithm);
    for token in ["", ".", "..", "e30=", "e30=.e30="] {
        assert_eq!(reason(token), Reason::Malformed, "{token}");
    }
    for token in [format!("{token}.AAAA"), format!(".{token}")] {
        assert_eq!(reason(&token), Reason::Malformed, "{token}");
    }
}

#[tokio::test]
async fn padding_is_optional_in_each_part() {
    let fixture = Fixture::new();
    // Spaces make the length of each part one more than a multiple of three.
    let encoded = |object| {
        let text = Value::Object(object).to_string();
        let spaces = " ".repeat((4 - text.len() % 3) % 3);
        URL_SAFE.encode(text + &spaces)
    };
    let (header, payload) = (encoded(header()), encoded(payload()));
    let signed_by = |text: &str| URL_SAFE.encode(fixture.load_balancer.sign(text));
    let signature = signed_by(&format!("{header}.{payload}"));
    for part in [&header, &payload, &signature] {
        assert!(part.ends_with("=="), "{part}");
    }
    let outcome = async |token: String| {
        let error = fixture.verifier.verify(&token).await.err();
        error.map(|error| error.reason())
    };
    for unpadded in 0..8 {
        let part = |bit: u8, part: &str| match unpadded & bit {
            0 => part.to_owned(),
            _ => part.trim_end_matches('=').to_owned(),
        };
        let signed = format!("{}.{}", part(1, &header), part(2, &payload));
        // A proxy may remove padding that the load balancer signed.
        let token = format!("{signed}.{}", part(4, &signature));
        assert_eq!(outcome(token).await, None, "{unpadded}");
        // A signer that follows RFC 7515 signs without padding.
        let token = format!("{signed}.{}", part(4, &signed_by(&signed)));
        assert_eq!(outcome(token).await, None, "{unpadded}");
        let token = format!("{signed}.{}", signed_by("something else"));
        assert_eq!(outcome(token).await, Some(Reason::InvalidSignature));
    }
}

#[test]
fn base64url_is_strict() {
    let signature = signature();
    for (header, payload, signature) in [
        ("e30=", "e30=", &signature[..signature.len() - 1]),
        ("e30==", "e30=", signature.as_str()),
        ("e30====", "e30=", &signature),
        ("e30= ", "e30=", &signature),
        (" e30=", "e30=", &signature),
        ("e30=", "e3\n0=", &signature),
        ("e30=", "e30=\t", &signature),
        ("e31=", "e30=", &signature),
        ("e30=", "e31=", &signature),
        ("e30=", "Pz8/", &signature),
        ("e30=", "Pj4+", &signature),
        ("e30=", "e30%3D", &signature),
        ("e30=", "e30=", &signature.replacen("A==", "B==", 1)),
    ] {
        let token = format!("{header}.{payload}.{signature}");
        assert_eq!(reason(&token), Reason::Malformed, "{token:?}");
    }
}

#[test]
fn a_signature_of_another_length_is_wrong() {
    for length in [0, 1, 63, 65, 70, 72, 96] {
        let token = format!("e30=.e30=.{}", URL_SAFE.encode(vec![1; length]));
        assert_eq!(reason(&token), Reason::InvalidSignature, "{length}");
    }
}

#[test]
fn the_length_is_checked_first() {
    assert_eq!(reason(&"!".repeat(16_384)), Reason::Malformed);
    assert_eq!(reason(&"!".repeat(16_385)), Reason::TooLarge);
}

#[test]
fn the_header_is_an_object_without_repeated_names() {
    for (header, expected) in [
        ("[]", Reason::Malformed),
        ("{}x", Reason::Malformed),
        (r#"{"exp":1e400}"#, Reason::Malformed),
        (r#"{"exp":1,"\u0065xp":2}"#, Reason::DuplicateKey),
    ] {
        let token = format!("{}.e30=.{}", URL_SAFE.encode(header), signature());
        assert_eq!(reason(&token), expected, "{header}");
    }
}
