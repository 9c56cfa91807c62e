//! Tokens with a valid signature whose JSON breaks one rule: all are rejected.

use cognito_jwt::{CognitoVerifier, Reason};
use serde_json::{Map, Value};

use super::spelling::spell_text;
use super::{access_claims, builder, header, pool, ready};

/// Writes an object with something inserted between its members.
fn with(object: &Map<String, Value>, place: usize, something: &str) -> String {
    let mut members: Vec<_> = object
        .iter()
        .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
        .collect();
    members.insert(place, something.to_owned());
    format!("{{{}}}", members.join(","))
}

fn written(object: &Map<String, Value>) -> String {
    Value::Object(object.clone()).to_string()
}

struct Fixture {
    verifier: CognitoVerifier,
}

impl Fixture {
    fn new() -> Self {
        let verifier = ready(builder());
        let fixture = Self { verifier };
        let good = fixture.reason(&written(&header()), &written(&access_claims()));
        assert_eq!(good, None);
        fixture
    }

    fn reason(&self, header: &str, claims: &str) -> Option<Reason> {
        let token = pool().sign_raw(header, claims);
        let outcome = self.verifier.verify_access_sync(&token);
        outcome.err().map(|error| error.reason())
    }

    /// Checks that it is rejected for this reason, as header and as payload.
    fn assert_rejected(&self, expected: Reason, change: impl Fn(&Map<String, Value>) -> String) {
        let (header, claims) = (header(), access_claims());
        let changed = change(&claims);
        let reason = self.reason(&written(&header), &changed);
        assert_eq!(reason, Some(expected), "{changed:?}");
        let changed = change(&header);
        let reason = self.reason(&changed, &written(&claims));
        assert_eq!(reason, Some(expected), "{changed:?}");
    }
}

#[test]
fn rejects_repeated_name_in_each_spelling() {
    let fixture = Fixture::new();
    let plain: fn(usize) -> usize = |_| 0;
    let lower: fn(usize) -> usize = |below| if below == 4 { 3 } else { 0 };
    let upper: fn(usize) -> usize = |below| below - 1;
    for (spelling, mut pick) in [plain, lower, upper].into_iter().enumerate() {
        let claims = access_claims();
        for (at, (name, value)) in claims.iter().enumerate() {
            let name = spell_text(name, &mut pick);
            assert_eq!(name.contains("\\u"), spelling > 0);
            // The duplicate may have the same value, and may be before or after the member.
            for (value, place) in [(value, 0), (&Value::Null, claims.len()), (value, at)] {
                let claims = with(&claims, place, &format!("{name}:{value}"));
                let reason = fixture.reason(&written(&header()), &claims);
                assert_eq!(reason, Some(Reason::DuplicateKey), "{claims}");
            }
        }
        for (name, value) in &header() {
            let name = spell_text(name, &mut pick);
            let header = with(&header(), 3, &format!("{name}:{value}"));
            let reason = fixture.reason(&header, &written(&claims));
            assert_eq!(reason, Some(Reason::DuplicateKey), "{header}");
        }
    }
    // Names that the verifier does not read.
    fixture.assert_rejected(Reason::DuplicateKey, |object| {
        with(object, 1, r#""x":1,"\u0078":1"#)
    });
}

#[test]
fn nesting_deeper_than_127_is_rejected() {
    let fixture = Fixture::new();
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        format!(r#""x":{open}{close}"#)
    };
    let deepest = with(&access_claims(), 0, &nested(127));
    assert_eq!(fixture.reason(&written(&header()), &deepest), None);
    fixture.assert_rejected(Reason::Malformed, |object| with(object, 0, &nested(128)));
    // The accepted values of a claim do not depend on the bound.
    let mut claims = access_claims();
    claims.remove("cognito:groups");
    let (open, close) = ("[".repeat(64), "]".repeat(64));
    let groups = with(&claims, 0, &format!(r#""cognito:groups":{open}{close}"#));
    let reason = fixture.reason(&written(&header()), &groups);
    assert_eq!(reason, Some(Reason::InvalidClaim));
}

#[test]
fn rejects_invalid_json() {
    let fixture = Fixture::new();
    for member in [
        // Lone surrogates, and halves in the wrong order.
        r#""x":"\ud800""#,
        r#""x":"\udfff""#,
        r#""x":"\uD83Da""#,
        r#""x":"\ude00\ud83d""#,
        r#""\ud83d":1"#,
        // Escapes that JSON does not have.
        r#""x":"\x41""#,
        r#""x":"\u00g1""#,
        r#""x":"\u+041""#,
        r#""x":"\U0041""#,
        r#""x":"\'""#,
        // Numbers in the notation of other languages.
        r#""x":01"#,
        r#""x":+1"#,
        r#""x":-"#,
        r#""x":.5"#,
        r#""x":1."#,
        r#""x":1e"#,
        r#""x":0x10"#,
        r#""x":1_000"#,
        r#""x":NaN"#,
        r#""x":-Infinity"#,
        // Words, strings and comments of other languages.
        r#""x":True"#,
        r#""x":nul"#,
        r#""x":'a'"#,
        r#"x:1"#,
        r#""x":undefined"#,
        r#""x":1/**/"#,
        "\"x\":1//\n",
        // Commas and colons.
        r#""x":[1,]"#,
        r#""x":{"a":1,}"#,
        r#""x":[,1]"#,
        r#""x":[1 2]"#,
        r#""x"::1"#,
        r#""x""#,
        "",
    ] {
        fixture.assert_rejected(Reason::Malformed, |object| with(object, 1, member));
    }
    for (before, after) in [
        ("\u{feff}", ""),
        ("", "\0"),
        ("", "{}"),
        ("[", "]"),
        ("\"", "\""),
        ("", ","),
        (" \u{a0}", ""),
    ] {
        fixture.assert_rejected(Reason::Malformed, |object| {
            format!("{before}{}{after}", written(object))
        });
    }
    fixture.assert_rejected(Reason::Malformed, |object| {
        written(object).replacen('}', ",}", 1)
    });
}

#[test]
fn rejects_control_characters() {
    let fixture = Fixture::new();
    let space = [' ', '\t', '\n', '\r'];
    for control in ('\0'..' ').chain(['\u{7f}', '\u{85}', '\u{2028}', '\u{3000}']) {
        if control < ' ' {
            fixture.assert_rejected(Reason::Malformed, |object| {
                with(
                    object,
                    1,
                    &format!("\"x\":\"long enough{control} and longer\""),
                )
            });
        }
        if !space.contains(&control) {
            fixture.assert_rejected(Reason::Malformed, |object| {
                with(object, 1, &format!("\"x\":{control}1"))
            });
        }
    }
}
