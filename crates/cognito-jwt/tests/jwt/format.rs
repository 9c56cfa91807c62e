//! The format of a token: its parts, its encoding, its header.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_jwt::Reason;
use cognito_jwt::test_util::{check_header, jws_parts};

fn reason(token: &str) -> Reason {
    match jws_parts(token).and_then(|[header, ..]| check_header(&header)) {
        Ok(_) => panic!("{token} was accepted"),
        Err(error) => error.reason(),
    }
}

fn token(header: &str) -> String {
    format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header))
}

#[test]
fn a_token_has_three_parts() {
    let parts = jws_parts("e30.e30.AAAA").unwrap();
    assert_eq!(parts, [b"{}".to_vec(), b"{}".to_vec(), vec![0, 0, 0]]);
    for token in [
        "",
        ".",
        "..",
        "e30",
        "e30.e30",
        "e30.e30.AAAA.AAAA",
        ".e30.e30.AAAA",
    ] {
        assert_eq!(reason(token), Reason::Malformed, "{token}");
    }
}

#[test]
fn base64url_is_strict() {
    for token in [
        "e30=.e30.AAAA",
        "e31.e30.AAAA",
        "e30.e31.AAAA",
        "e30.e30.AAB",
        "e30.e30.AA+/",
        " e30.e30.AAAA",
        "e30.e30.AAAA\n",
        "e30.e30.A",
        "e30.e30.AA==",
        "e30\0.e30.AAAA",
    ] {
        assert_eq!(reason(token), Reason::Malformed, "{token:?}");
    }
}

#[test]
fn names_bearer_prefix_in_the_error() {
    let good = token(r#"{"alg":"RS256","kid":"a"}"#);
    for token in [
        format!("Bearer {good}"),
        format!("bearer {good}"),
        "BEARER not a token".to_owned(),
    ] {
        assert_eq!(reason(&token), Reason::BearerPrefix, "{token}");
    }
    for token in [format!("Bearer{good}!"), format!("{good} Bearer ")] {
        assert_eq!(reason(&token), Reason::Malformed, "{token}");
    }
}

#[test]
fn the_length_is_checked_first() {
    assert_eq!(reason(&"!".repeat(65_536)), Reason::Malformed);
    assert_eq!(reason(&"!".repeat(65_537)), Reason::TooLarge);
}

#[test]
fn the_header_is_checked() {
    let cases = [
        (r#"{}"#, Reason::UnsupportedAlgorithm),
        (r#"{"alg":"none","crit":[]}"#, Reason::UnsupportedAlgorithm),
        (r#"{"alg":"RS256","crit":null}"#, Reason::CriticalHeader),
        (r#"{"alg":"RS256","b64":true}"#, Reason::CriticalHeader),
        (r#"{"alg":"RS256","b64":false}"#, Reason::CriticalHeader),
        (r#"{"alg":"RS256","b64":null}"#, Reason::CriticalHeader),
        (r#"{"alg":"RS256","b64":"no"}"#, Reason::CriticalHeader),
        (
            r#"{"alg":"RS256","b64":true,"\u00624":1}"#,
            Reason::CriticalHeader,
        ),
        (
            r#"{"alg":"RS256","b64":true,"\u006264":true}"#,
            Reason::DuplicateKey,
        ),
        (r#"{"alg":"RS256","zip":null}"#, Reason::WrongType),
        (r#"{"alg":"RS256","cty":"JWT"}"#, Reason::WrongType),
        (r#"{"alg":"RS256","typ":"JWE"}"#, Reason::WrongType),
        (r#"{"alg":"RS256","typ":1}"#, Reason::WrongType),
        (r#"{"alg":"RS256","typ":"JWT"}"#, Reason::MissingKid),
        (r#"{"alg":"RS256","kid":1}"#, Reason::MissingKid),
        (
            r#"{"alg":"RS256","kid":"a","kid":"a"}"#,
            Reason::DuplicateKey,
        ),
    ];
    for (header, expected) in cases {
        assert_eq!(reason(&token(header)), expected, "{header}");
    }
    for typ in ["JWT", "jwt", "at+jwt", "application/at+JWT"] {
        let header = format!(r#"{{"alg":"RS256","kid":"a/b","typ":"{typ}"}}"#);
        assert_eq!(check_header(header.as_bytes()).unwrap(), "a/b", "{typ}");
    }
}
