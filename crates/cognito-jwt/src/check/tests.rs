//! Each claim, one change at a time.

use serde_json::json;

use super::*;

const NOW: u64 = 1_800_000_000;

fn expectations() -> Expectations {
    Expectations {
        issuer: "https://issuer.example/pool".to_owned(),
        clients: Clients::OneOf(BTreeSet::from([ClientId::new("client1").unwrap()])),
        leeway: 0,
        policies: Policies::default(),
    }
}

fn claims(token_use: &str, changes: Value) -> Map<String, Value> {
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
    claims
}

fn check_access(changes: Value) -> Result<AccessClaims> {
    access(claims("access", changes), &expectations(), NOW)
}

fn check_id(changes: Value) -> Result<IdClaims> {
    id(claims("id", changes), &expectations(), None, NOW)
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
    assert_eq!(claims.all["custom"], json!([1]));
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
    }))
    .unwrap();
    assert_eq!(claims.aud, "client1");
    assert_eq!(claims.username.as_deref(), Some("alice"));
    assert_eq!(claims.email.as_deref(), Some("alice@example.com"));
    assert_eq!(claims.email_verified, Some(true));
    assert_eq!(claims.phone_number_verified, Some(false));
    assert_eq!(claims.nonce.as_deref(), Some("n"));
    assert!(claims.groups.is_empty());
}

#[test]
fn a_wrong_type_is_refused_and_never_taken_for_absent() {
    for name in [
        "auth_time",
        "cognito:groups",
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
        "cognito:username",
        "email",
        "email_verified",
        "nonce",
        "phone_number",
        "phone_number_verified",
    ] {
        for value in [json!(null), json!(1), json!([])] {
            let error = check_id(json!({ name: value })).unwrap_err();
            assert_eq!(
                (error.reason(), error.claim()),
                (Reason::InvalidClaim, Some(name))
            );
        }
    }
}

#[test]
fn the_audience_of_an_access_token_is_one_text_or_several() {
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
fn the_order_of_refusals_is_fixed() {
    let mut changes = json!({
        "iss": 1, "token_use": 1, "client_id": 1, "exp": 1, "sub": 1,
    });
    for (name, reason) in [
        ("iss", Reason::InvalidIssuer),
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
fn a_token_is_valid_before_exp_and_from_nbf_on() {
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
    let check = |changes| {
        access(claims("access", changes), &expected, NOW)
            .err()
            .map(|error| error.reason())
    };
    assert_eq!(check(json!({ "exp": NOW - 59 })), None);
    assert_eq!(check(json!({ "exp": NOW - 60 })), Some(Reason::Expired));
    assert_eq!(check(json!({ "nbf": NOW + 60 })), None);
    assert_eq!(check(json!({ "nbf": NOW + 61 })), Some(Reason::NotYetValid));
    let at_the_end_of_time = access(claims("access", json!({})), &expected, u64::MAX);
    assert_eq!(at_the_end_of_time.unwrap_err().reason(), Reason::Expired);
}

#[test]
fn any_client_still_has_a_name() {
    let mut expected = expectations();
    expected.clients = Clients::Any;
    let check = |client| {
        access(
            claims("access", json!({ "client_id": client })),
            &expected,
            NOW,
        )
    };
    assert_eq!(check(json!("another")).unwrap().client_id, "another");
    for client in [json!(""), json!(null), json!(["client1"])] {
        assert_eq!(check(client).unwrap_err().reason(), Reason::InvalidClient);
    }
}
