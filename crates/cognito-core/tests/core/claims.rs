//! Tests of the JSON of claims, and of the principal of an access token.

use cognito_core::{AccessClaims, IdClaims, Principal};
use serde_json::json;

#[test]
fn claims_serialize_to_the_payload_of_the_token() {
    let payload = json!({
        "sub": "3f0c-sub",
        "exp": 1_704_114_000,
        "cognito:groups": ["admins"],
        "custom:department": {"number": 7.5},
    });
    let mut access = AccessClaims::new("3f0c-sub", "issuer", "client", 1, 2);
    let mut id = IdClaims::new("3f0c-sub", "issuer", "client", 1, 2);
    assert_eq!(serde_json::to_value(&access).unwrap(), json!({}));
    access.set_payload(payload.to_string());
    id.set_payload(payload.to_string());
    assert_eq!(serde_json::to_value(&access).unwrap(), payload);
    assert_eq!(serde_json::to_value(&id).unwrap(), payload);
    assert_eq!(id.get("custom:department"), Some(json!({"number": 7.5})));
    assert_eq!(id.get("department"), None);
}

#[test]
fn user_has_a_name_and_client_none() {
    let mut claims = AccessClaims::new("client", "issuer", "client", 1, 2);
    assert!(matches!(
        claims.principal(),
        Principal::Machine {
            client_id: "client",
            ..
        }
    ));
    claims.username = Some("alice".to_owned());
    claims.sub = "3f0c-sub".to_owned();
    assert!(matches!(
        claims.principal(),
        Principal::User {
            sub: "3f0c-sub",
            username: Some("alice"),
            ..
        }
    ));
}
