//! Tests of the token of an app client, and of the response of the `userInfo` endpoint.

use std::collections::BTreeSet;
use std::time::Duration;

use cognito_core::hosted_login::client_token::ClientToken;
use cognito_core::hosted_login::user_info::UserInfo;
use cognito_core::{AccessToken, ErrorKind, Result};
use serde_json::{Value, json};

#[test]
fn json_has_tokens_and_debug_hides_them() {
    let token = AccessToken::new("aaa.bbb.ccc").unwrap();
    let token = ClientToken::new(token, Duration::from_secs(3600), BTreeSet::new());
    assert_eq!(
        serde_json::to_value(&token).unwrap(),
        serde_json::json!({
            "accessToken": "aaa.bbb.ccc",
            "expiresIn": 3600,
            "tokenType": "Bearer",
        })
    );
    assert!(!format!("{token:?}").contains("aaa"));
}

fn read(value: &Value) -> Result<UserInfo> {
    UserInfo::new(value.as_object().cloned().unwrap_or_default())
}

#[test]
fn flags_are_understood_as_words_and_as_such() {
    let info = read(&json!({
        "sub": "1", "email_verified": "true", "phone_number_verified": false,
    }));
    let info = info.unwrap();
    assert_eq!(info.email_verified(), Some(true));
    assert_eq!(info.phone_number_verified(), Some(false));
    let odd = read(&json!({ "sub": "1", "email_verified": "yes" })).unwrap();
    assert_eq!(odd.email_verified(), None);
    assert_eq!(odd.phone_number_verified(), None);
}

#[test]
fn rejects_user_info_without_sub() {
    for value in [json!({}), json!({ "sub": "" }), json!({ "sub": 7 })] {
        assert_eq!(read(&value).unwrap_err().kind(), ErrorKind::Unknown);
    }
}

#[test]
fn debug_shows_no_values() {
    let info = read(&json!({ "sub": "123", "email": "ann@example.com" })).unwrap();
    let shown = format!("{info:?}");
    assert!(
        shown.contains("email") && !shown.contains("ann@") && !shown.contains("123"),
        "{shown}"
    );
}
