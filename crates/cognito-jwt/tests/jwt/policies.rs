//! The application's requirements for valid tokens: each one met and not met.

use std::time::Duration;

use cognito_core::{ErrorKind, Principal, TokenVerifier};
use cognito_jwt::{
    CognitoVerifier, CognitoVerifierBuilder, Reason, Stage, StaticJwks, VerifyError,
};
use cognito_testkit::{FixedClock, TestPool};
use serde_json::{Map, Value, json};

const POOL: &str = "us-east-1_TestPool1";
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) fn pool() -> TestPool {
    TestPool::new(POOL, "client1").with_clock(FixedClock::at_unix(NOW))
}

pub(crate) fn builder() -> CognitoVerifierBuilder {
    CognitoVerifier::builder(POOL.parse().unwrap())
        .client_id("client1")
        .clock(FixedClock::at_unix(NOW))
        .jwks_source(StaticJwks::new(pool().jwks_json()))
}

/// Changes claims of a token; `"remove"` removes one.
pub(crate) fn change(claims: &mut Map<String, Value>, changes: &Value) {
    for (name, value) in changes.as_object().unwrap() {
        if value == "remove" {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
}

pub(crate) fn outcome<T>(verified: Result<T, VerifyError>) -> Outcome {
    verified
        .map(drop)
        .map_err(|error| (error.reason(), error.claim()))
}

pub(crate) type Outcome = Result<(), (Reason, Option<&'static str>)>;

async fn access(builder: CognitoVerifierBuilder, changes: Value) -> Outcome {
    let token = pool().access_token(|claims| change(claims, &changes));
    let verifier = builder.build().unwrap();
    let waited = outcome(verifier.verify_access(&token).await);
    assert_eq!(outcome(verifier.verify_access_sync(&token)), waited);
    waited
}

async fn id(builder: CognitoVerifierBuilder, changes: Value) -> Outcome {
    let token = pool().id_token(|claims| change(claims, &changes));
    let verifier = builder.build().unwrap();
    let waited = outcome(verifier.verify_id(&token).await);
    assert_eq!(outcome(verifier.verify_id_sync(&token)), waited);
    waited
}

fn detail(builder: CognitoVerifierBuilder) -> String {
    let error = builder.build().expect_err("it should not build");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[test]
fn rejects_empty_requirement() {
    // A list without entries is a mistake of the caller.
    let none: [&str; 0] = [];
    assert!(detail(builder().require_any_group(none)).contains("groups is empty"));
    assert!(detail(builder().require_all_groups(none)).contains("groups is empty"));
    assert!(detail(builder().require_any_scope(none)).contains("scopes is empty"));
    assert!(detail(builder().require_all_scopes(none)).contains("scopes is empty"));
    // An empty list is rejected, even if another list is not empty.
    let hidden = builder().require_any_group(["a"]).require_any_group(none);
    assert!(detail(hidden).contains("groups is empty"));
    assert!(detail(builder().require_any_group(["a", ""])).contains("empty name"));
    assert!(detail(builder().require_any_scope([""])).contains("scope must"));
    assert!(detail(builder().require_all_scopes(["a b"])).contains("scope must"));
    assert!(detail(builder().expected_audience("")).contains("audience is empty"));
    assert!(detail(builder().max_age(Duration::from_millis(999))).contains("`max_age` must"));
    assert!(builder().max_age(Duration::from_secs(1)).build().is_ok());
}

#[tokio::test]
async fn groups_of_both_kinds_of_token() {
    const MISSING: Outcome = Err((Reason::MissingGroup, Some("cognito:groups")));
    let any = || builder().require_any_group(["a", "b"]);
    let all = || builder().require_all_groups(["a", "b"]);
    for (groups, has_any, has_all) in [
        (json!(["a", "b", "c"]), Ok(()), Ok(())),
        (json!(["b"]), Ok(()), MISSING),
        (json!(["c"]), MISSING, MISSING),
        (json!([]), MISSING, MISSING),
        (json!(["A", "B", " a", "ab"]), MISSING, MISSING),
        (json!("remove"), MISSING, MISSING),
    ] {
        let changes = json!({ "cognito:groups": groups });
        assert_eq!(access(any(), changes.clone()).await, has_any, "{changes}");
        assert_eq!(access(all(), changes.clone()).await, has_all, "{changes}");
        assert_eq!(id(any(), changes.clone()).await, has_any, "{changes}");
        assert_eq!(id(all(), changes.clone()).await, has_all, "{changes}");
    }
    // If the method is called twice, both lists apply.
    let both = || any().require_any_group(["c"]);
    let changes = json!({ "cognito:groups": ["a", "c"] });
    assert_eq!(access(both(), changes).await, Ok(()));
    let changes = json!({ "cognito:groups": ["c"] });
    assert_eq!(access(both(), changes).await, MISSING);
}

#[tokio::test]
async fn scopes_of_access_tokens() {
    const MISSING: Outcome = Err((Reason::MissingScope, Some("scope")));
    let any = || builder().require_any_scope(["r/a", "r/b"]);
    let all = || builder().require_all_scopes(["r/a", "r/b"]);
    for (scope, has_any, has_all) in [
        (json!("openid r/b r/a"), Ok(()), Ok(())),
        (json!("r/b"), Ok(()), MISSING),
        (json!("openid"), MISSING, MISSING),
        (json!("r/ar/b R/A r/a/"), MISSING, MISSING),
        (json!(""), MISSING, MISSING),
        (json!("remove"), MISSING, MISSING),
    ] {
        let changes = json!({ "scope": scope });
        assert_eq!(access(any(), changes.clone()).await, has_any, "{changes}");
        assert_eq!(access(all(), changes.clone()).await, has_all, "{changes}");
    }
    // ID tokens have no scopes.
    assert_eq!(id(all(), json!({})).await, Ok(()));
}

#[tokio::test]
async fn max_age_counts_from_sign_in_with_leeway() {
    let minute = || builder().max_age(Duration::from_secs(60));
    let lenient = || minute().leeway(Duration::from_secs(5));
    let too_old = Err((Reason::TooOld, Some("auth_time")));
    let invalid = Err((Reason::InvalidClaim, Some("auth_time")));
    let at = |auth_time: Value| json!({ "auth_time": auth_time });
    for (auth_time, expected) in [
        (json!(NOW), Ok(())),
        (json!(NOW - 60), Ok(())),
        (json!(NOW - 61), too_old),
        (json!(0), too_old),
        // Our clock is behind Cognito's: the user has just signed in.
        (json!(NOW + 2), Ok(())),
        (json!(NOW + 300), Ok(())),
        (json!(NOW + 301), invalid),
        (json!("remove"), invalid),
        (json!(null), invalid),
        (json!(NOW.to_string()), invalid),
    ] {
        let changes = at(auth_time);
        assert_eq!(
            access(minute(), changes.clone()).await,
            expected,
            "{changes}"
        );
        assert_eq!(id(minute(), changes.clone()).await, expected, "{changes}");
    }
    assert_eq!(access(lenient(), at(json!(NOW - 65))).await, Ok(()));
    assert_eq!(access(lenient(), at(json!(NOW - 66))).await, too_old);
    assert_eq!(access(lenient(), at(json!(NOW + 301))).await, invalid);
    // A token of a client has `auth_time` too, but no user signed in.
    let client = json!({ "sub": "client1", "username": "remove", "auth_time": NOW });
    assert_eq!(access(minute(), client.clone()).await, invalid);
    assert_eq!(access(builder(), client).await, Ok(()));
    // It is not required: a sign-in may have any age, or an unknown one.
    assert_eq!(access(builder(), at(json!(0))).await, Ok(()));
    assert_eq!(access(builder(), at(json!("remove"))).await, Ok(()));
}

#[tokio::test]
async fn the_audience_of_an_access_token() {
    let api = || builder().expected_audience("https://api.example");
    let wrong = Err((Reason::WrongAudience, Some("aud")));
    let invalid = Err((Reason::InvalidClaim, Some("aud")));
    for (aud, expected) in [
        (json!("https://api.example"), Ok(())),
        (
            json!(["https://other.example", "https://api.example"]),
            Ok(()),
        ),
        (json!("https://api.example/"), wrong),
        (json!("client1"), wrong),
        (json!(["https://other.example"]), wrong),
        (json!([]), wrong),
        (json!(""), wrong),
        (json!("remove"), wrong),
        (json!(["https://api.example", 1]), invalid),
        (json!({ "https://api.example": 1 }), invalid),
    ] {
        let changes = json!({ "aud": aud });
        assert_eq!(access(api(), changes.clone()).await, expected, "{changes}");
    }
    let either = api().expected_audience("b");
    assert_eq!(access(either, json!({ "aud": "b" })).await, Ok(()));
    // The audience of an ID token is the app client, whatever resource is expected.
    assert_eq!(id(api(), json!({})).await, Ok(()));
    // It is not required: any audience is accepted.
    assert_eq!(access(builder(), json!({ "aud": ["x"] })).await, Ok(()));
    assert_eq!(access(builder(), json!({ "aud": "remove" })).await, Ok(()));
}

#[tokio::test]
async fn the_level_of_a_sign_in() {
    let two = || builder().least_acr_level(2);
    let weak = Err((Reason::TooWeak, Some("acr")));
    for (acr, expected) in [
        (json!("urn:cognito:loa:2"), Ok(())),
        (json!("urn:cognito:loa:10"), Ok(())),
        (json!("urn:cognito:loa:1"), weak),
        (json!("urn:cognito:loa:"), weak),
        (json!("urn:cognito:loa:+3"), weak),
        (json!("urn:cognito:loa:-3"), weak),
        (json!("urn:cognito:loa:3 "), weak),
        (json!("urn:cognito:loa:99999999999"), weak),
        (json!("URN:cognito:loa:3"), weak),
        (json!("3"), weak),
        (json!("remove"), weak),
        (json!(3), Err((Reason::InvalidClaim, Some("acr")))),
    ] {
        let changes = json!({ "acr": acr });
        assert_eq!(access(two(), changes.clone()).await, expected, "{changes}");
        assert_eq!(id(two(), changes.clone()).await, expected, "{changes}");
    }
    assert_eq!(access(builder(), json!({ "acr": "x" })).await, Ok(()));
    assert!(detail(builder().least_acr_level(0)).contains("at least 1"));
}

#[tokio::test]
async fn the_methods_of_a_sign_in() {
    const WEAK: Outcome = Err((Reason::TooWeak, Some("amr")));
    let any = || builder().require_any_amr(["mfa", "hwk"]);
    let all = || builder().require_all_amr(["mfa", "hwk"]);
    for (amr, has_any, has_all) in [
        (json!(["pwd", "mfa", "hwk"]), Ok(()), Ok(())),
        (json!(["pwd", "mfa"]), Ok(()), WEAK),
        (json!(["pwd"]), WEAK, WEAK),
        (json!([]), WEAK, WEAK),
        (json!("remove"), WEAK, WEAK),
    ] {
        let changes = json!({ "amr": amr });
        assert_eq!(access(any(), changes.clone()).await, has_any, "{changes}");
        assert_eq!(id(all(), changes.clone()).await, has_all, "{changes}");
    }
    let none: [&str; 0] = [];
    assert!(detail(builder().require_any_amr(none)).contains("methods is empty"));
    assert!(detail(builder().require_all_amr([""])).contains("empty name"));
}

#[tokio::test]
async fn only_permitted_actors_are_accepted() {
    let none: [&str; 0] = [];
    let delegated = Err((Reason::Delegated, Some("act")));
    let by = |sub: &str| json!({ "act": { "sub": sub } });
    for changes in [by("agent-1"), by("agent-2"), json!({})] {
        assert_eq!(
            access(builder(), changes.clone()).await,
            Ok(()),
            "{changes}"
        );
    }
    let one = || builder().only_actors(["agent-1"]);
    assert_eq!(access(one(), by("agent-1")).await, Ok(()));
    assert_eq!(access(one(), json!({})).await, Ok(()));
    assert_eq!(access(one(), by("agent-2")).await, delegated);
    assert_eq!(id(one(), by("agent-2")).await, delegated);
    // Earlier actors in the chain are ignored (RFC 8693 section 4.1).
    let chain = json!({ "act": { "sub": "agent-2", "act": { "sub": "agent-1" } } });
    assert_eq!(access(one(), chain).await, delegated);
    assert_eq!(
        access(builder().only_actors(none), by("agent-1")).await,
        delegated
    );
    assert_eq!(access(builder().only_actors(none), json!({})).await, Ok(()));
}

#[tokio::test]
async fn checks_of_the_application() {
    let rejected = Err((Reason::CustomCheck, None));
    let checked = || {
        builder()
            .custom_access_check(|claims| claims.get("tenant") == Some(json!("t1")))
            .custom_access_check(|claims| matches!(claims.principal(), Principal::User { .. }))
            .custom_id_check(|claims| claims.email_verified == Some(true))
    };
    assert_eq!(access(checked(), json!({ "tenant": "t1" })).await, Ok(()));
    assert_eq!(access(checked(), json!({ "tenant": "t2" })).await, rejected);
    let machine = json!({ "tenant": "t1", "sub": "client1", "username": "remove" });
    assert_eq!(access(checked(), machine).await, rejected);
    assert_eq!(
        id(checked(), json!({ "email_verified": true })).await,
        Ok(())
    );
    assert_eq!(
        id(checked(), json!({ "email_verified": false })).await,
        rejected
    );
}

#[tokio::test]
async fn sign_in_checks_precede_group_checks() {
    let strict = || {
        builder()
            .expected_audience("api")
            .max_age(Duration::from_secs(60))
            .require_all_amr(["mfa"])
            .only_actors(["a"])
            .require_any_group(["admins"])
            .require_any_scope(["r/a"])
            .custom_access_check(|_| false)
    };
    let mut changes = json!({
        "exp": NOW, "aud": "x", "sub": "", "auth_time": 1, "act": { "sub": "b" },
        "cognito:groups": [], "scope": "x",
    });
    for (name, good, reason) in [
        ("exp", json!(NOW + 60), Reason::Expired),
        ("sub", json!("sub-1"), Reason::InvalidClaim),
        ("aud", json!("api"), Reason::WrongAudience),
        ("auth_time", json!(NOW), Reason::TooOld),
        ("amr", json!(["mfa"]), Reason::TooWeak),
        ("act", json!({ "sub": "a" }), Reason::Delegated),
        ("cognito:groups", json!(["admins"]), Reason::MissingGroup),
        ("scope", json!("r/a"), Reason::MissingScope),
        ("jti", json!("j"), Reason::CustomCheck),
    ] {
        changes["iat"] = json!(NOW - 9);
        let found = access(strict(), changes.clone()).await.unwrap_err();
        assert_eq!(found.0, reason);
        assert_eq!(reason.stage(), Stage::Claims);
        changes[name] = good;
    }
}

#[tokio::test]
async fn port_enforces_same_requirements() {
    // It also separates 403 from 401.
    let verifier: Box<dyn TokenVerifier> = Box::new(
        builder()
            .require_any_group(["admins"])
            .custom_id_check(|_| false)
            .build()
            .unwrap(),
    );
    let error = verifier
        .verify_access(&pool().access_token(|claims| drop(claims.remove("cognito:groups"))))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InsufficientScope);
    assert_eq!(error.status(), 403);
    assert!(error.to_string().contains("MissingGroup"), "{error}");
    let member = json!({ "cognito:groups": ["admins"] });
    let token = pool().id_token(|claims| change(claims, &member));
    let error = verifier.verify_id(&token).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenInvalid);
    assert_eq!(error.status(), 401);
}
