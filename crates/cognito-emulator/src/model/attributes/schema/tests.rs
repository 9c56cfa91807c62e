//! Tests of the schema of a pool.

use super::*;

#[test]
fn values_are_held_against_their_bounds() {
    let number = Definition::of(Kind::Number).between(3, 5);
    let text = Definition::text().between(2, 3);
    let flag = Definition::of(Kind::Boolean);
    for (definition, good, bad) in [
        (number, "3", "2"),
        (number, "5", "6"),
        (number, "4", "four"),
        (text, "ab", "a"),
        (text, "\u{fc}\u{fc}\u{fc}", "abcd"),
        (flag, "True", "yes"),
    ] {
        assert_eq!(definition.fault(good), None, "{good}");
        assert!(definition.fault(bad).is_some(), "{bad}");
    }
}

#[test]
fn cognitos_own_attributes_are_described_once() {
    let mut schema = Schema::default();
    schema.define("email".to_owned(), Definition::text().between(5, 50));
    schema.define("custom:tenant".to_owned(), Definition::text());
    let described = schema.describe(|name| name == "email");
    let list = described.as_array().expect("a list");
    let emails: Vec<_> = list.iter().filter(|item| item["Name"] == "email").collect();
    assert_eq!(emails.len(), 1);
    assert_eq!(emails[0]["Required"], true);
    assert_eq!(emails[0]["StringAttributeConstraints"]["MaxLength"], "50");
    assert_eq!(list.len(), STANDARD_ATTRIBUTES.len() + 4);
    assert_eq!(list[list.len() - 1]["Name"], "custom:tenant");
}
