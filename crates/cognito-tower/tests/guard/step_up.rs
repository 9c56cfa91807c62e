//! The required strength of a sign-in (RFC 9470).

use std::time::Duration;

use cognito_core::AccessClaims;
use cognito_testkit::FixedClock;
use cognito_tower::{Guard, Rejection, RejectionKind, StepUp};
use serde_json::{Value, json};

use crate::fixture::{Fixture, NOW, bearer};

const LEVEL_1: &str = "urn:cognito:loa:1";
const LEVEL_2: &str = "urn:cognito:loa:2";
const LEVEL_3: &str = "urn:cognito:loa:3";
const LEVEL_4: &str = "urn:cognito:loa:4";

fn guard(fixture: &Fixture) -> Guard {
    Guard::access(fixture.verifier()).clock(FixedClock::at_unix(NOW))
}

async fn rejected(
    guard: &Guard,
    fixture: &Fixture,
    claim: &str,
    value: Value,
) -> Option<Rejection> {
    let token = fixture.access_token_with(claim, value);
    guard.authenticate(&bearer(&token)).await.err()
}

fn challenge(rejection: &Rejection) -> String {
    let challenge = rejection.www_authenticate().unwrap();
    challenge.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn low_level_returns_rfc_9470_challenge() {
    let fixture = Fixture::new();
    let guard = guard(&fixture).any_acr([LEVEL_4, LEVEL_3]);
    for acr in [LEVEL_3, LEVEL_4] {
        assert!(
            rejected(&guard, &fixture, "acr", json!(acr))
                .await
                .is_none()
        );
    }
    for acr in [
        json!(LEVEL_1),
        json!("urn:cognito:loa:33"),
        json!(""),
        json!("LEVEL"),
    ] {
        let found = rejected(&guard, &fixture, "acr", acr.clone()).await;
        let rejection = found.unwrap_or_else(|| panic!("{acr} was accepted"));
        assert_eq!(rejection.kind(), RejectionKind::InsufficientAuthentication);
        let expected = "Bearer realm=\"api\", error=\"insufficient_user_authentication\", \
                        error_description=\"Please confirm your identity again\", \
                        acr_values=\"urn:cognito:loa:4 urn:cognito:loa:3\"";
        assert_eq!(challenge(&rejection), expected);
        let read = StepUp::from_challenge(expected).unwrap();
        assert_eq!(Some(&read), rejection.step_up());
    }
}

#[tokio::test]
async fn old_sign_in_returns_maximum_age() {
    let fixture = Fixture::new();
    let guard = guard(&fixture)
        .max_age(Duration::from_secs(600))
        .max_age(Duration::from_secs(900));
    let leeway = cognito_core::TokenVerifier::leeway(&fixture.verifier()).as_secs();
    for (age, is_accepted) in [(0, true), (600 + leeway, true), (601 + leeway, false)] {
        let found = rejected(&guard, &fixture, "auth_time", json!(NOW - age)).await;
        assert_eq!(found.is_none(), is_accepted, "{age}");
    }
    let found = rejected(&guard, &fixture, "auth_time", json!(NOW - 9_000)).await;
    let challenge = challenge(&found.unwrap());
    assert!(challenge.ends_with(", max_age=\"600\""), "{challenge}");
    assert!(!challenge.contains("acr_values"), "{challenge}");
}

#[test]
fn sign_in_without_time_is_too_old() {
    let fixture = Fixture::new();
    let guard = guard(&fixture).max_age(Duration::from_secs(u64::MAX));
    let mut claims = AccessClaims::new("a", "b", "c", NOW, NOW + 60);
    assert!(guard.authorize(&claims).is_err());
    for (time, is_accepted) in [(0, true), (NOW + 300, true), (NOW + 301, false)] {
        claims.auth_time = Some(time);
        assert_eq!(guard.authorize(&claims).is_ok(), is_accepted, "{time}");
    }
}

/// A token of a client has `auth_time` too, but no user signed in.
#[test]
fn client_token_is_no_recent_sign_in() {
    let fixture = Fixture::new();
    let guard = guard(&fixture).max_age(Duration::from_secs(600));
    let mut claims = AccessClaims::new("client", "b", "client", NOW, NOW + 60);
    claims.client_id = claims.sub.clone();
    claims.auth_time = Some(NOW);
    let rejection = guard.authorize(&claims).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::InsufficientAuthentication);
    claims.username = Some("user".to_owned());
    assert!(guard.authorize(&claims).is_ok());
}

#[test]
fn lowest_level_is_one() {
    let fixture = Fixture::new();
    let guard = guard(&fixture).least_acr_level(0);
    let mut claims = AccessClaims::new("a", "b", "c", NOW, NOW + 60);
    let challenge = challenge(&guard.authorize(&claims).unwrap_err());
    assert!(
        challenge.contains("acr_values=\"urn:cognito:loa:1 "),
        "{challenge}"
    );
    claims.acr = Some("urn:cognito:loa:0".to_owned());
    assert!(guard.authorize(&claims).is_err());
}

#[test]
fn requirements_of_several_calls_apply_together() {
    let fixture = Fixture::new();
    let with = |acr: &str| {
        let mut claims = AccessClaims::new("a", "b", "c", NOW, NOW + 60);
        claims.acr = Some(acr.to_owned());
        claims
    };
    let both = guard(&fixture)
        .any_acr([LEVEL_1, LEVEL_3])
        .least_acr_level(2);
    assert!(both.authorize(&with(LEVEL_3)).is_ok());
    for acr in [LEVEL_1, LEVEL_2, LEVEL_4] {
        assert!(both.authorize(&with(acr)).is_err(), "{acr}");
    }
    let none = [
        guard(&fixture).any_acr(Vec::<String>::new()),
        guard(&fixture).any_acr([""]),
        guard(&fixture).any_acr([LEVEL_1]).any_acr([LEVEL_2]),
        guard(&fixture).least_acr_level(5),
    ];
    for guard in none {
        for acr in [LEVEL_1, LEVEL_4, ""] {
            let rejection = guard.authorize(&with(acr)).unwrap_err();
            assert_eq!(rejection.status(), 401);
            assert_eq!(rejection.step_up(), None);
        }
    }
}

/// A level that is not valid in a challenge must not end its string.
#[test]
fn challenge_omits_invalid_levels() {
    let fixture = Fixture::new();
    let guard = guard(&fixture).any_acr([r#"a", error=""#, "b c", "é", "d"]);
    let claims = AccessClaims::new("a", "b", "c", NOW, NOW + 60);
    let challenge = challenge(&guard.authorize(&claims).unwrap_err());
    assert!(challenge.ends_with(", acr_values=\"d\""), "{challenge}");
}

/// A client that cannot use the application at all need not step up first.
#[tokio::test]
async fn invalid_token_is_no_step_up() {
    let fixture = Fixture::new();
    let guard = guard(&fixture).least_acr_level(2).scope("missing");
    let found = rejected(&guard, &fixture, "exp", json!(NOW)).await.unwrap();
    assert_eq!(found.kind(), RejectionKind::InvalidToken);
    // The levels are checked before the scopes.
    let found = rejected(&guard, &fixture, "acr", json!(LEVEL_1))
        .await
        .unwrap();
    assert_eq!(found.kind(), RejectionKind::InsufficientAuthentication);
}

#[tokio::test]
async fn requirement_of_verifier_is_in_challenge() {
    let fixture = Fixture::new();
    let keys = cognito_jwt::StaticJwks::new(fixture.pool.jwks_json());
    let builder = fixture.builder().jwks_source(keys);
    let builder = builder.least_acr_level(2).max_age(Duration::from_secs(600));
    let clock = FixedClock::at_unix(NOW);
    let verifier = builder.build().unwrap();
    let plain = Guard::access(verifier.clone()).clock(clock.clone());
    let levels = |levels: &str| format!(", acr_values=\"{levels}\", max_age=\"");
    for (guard, expected) in [
        (
            plain.clone(),
            levels("urn:cognito:loa:2 urn:cognito:loa:3 urn:cognito:loa:4") + "600\"",
        ),
        (
            plain
                .any_acr([LEVEL_1, LEVEL_3])
                .max_age(Duration::from_secs(60)),
            levels(LEVEL_3) + "60\"",
        ),
    ] {
        let found = rejected(&guard, &fixture, "acr", json!(LEVEL_1)).await;
        let rejection = found.unwrap();
        assert_eq!(rejection.kind(), RejectionKind::InsufficientAuthentication);
        let challenge = challenge(&rejection);
        assert!(challenge.ends_with(&expected), "{challenge}");
    }
}
