//! The attributes of a pool, and which of them are verified, are as configured.

use serde_json::{Value, json};

use crate::pools::{described, sign_up};
use crate::support::{
    EMAIL, PASSWORD, PHONE, Tokens, attribute, new_client, new_person, new_pool, password_fields,
    pool,
};

#[tokio::test]
async fn only_configured_addresses_receive_codes() {
    let pool = pool().await;
    let attributes = json!([
        { "Name": "email", "Value": EMAIL },
        { "Name": "phone_number", "Value": PHONE },
    ]);
    let sms = json!({ "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" });
    for (verified, delivered) in [
        (json!([]), Value::Null),
        (json!(["email"]), json!("email")),
        (json!(["email", "phone_number"]), json!("phone_number")),
    ] {
        let fields = json!({ "AutoVerifiedAttributes": verified, "SmsConfiguration": sms });
        let id = new_pool(&pool, fields).await;
        let answer = sign_up(&pool, &id, "ann", attributes.clone()).await.ok();
        let details = &answer["CodeDeliveryDetails"];
        assert_eq!(details["AttributeName"], delivered, "{verified}");
    }
}

#[tokio::test]
async fn attributes_are_held_against_the_schema() {
    let pool = pool().await;
    let ages = json!({ "MinValue": "18", "MaxValue": "120" });
    let schema = json!([
        { "Name": "name", "Required": true, "AttributeDataType": "String" },
        { "Name": "age", "AttributeDataType": "Number", "NumberAttributeConstraints": ages },
        { "Name": "tenant", "AttributeDataType": "String", "Mutable": false },
        { "Name": "note", "AttributeDataType": "String", "DeveloperOnlyAttribute": true },
    ]);
    let id = new_pool(&pool, json!({ "Schema": schema })).await;
    let named = |name: &str, value: &str| json!([{ "Name": "name", "Value": "Ann" }, { "Name": name, "Value": value }]);
    let faulty = "Attributes did not conform to the schema";
    for (name, value, fault) in [
        (
            "custom:age",
            "17",
            "custom:age: Number cannot be less than 18.",
        ),
        ("custom:age", "old", "custom:age: Value must be a number."),
        (
            "custom:size",
            "1",
            "custom:size: Attribute does not exist in the schema.",
        ),
    ] {
        sign_up(&pool, &id, "ann", named(name, value))
            .await
            .invalid_parameter(&format!("{faulty}: {fault}\n"));
    }
    sign_up(&pool, &id, "ann", json!([]))
        .await
        .invalid_parameter(&format!("{faulty}: name: The attribute is required\n"));
    sign_up(&pool, &id, "ann", named("dev:custom:note", "x"))
        .await
        .not_authorized("A client attempted to write unauthorized attribute");
    sign_up(&pool, &id, "ann", named("custom:tenant", "one"))
        .await
        .ok();
    for (name, fault) in [
        ("custom:tenant", true),
        ("custom:age", false),
        ("dev:custom:note", false),
    ] {
        let fields = json!({
            "UserPoolId": id,
            "Username": "ann",
            "UserAttributes": [{ "Name": name, "Value": "20" }],
        });
        let reply = pool.operator("AdminUpdateUserAttributes", fields).await;
        if fault {
            reply.invalid_parameter("user.custom:tenant: Attribute cannot be updated.\n");
        } else {
            reply.ok();
        }
    }
}

#[tokio::test]
async fn attributes_are_added_only_once() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let asked = json!([{ "Name": "tenant", "AttributeDataType": "String" }]);
    let fields = json!({ "UserPoolId": id, "CustomAttributes": asked });
    pool.operator("AddCustomAttributes", fields.clone())
        .await
        .ok();
    let attributes = described(&pool, &id).await["SchemaAttributes"].take();
    let last = attributes.as_array().and_then(|list| list.last()).cloned();
    assert_eq!(
        last,
        Some(json!({
            "Name": "custom:tenant",
            "AttributeDataType": "String",
            "DeveloperOnlyAttribute": false,
            "Mutable": true,
            "Required": false,
            "StringAttributeConstraints": {},
        }))
    );
    pool.operator("AddCustomAttributes", fields)
        .await
        .invalid_parameter("custom:tenant: Existing attribute already has name custom:tenant.");
    let attributes = json!([{ "Name": "custom:tenant", "Value": "one" }]);
    sign_up(&pool, &id, "ann", attributes).await.ok();
}

#[tokio::test]
async fn changed_address_receives_code_if_verified_automatically() {
    let pool = pool().await;
    for (verified, codes) in [(json!([]), 0), (json!(["email"]), 1)] {
        let id = new_pool(&pool, json!({ "AutoVerifiedAttributes": verified })).await;
        new_person(&pool, &id, "ann").await;
        let client = new_client(&pool, &id, json!({})).await;
        let sign_in = password_fields(&client["ClientId"], "ann");
        let tokens = Tokens::read(&pool.call("InitiateAuth", sign_in).await.ok());
        let fields = json!({
            "AccessToken": tokens.access,
            "UserAttributes": [{ "Name": "email", "Value": EMAIL }],
        });
        let answer = pool.call("UpdateUserAttributes", fields).await.ok();
        let sent = answer["CodeDeliveryDetailsList"].as_array().map(Vec::len);
        assert_eq!(sent, Some(codes), "{verified}");
    }
}

#[tokio::test]
async fn admin_only_attributes_are_hidden() {
    // An immutable attribute keeps its value.
    let pool = pool().await;
    let schema = json!([
        { "Name": "note", "AttributeDataType": "String", "DeveloperOnlyAttribute": true },
        { "Name": "tenant", "AttributeDataType": "String", "Mutable": false },
    ]);
    let id = new_pool(&pool, json!({ "Schema": schema })).await;
    let fields = json!({
        "UserPoolId": id,
        "Username": "ann",
        "UserAttributes": [
            { "Name": "dev:custom:note", "Value": "hidden" },
            { "Name": "custom:tenant", "Value": "one" },
        ],
    });
    pool.operator("AdminCreateUser", fields).await.ok();
    let fields = json!({
        "UserPoolId": id,
        "Username": "ann",
        "Password": PASSWORD,
        "Permanent": true,
    });
    pool.operator("AdminSetUserPassword", fields).await.ok();
    let client = new_client(&pool, &id, json!({})).await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    let tokens = Tokens::read(&pool.call("InitiateAuth", sign_in).await.ok());
    let own = pool.get_user(&tokens.access).await.ok();
    assert_eq!(
        attribute(&own["UserAttributes"], "custom:tenant"),
        Some("one")
    );
    assert_eq!(attribute(&own["UserAttributes"], "dev:custom:note"), None);
    let fields = json!({ "UserPoolId": id, "Username": "ann" });
    let seen = pool.operator("AdminGetUser", fields).await.ok();
    assert_eq!(
        attribute(&seen["UserAttributes"], "dev:custom:note"),
        Some("hidden")
    );
    let fields = json!({ "AccessToken": tokens.access, "UserAttributeNames": ["custom:tenant"] });
    pool.call("DeleteUserAttributes", fields)
        .await
        .invalid_parameter("user.custom:tenant: Attribute cannot be updated.\n");
}

#[tokio::test]
async fn address_waits_for_code_if_configured() {
    const OTHER: &str = "other@example.com";
    let pool = pool().await;
    let first = json!({ "AttributesRequireVerificationBeforeUpdate": ["email"] });
    let settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": first,
    });
    let id = new_pool(&pool, settings).await;
    assert_eq!(
        described(&pool, &id).await["UserAttributeUpdateSettings"],
        first
    );
    new_person(&pool, &id, "ann").await;
    let client = new_client(&pool, &id, json!({})).await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    let access = Tokens::read(&pool.call("InitiateAuth", sign_in).await.ok()).access;
    let email = json!([{ "Name": "email", "Value": OTHER }]);
    let change = json!({ "AccessToken": access, "UserAttributes": email });
    pool.call("UpdateUserAttributes", change).await.ok();
    let user = pool.get_user(&access).await.ok();
    assert_eq!(attribute(&user["UserAttributes"], "email"), None);
    let code = pool.code(OTHER);
    let proof = json!({ "AccessToken": access, "AttributeName": "email", "Code": code });
    pool.call("VerifyUserAttribute", proof).await.ok();
    let user = pool.get_user(&access).await.ok();
    assert_eq!(attribute(&user["UserAttributes"], "email"), Some(OTHER));
}
