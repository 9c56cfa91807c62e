//! The exact challenge (RFC 6750 section 3).

use cognito_core::{Clock, Error, ErrorKind};
use cognito_tower::{Guard, Rejection, RejectionKind};
use http::HeaderMap;
use serde_json::json;

use crate::fixture::{Believer, Fixture, bearer, headers};

fn challenge(rejection: &Rejection) -> String {
    let challenge = rejection.www_authenticate().expect("a challenge");
    assert_eq!(rejection.headers()["www-authenticate"], challenge);
    challenge.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn missing_token_challenge_has_no_error() {
    let guard = Guard::access(Believer::default()).scope("orders/read");
    for sent in [
        HeaderMap::new(),
        headers(&[("authorization", "Basic YTpi")]),
    ] {
        let rejection = guard.authenticate(&sent).await.unwrap_err();
        assert_eq!(rejection.status(), 401);
        assert_eq!(challenge(&rejection), r#"Bearer realm="api""#);
    }
}

#[tokio::test]
async fn each_rejection_names_its_error() {
    let fixture = Fixture::new();
    let guard = Guard::access(fixture.verifier()).realm("shop");
    let twice = headers(&[("authorization", "Bearer a"), ("authorization", "Bearer a")]);
    let good = bearer(&fixture.access_token());
    let expired = bearer(&fixture.access_token_with("exp", json!(1_700_000_000)));
    for (guard, headers, status, expected) in [
        (
            guard.clone(),
            twice,
            400,
            r#"Bearer realm="shop", error="invalid_request", error_description="The request has more than one token""#,
        ),
        (
            guard.clone(),
            bearer(""),
            401,
            r#"Bearer realm="shop", error="invalid_token", error_description="The token is not valid""#,
        ),
        (
            guard.clone(),
            bearer("abc"),
            401,
            r#"Bearer realm="shop", error="invalid_token", error_description="The token is not valid""#,
        ),
        (
            guard.clone(),
            expired,
            401,
            r#"Bearer realm="shop", error="invalid_token", error_description="The token has expired""#,
        ),
        (
            guard.clone().scope("a").any_scope(["b", "c/d"]),
            good.clone(),
            403,
            r#"Bearer realm="shop", error="insufficient_scope", error_description="This access token does not allow that", scope="a b c/d""#,
        ),
        (
            guard.clone().group("admins"),
            good.clone(),
            403,
            r#"Bearer realm="shop", error="insufficient_scope", error_description="This account is not allowed to do that""#,
        ),
        (
            guard.clone().predicate(|_| false),
            good,
            403,
            r#"Bearer realm="shop", error="insufficient_scope", error_description="This account is not allowed to do that""#,
        ),
    ] {
        let rejection = guard.authenticate(&headers).await.unwrap_err();
        assert_eq!(rejection.status(), status, "{expected}");
        assert_eq!(challenge(&rejection), expected);
    }
}

#[test]
fn no_verdict_is_no_challenge() {
    let error = Error::new(ErrorKind::KeysUnavailable);
    let rejection = Rejection::from_error(error, Fixture::new().clock.now());
    assert_eq!(rejection.status(), 503);
    assert!(rejection.www_authenticate().is_none());
    assert!(!rejection.headers().contains_key("www-authenticate"));
    assert_eq!(rejection.headers()["cache-control"], "no-store");
}

#[test]
fn nothing_ends_the_quotes_of_a_challenge() {
    let now = Fixture::new().clock.now();
    let rejection = Rejection::new(RejectionKind::InsufficientScope, now);
    let of = |realm: &str, scopes: &[&str]| {
        challenge(&rejection.clone().with_realm(realm).with_scopes(scopes))
    };
    let of_realm = |realm: &str| {
        let challenge = of(realm, &[]);
        challenge.split_once(", error=").unwrap().0.to_owned()
    };
    assert_eq!(of_realm("my shop"), r#"Bearer realm="my shop""#);
    assert_eq!(
        of_realm(r#"a", error="x\"#),
        r#"Bearer realm="a\", error=\"x\\""#.split_once(", error=").unwrap().0
    );
    assert_eq!(
        of_realm("a\r\nSet-Cookie: bé"),
        r#"Bearer realm="aSet-Cookie: b""#
    );
    assert!(of("api", &["a b", "c\"", "", "é", "d\\", "e"]).ends_with(r#", scope="e""#));
    assert!(!of("api", &["a b"]).contains("scope=\""));
}

#[test]
fn each_kind_has_name_status_and_code() {
    let code = Some("insufficient_scope");
    for (kind, name, status, code) in [
        (RejectionKind::Denied, "Denied", 403, code),
        (
            RejectionKind::InsufficientScope,
            "InsufficientScope",
            403,
            code,
        ),
        (
            RejectionKind::InvalidRequest,
            "InvalidRequest",
            400,
            Some("invalid_request"),
        ),
        (
            RejectionKind::InvalidToken,
            "InvalidToken",
            401,
            Some("invalid_token"),
        ),
        (
            RejectionKind::InsufficientAuthentication,
            "InsufficientAuthentication",
            401,
            Some("insufficient_user_authentication"),
        ),
        (RejectionKind::MissingToken, "MissingToken", 401, None),
        (RejectionKind::NotInGroup, "NotInGroup", 403, code),
        (RejectionKind::Unavailable, "Unavailable", 503, None),
    ] {
        assert_eq!(kind.name(), name);
        assert_eq!(kind.status(), status, "{name}");
        assert_eq!(kind.code(), code, "{name}");
    }
}
