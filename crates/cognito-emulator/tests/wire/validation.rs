//! AWS's messages for violated constraints, as they are known from public reports.

use serde_json::{Value, json};

use crate::support::{Pool, pool};

/// Returns the error of an operation, or an empty string if the request conforms to the model.
async fn check(pool: &Pool, operation: &str, fields: Value) -> String {
    let reply = pool.operator(operation, fields).await;
    let text = |name: &str| reply.body[name].as_str().unwrap_or_default();
    let (code, message) = (text("__type"), text("message"));
    if message.contains("validation error") || code == "SerializationException" {
        format!("{code}: {message}")
    } else {
        String::new()
    }
}

#[tokio::test]
async fn messages_are_aws_ones() {
    let pool = pool().await;
    let long = "a".repeat(21);
    let invalid = "InvalidParameterException: ";
    let schema = |name: &str| {
        json!({
            "PoolName": "p", "Schema": [{ "Name": name, "AttributeDataType": "String" }],
        })
    };
    for (operation, fields, expected) in [
        (
            "DescribeUserPool",
            json!({ "UserPoolId": "us_1" }),
            String::new(),
        ),
        ("CreateUserPool", schema("name"), String::new()),
        (
            "DescribeUserPool",
            json!({ "UserPoolId": "YOUR-POOL" }),
            format!(
                "{invalid}1 validation error detected: Value 'YOUR-POOL' at 'userPoolId' failed to \
                 satisfy constraint: Member must satisfy regular expression pattern: \
                 [\\w-]+_[0-9a-zA-Z]+"
            ),
        ),
        (
            "CreateUserPool",
            schema(&long),
            format!(
                "{invalid}1 validation error detected: Value '{long}' at 'schema.1.member.name' \
                 failed to satisfy constraint: Member must have length less than or equal to 20"
            ),
        ),
        (
            "CreateUserPool",
            json!({ "PoolName": "p", "MfaConfiguration": "false", "Schema": [] }),
            format!(
                "{invalid}2 validation errors detected: Value 'false' at 'mfaConfiguration' failed \
                 to satisfy constraint: Member must satisfy enum value set: [OFF, ON, OPTIONAL]; \
                 Value '[]' at 'schema' failed to satisfy constraint: Member must have length \
                 greater than or equal to 1"
            ),
        ),
    ] {
        assert_eq!(check(&pool, operation, fields).await, expected);
    }
}

#[tokio::test]
async fn messages_name_missing_and_nested_values() {
    let pool = pool().await;
    let invalid = "InvalidParameterException: ";
    for (operation, fields, expected) in [
        (
            "DescribeUserPool",
            json!({}),
            format!(
                "{invalid}1 validation error detected: Value null at 'userPoolId' failed to \
                 satisfy constraint: Member must not be null"
            ),
        ),
        (
            "CreateUserPool",
            json!({ "PoolName": "p", "UserPoolTags": { "": "c" } }),
            format!(
                "{invalid}1 validation error detected: Value '{{=c}}' at 'userPoolTags' failed \
                 to satisfy constraint: Map keys must satisfy constraint: [Member must have \
                 length less than or equal to 128, Member must have length greater than or equal \
                 to 1]"
            ),
        ),
        (
            "ListUsers",
            json!({ "UserPoolId": "us_1", "Limit": 61, "AttributesToGet": ["a", "\u{1}"] }),
            format!(
                "{invalid}2 validation errors detected: Value '[a, \u{1}]' at 'attributesToGet' \
                 failed to satisfy constraint: Member must satisfy constraint: [Member must have \
                 length less than or equal to 32, Member must have length greater than or equal \
                 to 1, Member must satisfy regular expression pattern: \
                 [\\p{{L}}\\p{{M}}\\p{{S}}\\p{{N}}\\p{{P}}\\t\\n\\r ]+]; Value '61' at 'limit' failed to satisfy \
                 constraint: Member must have value less than or equal to 60"
            ),
        ),
    ] {
        assert_eq!(check(&pool, operation, fields).await, expected);
    }
}

#[tokio::test]
async fn sensitive_values_are_not_shown() {
    let pool = pool().await;
    let secret = "pass word \n";
    let message = check(
        &pool,
        "SignUp",
        json!({
            "ClientId": "app",
            "Username": secret,
            "Password": secret,
            "SecretHash": secret,
            "UserAttributes": [{ "Name": "email", "Value": secret.repeat(300) }],
        }),
    )
    .await;
    assert!(message.contains("4 validation errors"), "{message}");
    assert!(!message.contains("pass word"), "{message}");
}

#[tokio::test]
async fn another_json_type_is_a_serialization_error() {
    let pool = pool().await;
    for (fields, expected) in [
        (
            json!({ "Username": 5 }),
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted \
             to an String",
        ),
        (
            json!({ "Username": true }),
            "class java.lang.Boolean can not be converted to an String",
        ),
        (json!({ "ClientMetadata": "x" }), "Expected map or null"),
        (json!({ "UserAttributes": "x" }), "Expected list or null"),
        (
            json!({ "UserAttributes": ["x"] }),
            "Expected structure or null",
        ),
        (
            json!({ "UserContextData": 1 }),
            "Expected structure or null",
        ),
        (
            json!({ "Username": {} }),
            "Start of structure or map found where not expected.",
        ),
    ] {
        let message = check(&pool, "SignUp", fields).await;
        assert_eq!(message, format!("SerializationException: {expected}"));
    }
}

#[tokio::test]
async fn unknown_members_pass() {
    let pool = pool().await;
    let fields = json!({ "UserPoolId": "us_1", "Unknown": { "a": 1 } });
    assert_eq!(check(&pool, "DescribeUserPool", fields).await, "");
}
