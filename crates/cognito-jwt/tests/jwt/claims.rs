//! Each claim, one change at a time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_core::{AccessClaims, ClientId, Clock, IdClaims};
use cognito_jwt::test_util::{check_access_claims, check_id_claims};
use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder, Reason, StaticJwks, VerifyError};
use cognito_testkit::TestPool;
use serde_json::{Map, Value, json};

const ISSUER: &str = "https://issuer.example/pool";
const NOW: u64 = 1_800_000_000;

fn payload(token_use: &str, changes: Value) -> Map<String, Value> {
    let claims = json!({
        "iss": ISSUER,
        "token_use": token_use,
        "client_id": "client1",
        "aud": "client1",
        "sub": "sub-1",
        "iat": NOW - 100,
        "exp": NOW + 100,
    });
    let (Value::Object(mut claims), Value::Object(changes)) = (claims, changes) else {
        panic!("not objects");
    };
    for (name, value) in changes {
        if value == "remove" {
            claims.remove(&name);
        } else {
            claims.insert(name, value);
        }
    }
    claims
}

fn written(token_use: &str, changes: Value) -> Vec<u8> {
    Value::Object(payload(token_use, changes))
        .to_string()
        .into_bytes()
}

fn client() -> ClientId {
    ClientId::new("client1").unwrap()
}

fn check_access(changes: Value) -> Result<AccessClaims, VerifyError> {
    check_access_claims(&written("access", changes), ISSUER, &client(), NOW)
}

fn check_id(changes: Value) -> Result<IdClaims, VerifyError> {
    check_id_claims(&written("id", changes), ISSUER, &client(), NOW)
}

fn rejected(changes: Value) -> (Reason, Option<&'static str>) {
    let error = check_access(changes).unwrap_err();
    (error.reason(), error.claim())
}

#[test]
fn an_access_token_is_read() {
    let claims = check_access(json!({
        "scope": "openid  a/b ",
        "cognito:groups": ["admins", "users"],
        "username": "alice",
        "jti": "j",
        "origin_jti": "o",
        "auth_time": NOW - 200,
        "nbf": NOW,
        "acr": "urn:cognito:loa:2",
        "amr": ["pwd", "mfa"],
        "act": { "sub": "agent-1", "client_id": "client2", "act": { "sub": "agent-0" } },
        "device_key": "d",
        "custom": [1],
    }))
    .unwrap();
    assert_eq!(claims.sub, "sub-1");
    assert_eq!(claims.client_id, "client1");
    assert_eq!(claims.scope, ["openid", "a/b"]);
    assert_eq!(claims.groups, ["admins", "users"]);
    assert_eq!(claims.username.as_deref(), Some("alice"));
    assert_eq!(claims.jti.as_deref(), Some("j"));
    assert_eq!(claims.origin_jti.as_deref(), Some("o"));
    assert_eq!((claims.iat, claims.exp), (NOW - 100, NOW + 100));
    assert_eq!(claims.auth_time, Some(NOW - 200));
    assert_eq!(claims.nbf, Some(NOW));
    assert_eq!(claims.aud, ["client1"]);
    assert_eq!(claims.acr.as_deref(), Some("urn:cognito:loa:2"));
    assert_eq!(claims.amr, ["pwd", "mfa"]);
    let actor = claims.act.unwrap();
    assert_eq!(actor.sub, "agent-1");
    assert_eq!(actor.client_id.as_deref(), Some("client2"));
    assert_eq!(claims.device_key.as_deref(), Some("d"));
}

#[test]
fn an_id_token_is_read() {
    let claims = check_id(json!({
        "cognito:username": "alice",
        "email": "alice@example.com",
        "email_verified": "true",
        "phone_number": "+15550100",
        "phone_number_verified": false,
        "nonce": "n",
        "at_hash": "h",
        "cognito:roles": ["arn:aws:iam::1:role/a"],
        "cognito:preferred_role": "arn:aws:iam::1:role/a",
    }))
    .unwrap();
    assert_eq!(claims.aud, "client1");
    assert_eq!(claims.username.as_deref(), Some("alice"));
    assert_eq!(claims.email.as_deref(), Some("alice@example.com"));
    assert_eq!(claims.email_verified, Some(true));
    assert_eq!(claims.phone_number_verified, Some(false));
    assert_eq!(claims.nonce.as_deref(), Some("n"));
    assert_eq!(claims.at_hash.as_deref(), Some("h"));
    assert_eq!(claims.roles, ["arn:aws:iam::1:role/a"]);
    assert_eq!(
        claims.preferred_role.as_deref(),
        Some("arn:aws:iam::1:role/a")
    );
    assert!(claims.act.is_none());
    assert!(claims.groups.is_empty());
    for (written, read) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
    ] {
        let claims = check_id(json!({ "email_verified": written })).unwrap();
        assert_eq!(claims.email_verified, Some(read), "{written}");
    }
}

#[test]
fn rejects_claim_of_wrong_type() {
    // A claim of a wrong type must not count as absent.
    for name in [
        "acr",
        "act",
        "amr",
        "auth_time",
        "cognito:groups",
        "device_key",
        "jti",
        "nbf",
        "origin_jti",
        "scope",
        "username",
    ] {
        assert!(check_access(json!({ name: "remove" })).is_ok(), "{name}");
        for value in [json!(null), json!({}), json!([1]), json!(true)] {
            assert_eq!(
                rejected(json!({ name: value })),
                (Reason::InvalidClaim, Some(name))
            );
        }
    }
    for name in [
        "at_hash",
        "cognito:preferred_role",
        "cognito:roles",
        "cognito:username",
        "email",
        "email_verified",
        "nonce",
        "phone_number",
        "phone_number_verified",
    ] {
        for value in [json!(null), json!(1), json!([1])] {
            let error = check_id(json!({ name: value })).unwrap_err();
            assert_eq!(
                (error.reason(), error.claim()),
                (Reason::InvalidClaim, Some(name))
            );
        }
    }
}

#[test]
fn access_token_audience_is_string_or_list() {
    for aud in [json!("remove"), json!("https://api"), json!(["a", "b"])] {
        assert!(check_access(json!({ "aud": aud })).is_ok(), "{aud}");
    }
    for aud in [json!(null), json!(1), json!(["a", 1])] {
        assert_eq!(
            rejected(json!({ "aud": aud })),
            (Reason::InvalidClaim, Some("aud"))
        );
    }
    assert_eq!(
        rejected(json!({ "aud": "client1", "client_id": "remove" })),
        (Reason::InvalidClient, Some("client_id"))
    );
}

#[test]
fn check_order_is_fixed() {
    let mut changes = json!({
        "token_use": 1, "client_id": 1, "exp": 1, "sub": 1,
    });
    for (name, reason) in [
        ("token_use", Reason::WrongTokenUse),
        ("client_id", Reason::InvalidClient),
        ("exp", Reason::Expired),
        ("sub", Reason::InvalidClaim),
    ] {
        assert_eq!(rejected(changes.clone()), (reason, Some(name)));
        changes.as_object_mut().unwrap().remove(name);
    }
}

#[test]
fn valid_from_nbf_until_before_exp() {
    let cases = [
        (json!({ "exp": NOW + 1 }), None),
        (json!({ "exp": NOW }), Some(Reason::Expired)),
        (json!({ "exp": -1 }), Some(Reason::Expired)),
        (json!({ "exp": -0.5 }), Some(Reason::Expired)),
        (json!({ "exp": 1_800_000_001.0 }), None),
        (json!({ "exp": 1_800_000_000.9 }), Some(Reason::Expired)),
        (json!({ "exp": u64::MAX }), Some(Reason::InvalidClaim)),
        (json!({ "exp": 1e300 }), Some(Reason::InvalidClaim)),
        (json!({ "exp": "1800000100" }), Some(Reason::InvalidClaim)),
        (json!({ "nbf": NOW }), None),
        (json!({ "nbf": NOW + 1 }), Some(Reason::NotYetValid)),
        (json!({ "nbf": 1_800_000_000.1 }), Some(Reason::NotYetValid)),
        (json!({ "nbf": u64::MAX }), Some(Reason::NotYetValid)),
        (json!({ "nbf": -1 }), Some(Reason::InvalidClaim)),
        (json!({ "iat": NOW + 100 }), None),
        (json!({ "iat": NOW + 101 }), Some(Reason::InvalidClaim)),
        (json!({ "iat": NOW + 100 - 86_400 }), None),
        (
            json!({ "iat": NOW + 99 - 86_400 }),
            Some(Reason::InvalidClaim),
        ),
        (json!({ "iat": -1 }), Some(Reason::InvalidClaim)),
    ];
    for (changes, expected) in cases {
        let reason = check_access(changes.clone())
            .err()
            .map(|error| error.reason());
        assert_eq!(reason, expected, "{changes}");
    }
}

#[test]
fn an_actor_has_a_sub() {
    for act in [
        json!({}),
        json!({ "sub": "" }),
        json!({ "sub": 1 }),
        json!({ "sub": "a", "client_id": 1 }),
        json!("a"),
    ] {
        let rejected = rejected(json!({ "act": act }));
        assert_eq!(rejected, (Reason::InvalidClaim, Some("act")), "{act}");
    }
}

#[test]
fn payload_errors_have_their_own_reason() {
    let reason = |payload: &str| {
        let checked = check_access_claims(payload.as_bytes(), ISSUER, &client(), NOW);
        checked.unwrap_err().reason()
    };
    assert_eq!(reason("{}"), Reason::InvalidIssuer);
    assert_eq!(reason("[]"), Reason::Malformed);
    assert_eq!(reason(r#"{"x":1e400}"#), Reason::InvalidClaim);
    assert_eq!(reason(r#"{"x":1,"\u0078":2}"#), Reason::DuplicateKey);
    assert_eq!(
        reason(r#"{"sub":"a","\u0073ub":"b"}"#),
        Reason::DuplicateKey
    );
}

/// A clock that always has the same time, which a `SystemTime` need not be able to express.
#[derive(Clone, Copy, Debug)]
struct Second(u64);

impl Clock for Second {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn unix_seconds(&self) -> u64 {
        self.0
    }
}

fn pool() -> TestPool {
    TestPool::new("us-east-1_TestPool1", "client1")
}

fn builder() -> CognitoVerifierBuilder {
    CognitoVerifier::builder("us-east-1_TestPool1".parse().unwrap())
        .issuer(ISSUER)
        .clock(Second(NOW))
        .jwks_source(StaticJwks::new(pool().jwks_json()))
}

/// Verifies a signed access token with these claims.
fn verify(builder: CognitoVerifierBuilder, changes: Value) -> Option<Reason> {
    let verifier = builder.build().unwrap();
    let token = pool().access_token(|claims| *claims = payload("access", changes));
    let error = verifier.verify_access_sync(&token).err()?;
    Some(error.reason())
}

#[test]
fn leeway_moves_both_ends() {
    let reason = |changes| {
        let lenient = builder()
            .client_id("client1")
            .leeway(Duration::from_secs(60));
        verify(lenient, changes)
    };
    assert_eq!(reason(json!({ "exp": NOW - 59 })), None);
    assert_eq!(reason(json!({ "exp": NOW - 60 })), Some(Reason::Expired));
    assert_eq!(reason(json!({ "nbf": NOW + 60 })), None);
    let early = reason(json!({ "nbf": NOW + 61 }));
    assert_eq!(early, Some(Reason::NotYetValid));
}

#[test]
fn far_future_times_cannot_overflow() {
    const LAST: u64 = u64::MAX;
    let reason = |now, changes| {
        let builder = builder().client_id("client1").clock(Second(now));
        let lenient = builder.leeway(Duration::from_secs(60));
        verify(lenient.max_age(Duration::from_millis(60_999)), changes)
    };
    let at_the_end =
        |auth_time: u64| json!({ "iat": LAST - 9, "exp": LAST, "auth_time": auth_time });
    assert_eq!(reason(LAST, at_the_end(LAST)), Some(Reason::Expired));
    assert_eq!(reason(LAST - 1, at_the_end(LAST)), None);
    assert_eq!(reason(LAST - 1, at_the_end(LAST - 121)), None);
    let too_old = Some(Reason::TooOld);
    assert_eq!(reason(LAST - 1, at_the_end(LAST - 122)), too_old);
    assert_eq!(reason(LAST - 1, at_the_end(0)), too_old);
    assert_eq!(reason(NOW, at_the_end(NOW)), None);
}

#[test]
fn any_client_still_has_a_name() {
    let any = || builder().danger_any_client();
    assert_eq!(verify(any(), json!({ "client_id": "another" })), None);
    for client in [json!(""), json!(null), json!(["client1"])] {
        let rejected = verify(any(), json!({ "client_id": client }));
        assert_eq!(rejected, Some(Reason::InvalidClient));
    }
}
