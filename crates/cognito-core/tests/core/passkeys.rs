//! Tests of passkeys: options, credentials and lists.

use std::time::UNIX_EPOCH;

use cognito_core::account::passkeys::{
    Passkey, PasskeyAssertion, PasskeyCreationOptions, PasskeyPage, PasskeyPageSize,
    PasskeyRegistration, PasskeyRequestOptions,
};
use serde_json::{Value, json};

/// The maximum length of a credential, in bytes.
const LONGEST: usize = 131_072;
const CREATED: &str = r#"{"id":"AQ","response":{"attestationObject":"oA"}}"#;
const ASKED: &str = r#"{"id":"AQ","response":{"signature":"MEU"}}"#;

#[test]
fn creation_and_assertion_are_not_interchangeable() {
    assert!(PasskeyRegistration::new(CREATED).is_ok());
    assert!(PasskeyAssertion::new(ASKED).is_ok());
    assert!(PasskeyRegistration::new(ASKED).is_err());
    assert!(PasskeyAssertion::new(CREATED).is_err());
    let value = serde_json::from_str::<Value>(CREATED).unwrap();
    assert!(PasskeyAssertion::try_from(value.clone()).is_err());
    assert_eq!(
        *PasskeyRegistration::try_from(value.clone())
            .unwrap()
            .as_json(),
        value
    );
}

#[test]
fn rejected_credential_is_not_repeated() {
    let deep = "[".repeat(1000);
    let long = format!("{CREATED}{}", " ".repeat(LONGEST));
    for text in ["", "null", "[]", "\"s3cret\"", "{}", &deep, &long] {
        let error = PasskeyRegistration::new(text).unwrap_err();
        assert_eq!(error.field(), "passkey registration");
        assert!(!error.to_string().contains("s3cret"));
    }
    let long: Value = json!({
        "id": "AQ", "response": { "attestationObject": "A".repeat(LONGEST) },
    });
    assert!(PasskeyRegistration::try_from(long).is_err());
    let longest = format!("{CREATED}{}", " ".repeat(LONGEST - CREATED.len()));
    assert!(PasskeyRegistration::new(longest).is_ok());
}

#[test]
fn options_serialize_unchanged_and_hide_in_debug() {
    let json = json!({"challenge": "zsBch6Dl", "user": {"name": "ann"}});
    let options = PasskeyCreationOptions::new(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&options).unwrap(), json);
    assert_eq!(format!("{options:?}"), "PasskeyCreationOptions(…)");
    assert!(PasskeyRequestOptions::new(json!([])).is_err());
    let shown = format!("{:?}", PasskeyAssertion::new(ASKED).unwrap());
    assert_eq!(shown, "PasskeyAssertion(** redacted **)");
}

#[test]
fn a_passkey_serializes_under_aws_s_names() {
    let mut passkey = Passkey::new("AQ".parse().unwrap(), "iCloud Keychain", "example.com");
    passkey.transports.push("internal".to_owned());
    passkey.created = Some(UNIX_EPOCH);
    assert_eq!(
        serde_json::to_value(PasskeyPage::new(vec![passkey], None)).unwrap(),
        json!({"credentials": [{
            "credentialId": "AQ",
            "friendlyCredentialName": "iCloud Keychain",
            "relyingPartyId": "example.com",
            "authenticatorTransports": ["internal"],
            "createdAt": "1970-01-01T00:00:00.000Z",
        }]})
    );
}

#[test]
fn pages_hold_up_to_twenty() {
    assert!(PasskeyPageSize::new(0).is_err());
    assert!(PasskeyPageSize::new(21).is_err());
    assert!(PasskeyPageSize::new(276).is_err());
    assert_eq!(PasskeyPageSize::new(20).unwrap(), PasskeyPageSize::MAX);
    assert_eq!(PasskeyPageSize::new(3).unwrap().as_u8(), 3);
}
