//! Each claim, one change at a time.

use serde_json::{Value, json};

use super::*;

const NOW: u64 = 1_800_000_000;

fn expectations() -> Expectations {
    Expectations {
        clients: Clients::OneOf(BTreeSet::from([ClientId::new("client1").unwrap()])),
        leeway: 0,
        policies: Policies::default(),
    }
}

fn payload(token_use: &str, changes: Value) -> String {
    let claims = json!({
        "iss": "https://issuer.example/pool",
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
    Value::Object(claims).to_string()
}

fn check<T: Kind>(payload: &str, expected: &Expectations, now: u64) -> Result<T> {
    let claims = Claims::read(payload)?;
    T::check(&claims, "https://issuer.example/pool", expected, now)
}

fn check_access(changes: Value) -> Result<AccessClaims> {
    check(&payload("access", changes), &expectations(), NOW)
}

fn check_id(changes: Value) -> Result<IdClaims> {
    check(&payload("id", changes), &expectations(), NOW)
}

fn refused(changes: Value) -> (Reason, Option<&'static str>) {
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
                refused(json!({ name: value })),
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
            refused(json!({ "aud": aud })),
            (Reason::InvalidClaim, Some("aud"))
        );
    }
    assert_eq!(
        refused(json!({ "aud": "client1", "client_id": "remove" })),
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
        assert_eq!(refused(changes.clone()), (reason, Some(name)));
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
fn leeway_moves_both_ends_and_cannot_overflow() {
    let mut expected = expectations();
    expected.leeway = 60;
    let reason = |changes, now| {
        let access = check::<AccessClaims>(&payload("access", changes), &expected, now);
        access.err().map(|error| error.reason())
    };
    assert_eq!(reason(json!({ "exp": NOW - 59 }), NOW), None);
    let expired = reason(json!({ "exp": NOW - 60 }), NOW);
    assert_eq!(expired, Some(Reason::Expired));
    assert_eq!(reason(json!({ "nbf": NOW + 60 }), NOW), None);
    let early = reason(json!({ "nbf": NOW + 61 }), NOW);
    assert_eq!(early, Some(Reason::NotYetValid));
    let at_the_end_of_time = reason(json!({}), u64::MAX);
    assert_eq!(at_the_end_of_time, Some(Reason::Expired));
}

#[test]
fn changing_checks_are_repeated() {
    let expected = expectations();
    let access = check_access(json!({ "nbf": NOW, "auth_time": NOW - 100 })).unwrap();
    let reason = |expected: &Expectations, now| {
        let again = access.check_again(expected, now);
        again.err().map(|error| error.reason())
    };
    assert_eq!(reason(&expected, NOW), None);
    assert_eq!(reason(&expected, NOW + 99), None);
    assert_eq!(reason(&expected, NOW + 100), Some(Reason::Expired));
    assert_eq!(reason(&expected, NOW - 1), Some(Reason::NotYetValid));
    let mut expected = expectations();
    expected.policies.max_age = Some(std::time::Duration::from_secs(150));
    assert_eq!(reason(&expected, NOW + 50), None);
    assert_eq!(reason(&expected, NOW + 51), Some(Reason::TooOld));
    let id = check_id(json!({ "auth_time": NOW - 100 })).unwrap();
    assert!(id.check_again(&expected, NOW).is_ok());
    let error = id.check_again(&expected, NOW + 100).unwrap_err();
    assert_eq!(error.reason(), Reason::Expired);
}

#[test]
fn any_client_still_has_a_name() {
    let mut expected = expectations();
    expected.clients = Clients::Any;
    let check = |client| {
        let payload = payload("access", json!({ "client_id": client }));
        check::<AccessClaims>(&payload, &expected, NOW)
    };
    assert_eq!(check(json!("another")).unwrap().client_id, "another");
    for client in [json!(""), json!(null), json!(["client1"])] {
        assert_eq!(check(client).unwrap_err().reason(), Reason::InvalidClient);
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
        let refused = refused(json!({ "act": act }));
        assert_eq!(refused, (Reason::InvalidClaim, Some("act")), "{act}");
    }
}

#[test]
fn payload_errors_have_their_own_reason() {
    let reason = |payload: &str| Claims::read(payload).err().map(|e| e.reason());
    assert_eq!(reason("{}"), None);
    assert_eq!(reason("[]"), Some(Reason::Malformed));
    assert_eq!(reason(r#"{"x":1e400}"#), Some(Reason::InvalidClaim));
    assert_eq!(reason(r#"{"x":1,"\u0078":2}"#), Some(Reason::DuplicateKey));
    assert_eq!(
        reason(r#"{"sub":"a","\u0073ub":"b"}"#),
        Some(Reason::DuplicateKey)
    );
}
