//! Compares our JSON parser with `serde_json`: it accepts the same input and reads the same values.

use cognito_jwt::test_util::json_object;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::respelled::value;
use super::spelling::spell;
use super::{access_claims, cases, pick_from, reference};

fn assert_as_the_reference(text: &[u8]) -> Result<(), TestCaseError> {
    let shown = String::from_utf8_lossy(text);
    prop_assert_eq!(json_object(text), reference::object(text), "{}", shown);
    Ok(())
}

/// A change at one position of the input.
#[derive(Clone, Debug)]
enum Change {
    Flip(u8),
    Insert(u8),
    Remove,
    Repeat(usize),
    Swap(Index),
}

fn change() -> impl Strategy<Value = (Index, Change)> {
    let byte = || {
        prop_oneof![
            prop::sample::select(br#"{}[]",:\/ue0123456789-+.Ea tn"#.to_vec()),
            any::<u8>(),
        ]
    };
    let change = prop_oneof![
        (0..8_u8).prop_map(|bit| Change::Flip(1 << bit)),
        byte().prop_map(Change::Insert),
        Just(Change::Remove),
        (1..40_usize).prop_map(Change::Repeat),
        any::<Index>().prop_map(Change::Swap),
    ];
    (any::<Index>(), change)
}

fn apply(text: &mut Vec<u8>, place: Index, change: &Change) {
    if text.is_empty() {
        return;
    }
    let at = place.index(text.len());
    match change {
        Change::Flip(bit) => text[at] ^= bit,
        Change::Insert(byte) => text.insert(at, *byte),
        Change::Remove => drop(text.remove(at)),
        Change::Repeat(times) => {
            let byte = text[at];
            text.splice(at..at, std::iter::repeat_n(byte, *times));
        }
        Change::Swap(other) => {
            let other = other.index(text.len());
            text.swap(at, other);
        }
    }
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn agrees_with_serde_json_on_any_string(
        text in r#"\{("[a-b\\u0061]{0,6}"|[{}\[\],: \t\n]|true|null|-?[0-9]{1,3}|[.eE+-]|\PC){0,24}\}"#,
    ) {
        assert_as_the_reference(text.as_bytes())?;
    }

    #[test]
    fn agrees_with_serde_json_on_any_bytes(mut text in vec(any::<u8>(), 0..40)) {
        assert_as_the_reference(&text)?;
        text.splice(0..0, *br#"{"a":""#);
        text.extend(*br#""}"#);
        assert_as_the_reference(&text)?;
    }

    #[test]
    fn agrees_with_serde_json_on_any_number(
        number in r"-?[0-9]{0,22}(\.[0-9]{0,22})?([eE][+-]?[0-9]{0,4})?",
        zeros in 0..400_usize,
    ) {
        for number in [
            number.clone(),
            format!("{number}{}", "0".repeat(zeros)),
            format!("1{}{number}", "0".repeat(zeros)),
            format!("0.{}{number}", "0".repeat(zeros)),
        ] {
            assert_as_the_reference(format!(r#"{{"a":[{number}]}}"#).as_bytes())?;
        }
    }

    #[test]
    fn agrees_with_serde_json_on_mutated_strings(
        members in vec((any::<String>(), value()), 0..4),
        choices in vec(any::<u8>(), 0..400),
        changes in vec(change(), 0..4),
    ) {
        let object = Value::Object(members.into_iter().collect());
        let mut text = spell(&object, &mut pick_from(&choices)).into_bytes();
        let read = json_object(&text);
        prop_assert!(read.is_some());
        for (place, change) in changes {
            apply(&mut text, place, &change);
            assert_as_the_reference(&text)?;
        }
    }

    #[test]
    fn agrees_with_serde_json_on_mutated_claims(
        choices in vec(any::<u8>(), 0..1000),
        changes in vec(change(), 1..6),
    ) {
        let claims = Value::Object(access_claims());
        let mut text = spell(&claims, &mut pick_from(&choices)).into_bytes();
        for (place, change) in changes {
            apply(&mut text, place, &change);
            assert_as_the_reference(&text)?;
        }
    }
}

#[test]
fn agrees_on_depth_and_largest_numbers() {
    for depth in 1..140 {
        let text = format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert_as_the_reference(text.as_bytes()).unwrap();
        assert_eq!(
            json_object(text.as_bytes()).is_some(),
            depth < 127,
            "{depth}"
        );
    }
    for digits in 1_797_690..1_797_720 {
        let text = format!(r#"{{"a":{digits}e302}}"#);
        assert_as_the_reference(text.as_bytes()).unwrap();
    }
}
