//! The JSON of headers and claims: which input is rejected, and why.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::ClientId;
use cognito_jwt::test_util::{check_access_claims, json_object};
use cognito_jwt::{Reason, decode_unverified};
use serde_json::{Value, json};

/// Reads the claims of a token that is not verified.
fn read(claims: impl AsRef<[u8]>) -> Result<Value, Reason> {
    let token = format!("e30.{}.AAAA", URL_SAFE_NO_PAD.encode(claims));
    let unverified = decode_unverified(&token).map_err(|error| error.reason())?;
    Ok(Value::Object(unverified.claims().clone()))
}

fn nested(depth: usize) -> String {
    // The object itself is the first level.
    let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
    format!(r#"{{"a":{open}{close}}}"#)
}

#[test]
fn an_object_is_read() {
    assert_eq!(
        read(r#" { "a" : [1, {"b": null}], "\u0063": "\ud83d\ude00" } "#),
        Ok(json!({ "a": [1, { "b": null }], "c": "😀" }))
    );
}

#[test]
fn rejects_repeated_names_in_any_spelling() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":{},"\u0061":2}"#,
        r#"{"/":1,"\/":2}"#,
        r#"{"":1,"":2}"#,
    ] {
        assert_eq!(read(text), Err(Reason::DuplicateKey), "{text}");
    }
    assert!(read(r#"{"a":{"b":1,"b":2}}"#).is_ok());
}

#[test]
fn rejects_input_that_is_no_object() {
    for text in [
        "",
        " ",
        "null",
        "true",
        "1",
        "\"a\"",
        "[]",
        "[[1]]",
        "{",
        "}",
        "{}x",
        "{}{}",
        "{'a':1}",
        "{a:1}",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{"a":.5}"#,
        r#"{"a":0x1}"#,
        r#"{"a":01}"#,
        r#"{"a":+1}"#,
        r#"{"a":NaN}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"\ud800":1}"#,
        r#"{"a":"\x"}"#,
        "{\"a\":\"\n\"}",
        "{/**/}",
        "\u{feff}{}",
        r#"{"a":"}"#,
    ] {
        assert_eq!(read(text), Err(Reason::Malformed), "{text}");
    }
    assert_eq!(read(b"{\"a\":\"\xff\"}"), Err(Reason::Malformed));
    assert_eq!(read(b"\xff\xfe{\0}\0"), Err(Reason::Malformed));
}

#[test]
fn nesting_limit_ignores_brackets_in_strings() {
    assert!(read(nested(127)).is_ok());
    assert!(serde_json::from_str::<Value>(&nested(127)).is_ok());
    assert_eq!(read(nested(128)), Err(Reason::Malformed));
    assert!(serde_json::from_str::<Value>(&nested(128)).is_err());
    assert!(json_object(nested(100_000).as_bytes()).is_none());
    for (open, close, pairs) in [(r#"{"a":"#, "}", 126), (r#"[{"a":"#, "}]", 63)] {
        let nested = |pairs| {
            let (open, close) = (open.repeat(pairs), close.repeat(pairs));
            format!(r#"{{"a":{open}0{close}}}"#)
        };
        assert!(read(nested(pairs)).is_ok(), "{open}");
        assert_eq!(read(nested(pairs + 1)), Err(Reason::Malformed), "{open}");
    }
    let text = format!(r#"{{"a":"\"{}","b":"\\"}}"#, "[{".repeat(100));
    assert!(read(text).is_ok());
}

#[test]
fn rejects_malformed_numbers() {
    for number in [
        "-", "--1", "-a", "01", "-01", "1.", "1.e1", ".5", "1e", "1E", "1e+", "1e-", "1e+-5",
        "1e5.0", "1a", "0x1",
    ] {
        let text = format!(r#"{{"a":{number}}}"#);
        assert_eq!(read(text), Err(Reason::Malformed), "{number}");
    }
}

#[test]
fn out_of_range_numbers_have_their_error() {
    let reason = |claims: &str| {
        let client = ClientId::new("client1").unwrap();
        let checked = check_access_claims(claims.as_bytes(), "iss", &client, 0);
        checked.unwrap_err().reason()
    };
    for number in [
        "1e400",
        "-1e400",
        "1e99999999999",
        // The standard library accepts this number, serde_json does not.
        "1.7976931348623158e308",
        "-1797693134862315.8e293",
    ] {
        let text = format!(r#"{{"a":{number}}}"#);
        assert_eq!(reason(&text), Reason::InvalidClaim, "{number}");
        assert_eq!(read(&text), Err(Reason::Malformed), "{number}");
    }
    let digits = |count| format!(r#"{{"a":{}}}"#, "9".repeat(count));
    assert_eq!(reason(&digits(308)), Reason::InvalidIssuer);
    assert_eq!(reason(&digits(400)), Reason::InvalidClaim);
    assert!(read(r#"{"a":1e308,"b":123456789012345678901234567890}"#).is_ok());
}
