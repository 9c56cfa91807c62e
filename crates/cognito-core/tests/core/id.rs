//! Tests of names and ids: valid and invalid strings, conversions, `Debug`.

use std::str::FromStr;

use cognito_core::id::{
    DeviceGroupKey, DeviceKey, DeviceName, EventId, GroupDescription, PasskeyId, ProviderName,
    RoleArn, SessionId,
};
use cognito_core::{
    AttributeName, ClientId, EmailAddress, GroupName, InvalidInput, PhoneNumber, Region,
    UserPoolId, Username,
};

fn refused<T: FromStr<Err = InvalidInput>>(texts: &[&str]) {
    for text in texts {
        assert!(text.parse::<T>().is_err(), "{text:?} must be refused");
    }
}

fn accepted<T: FromStr<Err = InvalidInput>>(texts: &[&str]) {
    for text in texts {
        assert!(text.parse::<T>().is_ok(), "{text:?} must be accepted");
    }
}

#[test]
fn user_pool_id_has_region_and_name() {
    let id = UserPoolId::new("us-east-1_AbCdEfGhI").unwrap();
    assert_eq!(id.region().as_str(), "us-east-1");
    assert_eq!(id.name(), "AbCdEfGhI");
    assert_eq!(id.masked(), "us-east-1_***");
    accepted::<UserPoolId>(&[
        "us-gov-west-1_x",
        "us-iso-east-1_1",
        "eusc-de-east-1_a",
        "local_7",
    ]);
}

#[test]
fn device_keys_are_a_region_and_a_uuid() {
    accepted::<DeviceKey>(&["us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11", "a_0"]);
    refused::<DeviceKey>(&[
        "",
        "_",
        "us-east-1",
        "us-east-1_",
        "_0",
        "a_X",
        "a_0 ",
        "é_0",
    ]);
    refused::<DeviceKey>(&[&format!("a_{}", "0".repeat(54))]);
}

#[test]
fn role_arns() {
    accepted::<RoleArn>(&[
        "arn:aws:iam::123456789012:role/admins",
        "arn:aws-us-gov:iam::123456789012:role/path/a+b=c,d.e@f-g",
        "arn:aws:service:us-east-1:1:a:b:c",
    ]);
    refused::<RoleArn>(&[
        "",
        "admins",
        "arn:aws:iam::1:r/a",
        "arn:aws:iam::123456789012:",
        "arn:aws:iam:123456789012:role/admins",
        "arn:aws:iam::account:role/admins",
        "arn::iam::123456789012:role/admins",
        "arn:aws:iam::123456789012:role/ad mins",
        "arn:aws:iam::123456789012:role:a:b:c",
        "urn:aws:iam::123456789012:role/admins",
        &format!("arn:aws:iam::123456789012:role/{}", "a".repeat(2018)),
    ]);
}

#[test]
fn names_follow_cognito_patterns() {
    accepted::<GroupName>(&["admins", "a/b", "Größe", &"é".repeat(128)]);
    refused::<GroupName>(&["", "two words", "a\n", &"a".repeat(129)]);
    accepted::<GroupDescription>(&["", "two words\nand a line"]);
    refused::<GroupDescription>(&[&"a".repeat(2049)]);
    accepted::<ProviderName>(&["Google", "Our company"]);
    refused::<ProviderName>(&["", "a\tb", &"a".repeat(33)]);
    accepted::<EventId>(&["4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11", "a+b_c"]);
    refused::<EventId>(&["", "a b", "a/b", &"a".repeat(51)]);
}

#[test]
fn rejects_pool_ids_that_alter_urls() {
    refused::<UserPoolId>(&[
        "",
        "us-east-1",
        "us-east-1_",
        "_abc",
        "us-east-1_x@evil.example/",
        "../us-east-1_x",
        "us-east-1_AB?",
        "us-east-1_AB#",
        "us-east-1_AB/..",
        "us-east-1.evil_AB",
        "US-EAST-1_AB",
        "us-east-1_AB\n",
        " us-east-1_AB",
        "us--1_AB",
        "us-1_AB",
        "useast1_AB",
        "us-east-1_é",
    ]);
    refused::<UserPoolId>(&[&format!("us-east-1_{}", "a".repeat(46))]);
}

#[test]
fn client_ids() {
    accepted::<ClientId>(&["1example23456789abcdefghij", "a+b_c"]);
    refused::<ClientId>(&["", "a b", "a-b", "é", &"a".repeat(129)]);
}

#[test]
fn usernames_follow_cognitos_pattern() {
    accepted::<Username>(&[
        "ann",
        "ann@example.com",
        "adfs_x\\bob",
        "山田",
        "+4930123456",
    ]);
    refused::<Username>(&["", "a b", "a\n", "a\u{200b}", &"a".repeat(129)]);
    accepted::<Username>(&[&"é".repeat(128)]);
}

#[test]
fn email_addresses() {
    accepted::<EmailAddress>(&["user@example.com", "u+tag@xn--exmple-cua.de", "u@localhost"]);
    refused::<EmailAddress>(&[
        "",
        "user",
        "@example.com",
        "user@",
        "a b@example.com",
        "user@exa mple.com",
        "user@.com",
        "user@example..com",
        "user@example.com\r\nBcc: x@y.z",
        "a@b@example.com",
        &format!("{}@example.com", "a".repeat(65)),
    ]);
}

#[test]
fn phone_numbers() {
    accepted::<PhoneNumber>(&["+1234567890", "+4930123456"]);
    refused::<PhoneNumber>(&[
        "",
        "+",
        "1234567890",
        "+0123",
        "+49 30",
        "+1234567890123456",
    ]);
}

#[test]
fn names_convert_to_and_from_strings() {
    fn check<T>(text: &str)
    where
        T: FromStr<Err = InvalidInput>,
        String: From<T> + for<'a> From<&'a T>,
    {
        let name: T = text.parse().unwrap();
        assert_eq!(String::from(&name), text);
        assert_eq!(String::from(name), text);
    }
    check::<Region>("eu-central-1");
    check::<UserPoolId>("eu-central-1_abc");
    check::<ClientId>("abc");
    check::<Username>("ann");
    check::<EmailAddress>("ann@example.com");
    check::<PhoneNumber>("+4930123456");
    check::<AttributeName>("email");
    check::<GroupName>("admins");
    check::<GroupDescription>("Who may");
    check::<RoleArn>("arn:aws:iam::123456789012:role/admins");
    check::<ProviderName>("Google");
    check::<EventId>("4d2ad41e");
    check::<DeviceName>("My iPhone");
    check::<PasskeyId>("dGhlLWlk");
    check::<SessionId>("tkn0123456789abcdefghijklmno");
    check::<DeviceGroupKey>("-v7w9UcY6");
    let email = EmailAddress::new("ann@example.com").unwrap();
    assert_eq!(Username::new(&email).unwrap().as_str(), email.as_str());
}

#[test]
fn session_ids_have_prefix_and_length() {
    let rest = "0123456789abcdefghijklmno";
    for prefix in ["tkn", "sso"] {
        assert!(SessionId::new(format!("{prefix}{rest}")).is_ok());
    }
    let long = format!("tkn{rest}p");
    let short = &long[..27];
    let upper = long[..28].to_uppercase();
    for text in [
        "",
        rest,
        "tkn",
        &long,
        short,
        &upper,
        "abc0123456789abcdefghijklmno",
    ] {
        assert!(SessionId::new(text).is_err(), "{text}");
    }
}

#[test]
fn debug_masks_user_names() {
    let name = Username::new("user@example.com").unwrap();
    assert_eq!(format!("{name:?}"), "Username(u***@***)");
    let email = EmailAddress::new("user@example.com").unwrap();
    assert_eq!(format!("{email:?}"), "EmailAddress(u***@***)");
}

#[test]
fn errors_hold_no_input() {
    let error = ClientId::new("s3cr3t value").unwrap_err();
    assert_eq!(
        error.to_string(),
        "client id must be 1 to 128 letters, digits, _ or +"
    );
    assert!(!format!("{error:?}").contains("s3cr3t"));
}
