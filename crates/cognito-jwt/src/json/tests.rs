//! Tests of accepted inputs and returned values.

use super::reader::find_special;
use super::*;

fn nested(depth: usize) -> String {
    // The object itself is the first level.
    format!(
        r#"{{"a":{}{}}}"#,
        "[".repeat(depth - 1),
        "]".repeat(depth - 1)
    )
}

#[test]
fn an_object_is_read() {
    let read = object(br#" { "a" : [1, {"b": null}], "\u0063": "\ud83d\ude00" } "#).unwrap();
    assert_eq!(
        Value::Object(read),
        serde_json::json!({ "a": [1, { "b": null }], "c": "😀" })
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
        assert_eq!(
            object(text.as_bytes()),
            Err(JsonError::DuplicateName),
            "{text}"
        );
    }
    assert!(object(br#"{"a":{"b":1,"b":2}}"#).is_ok());
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
        assert_eq!(object(text.as_bytes()), Err(JsonError::Malformed), "{text}");
    }
    assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(JsonError::Malformed));
    assert_eq!(object(b"\xff\xfe{\0}\0"), Err(JsonError::Malformed));
}

#[test]
fn nesting_limit_ignores_brackets_in_strings() {
    assert!(object(nested(127).as_bytes()).is_ok());
    assert!(serde_json::from_str::<Value>(&nested(127)).is_ok());
    assert_eq!(object(nested(128).as_bytes()), Err(JsonError::Malformed));
    assert!(serde_json::from_str::<Value>(&nested(128)).is_err());
    assert_eq!(
        object(nested(100_000).as_bytes()),
        Err(JsonError::Malformed)
    );
    for (open, close, pairs) in [(r#"{"a":"#, "}", 126), (r#"[{"a":"#, "}]", 63)] {
        let nested = |pairs| {
            let (open, close) = (open.repeat(pairs), close.repeat(pairs));
            format!(r#"{{"a":{open}0{close}}}"#)
        };
        assert!(members(nested(pairs).as_bytes()).is_ok(), "{open}");
        let deeper = members(nested(pairs + 1).as_bytes()).err();
        assert_eq!(deeper, Some(JsonError::Malformed), "{open}");
    }
    let text = format!(r#"{{"a":"\"{}","b":"\\"}}"#, "[{".repeat(100));
    assert!(object(text.as_bytes()).is_ok());
}

#[test]
fn finds_first_byte_that_ends_plain_text() {
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    for byte in 0..=u8::MAX {
        for place in 0..19 {
            // Neighbours that differ from a special byte in a single bit.
            for around in [b'a', b'!', b'#', b']', 0x7f, 0x80, 0xa2, 0xff] {
                let mut text = [around; 19];
                text[place] = byte;
                let expected = is_special(byte).then_some(place);
                assert_eq!(find_special(&text), expected, "{byte} among {around}");
            }
        }
    }
    assert_eq!(find_special(b"aaa\n\"\\aaaaaaaaa"), Some(3));
    assert_eq!(find_special(b""), None);
}

#[test]
fn values_are_handed_over_as_they_were_written() {
    for number in [
        "0", "-0", "10", "0.5", "-0.5e+1", "1e-5", "1e5", "1E5", "2E+05",
    ] {
        let text = format!(r#"{{"a":{number}}}"#);
        assert_eq!(
            members(text.as_bytes()).unwrap()["a"].number(),
            Some(number)
        );
    }
    let text = br#"{"a":true,"b":false,"c":null,"d":{ },"e":[ ]}"#;
    let read = members(text).unwrap();
    let flags = ["a", "b", "c", "d"].map(|name| read[name].flag());
    assert_eq!(flags, [Some(true), Some(false), None, None]);
    assert_eq!(read["d"].object(), Some(b"{ }".as_slice()));
    assert_eq!(read["e"].object(), None);
    assert_eq!(read["e"].each_element(|_| None), Some(()));
    assert_eq!(read["d"].each_element(|_| Some(())), None);
}

#[test]
fn rejects_malformed_numbers() {
    for number in [
        "-", "--1", "-a", "01", "-01", "1.", "1.e1", ".5", "1e", "1E", "1e+", "1e-", "1e+-5",
        "1e5.0", "1a", "0x1",
    ] {
        let text = format!(r#"{{"a":{number}}}"#);
        let error = members(text.as_bytes()).err();
        assert_eq!(error, Some(JsonError::Malformed), "{number}");
    }
}

#[test]
fn out_of_range_numbers_have_their_error() {
    for number in [
        "1e400",
        "-1e400",
        "1e99999999999",
        // The standard library accepts this number, serde_json does not.
        "1.7976931348623158e308",
        "-1797693134862315.8e293",
    ] {
        let text = format!(r#"{{"a":{number}}}"#);
        assert_eq!(
            object(text.as_bytes()),
            Err(JsonError::NumberOutOfRange),
            "{number}"
        );
        let taken_apart = members(text.as_bytes()).err();
        assert_eq!(taken_apart, Some(JsonError::NumberOutOfRange), "{number}");
    }
    let digits = |count| format!(r#"{{"a":{}}}"#, "9".repeat(count));
    assert!(members(digits(308).as_bytes()).is_ok());
    let error = members(digits(400).as_bytes()).err();
    assert_eq!(error, Some(JsonError::NumberOutOfRange));
    assert!(object(br#"{"a":1e308,"b":123456789012345678901234567890}"#).is_ok());
}
