//! Tests of the attributes of users, and of the JSON of users and factors.

use std::time::UNIX_EPOCH;

use cognito_core::authentication::factor::{AuthFactor, AuthFactors};
use cognito_core::user::{UserDetails, UserStatus};
use cognito_core::{Attributes, CodeDelivery, DeliveryMedium, Username};

#[test]
fn all_statuses_survive_round_trip() {
    for text in [
        "ARCHIVED",
        "COMPROMISED",
        "CONFIRMED",
        "EXTERNAL_PROVIDER",
        "FORCE_CHANGE_PASSWORD",
        "RESET_REQUIRED",
        "UNCONFIRMED",
        "UNKNOWN",
        "SOMETHING_NEW",
    ] {
        let status = UserStatus::from(text);
        assert_eq!(status.as_str(), text);
        assert_eq!(
            matches!(status, UserStatus::Other(_)),
            text == "SOMETHING_NEW"
        );
    }
}

#[test]
fn attributes_with_a_format_are_validated() {
    let mut attributes = Attributes::new();
    attributes.set("name", "John Doe").unwrap();
    attributes.set("custom:department", "R&D").unwrap();
    attributes.set("phone_number", "+1234567890").unwrap();
    attributes.set("nickname", "").unwrap();
    assert!(attributes.set("email", "not an address").is_err());
    assert!(attributes.set("phone_number", "030 1234").is_err());
    assert!(attributes.set("name", "x".repeat(2049)).is_err());
    assert!(attributes.set("x".repeat(33), "y").is_err());
    assert!(attributes.set("", "y").is_err());
    assert_eq!(attributes.value("custom:department"), Some("R&D"));
    assert_eq!(attributes.len(), 4);
}

#[test]
fn user_details_have_the_json_of_the_document() {
    let mut user = UserDetails::new(
        Username::new("user@example.com").unwrap(),
        UserStatus::Confirmed,
    );
    user.created = Some(UNIX_EPOCH);
    user.attributes.set("email", "user@example.com").unwrap();
    assert_eq!(
        serde_json::to_value(&user).unwrap(),
        serde_json::json!({
            "username": "user@example.com",
            "status": "CONFIRMED",
            "enabled": true,
            "created": "1970-01-01T00:00:00.000Z",
            "modified": null,
            "attributes": {"email": "user@example.com"},
        })
    );
    let shown = format!("{user:?}");
    assert!(!shown.contains("user@example.com"), "{shown}");
}

#[test]
fn code_delivery_has_the_json_of_the_document() {
    let delivery = CodeDelivery::new("u***@e***", DeliveryMedium::from("EMAIL"));
    assert_eq!(
        serde_json::to_value(&delivery).unwrap(),
        serde_json::json!({"destination": "u***@e***", "deliveryMedium": "EMAIL"})
    );
    assert_eq!(
        serde_json::to_value(DeliveryMedium::from("PIGEON")).unwrap(),
        serde_json::json!("PIGEON")
    );
}

#[test]
fn factors_keep_cognito_s_spelling_new_ones_too() {
    for text in [
        "EMAIL_OTP",
        "PASSWORD",
        "SMS_OTP",
        "SOFTWARE_TOKEN",
        "WEB_AUTHN",
        "TELEPATHY",
    ] {
        let factor = AuthFactor::from(text);
        assert_eq!(factor.as_str(), text);
        assert_eq!(matches!(factor, AuthFactor::Other(_)), text == "TELEPATHY");
    }
}

#[test]
fn factors_serialize_like_the_current_users() {
    let mut factors = AuthFactors::new(vec![AuthFactor::Password]);
    factors.mfa_factors.push("SMS_MFA".to_owned());
    assert_eq!(
        serde_json::to_value(&factors).unwrap(),
        serde_json::json!({"authFactors": ["PASSWORD"], "mfa": ["SMS_MFA"]})
    );
}
