//! Tests of required groups, scopes and authentication methods.

use cognito_core::verifier::{Match, Requirement};

#[test]
fn empty_requirement_is_never_met() {
    for matching in [Match::All, Match::Any] {
        for names in [vec![], vec![""], vec!["", ""]] {
            let requirement = Requirement::new(matching, names);
            assert!(!requirement.is_met(|_| true), "{requirement:?}");
        }
    }
}

#[test]
fn all_needs_every_name_and_any_needs_one() {
    for (matching, had, is_met) in [
        (Match::All, "a b", true),
        (Match::All, "a", false),
        (Match::Any, "a", true),
        (Match::Any, "c", false),
    ] {
        let requirement = Requirement::new(matching, ["a", "b"]);
        let found = requirement.is_met(|name| had.split(' ').any(|it| it == name));
        assert_eq!(found, is_met, "{matching:?} {had}");
    }
}
