//! Tokens whose JSON is written differently with the same meaning: all are accepted.

use std::sync::LazyLock;

use cognito_core::AccessClaims;
use cognito_jwt::CognitoVerifier;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::spelling::spell;
use super::{NOW, access_claims, builder, cases, header, pick_from, pool, ready};

/// Returns the fields of the typed claims.
fn fields(claims: &AccessClaims) -> impl PartialEq + std::fmt::Debug {
    let texts = [
        Some(claims.sub.clone()),
        Some(claims.iss.clone()),
        Some(claims.client_id.clone()),
        claims.jti.clone(),
        claims.username.clone(),
        claims.act.as_ref().map(|actor| actor.sub.clone()),
        claims
            .act
            .as_ref()
            .and_then(|actor| actor.client_id.clone()),
    ];
    let times = [
        Some(claims.exp),
        Some(claims.iat),
        claims.nbf,
        claims.auth_time,
    ];
    (texts, times, claims.scope.clone(), claims.groups.clone())
}

/// Returns `true` if two values mean the same: a number may be written as a fraction that is whole.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let has = |(name, a)| b.get(name).is_some_and(|b| same(a, b));
            a.len() == b.len() && a.iter().all(has)
        }
        _ => a == b,
    }
}

/// Any JSON value with little nesting.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e15..1e15).prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((any::<String>(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

static VERIFIER: LazyLock<CognitoVerifier> = LazyLock::new(|| ready(builder()));

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn accepts_each_spelling_that_json_allows(
        choices in vec(any::<u8>(), 0..3000),
        others in vec((".{0,8}", value()), 0..4),
    ) {
        let mut claims = access_claims();
        for (name, value) in others {
            claims.entry(format!("custom:{name}")).or_insert(value);
        }
        let expected = pool().sign_raw(
            &Value::Object(header()).to_string(),
            &Value::Object(claims.clone()).to_string(),
        );
        let mut pick = pick_from(&choices);
        let payload = spell(&Value::Object(claims.clone()), &mut pick);
        let header = spell(&Value::Object(header()), &mut pick);
        let token = pool().sign_raw(&header, &payload);

        let verifier = &*VERIFIER;
        let expected = verifier.verify_access_sync(&expected).unwrap();
        let read = verifier.verify_access_sync(&token);
        prop_assert!(read.is_ok(), "{:?}: {header} {payload}", read);
        let read = read.unwrap();
        prop_assert_eq!(format!("{:?}", fields(&read)), format!("{:?}", fields(&expected)));
        prop_assert!(same(&read.all().into(), &expected.all().into()), "{payload}");
    }
}

#[test]
fn a_date_is_the_same_in_each_spelling() {
    let verifier = &*VERIFIER;
    let exp = NOW + 100;
    for spelled in [
        "1800000100",
        "1800000100.0",
        "1800000100.00e0",
        "18000001e2",
        "18000001E+02",
        "1.8000001e9",
        "0.018000001e11",
        "180000010000e-2",
    ] {
        let payload = Value::Object(access_claims()).to_string();
        let written = format!("\"exp\":{}", NOW + 3600);
        assert!(payload.contains(&written));
        let payload = payload.replace(&written, &format!("\"exp\":{spelled}"));
        let token = pool().sign_raw(&Value::Object(header()).to_string(), &payload);
        let claims = verifier.verify_access_sync(&token).unwrap();
        assert_eq!(claims.exp, exp, "{spelled}");
    }
}
