//! The account of a signed-in user.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD, PHONE, Pool, attribute, pool, pool_of, pool_with};

const OTHER: &str = "other@example.com";

async fn update(pool: &Pool, access: &str, name: &str, value: &str) -> crate::support::Reply {
    pool.call(
        "UpdateUserAttributes",
        json!({ "AccessToken": access, "UserAttributes": [{ "Name": name, "Value": value }] }),
    )
    .await
}

#[tokio::test]
async fn user_reads_own_profile() {
    let pool = pool().await;
    let sub = pool.person();
    let access = pool.tokens().await.access;
    let user = pool.get_user(&access).await.ok();
    assert_eq!(
        user,
        json!({
            "Username": sub,
            "UserAttributes": [
                { "Name": "sub", "Value": sub },
                { "Name": "email", "Value": EMAIL },
                { "Name": "email_verified", "Value": "true" },
                { "Name": "name", "Value": "Some One" },
            ],
        })
    );
}

#[tokio::test]
async fn changed_address_is_verified_again() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    let plain = update(&pool, &access, "name", "Another Name").await.ok();
    assert_eq!(plain["CodeDeliveryDetailsList"], json!([]));
    let answer = update(&pool, &access, "email", OTHER).await.ok();
    assert_eq!(
        answer["CodeDeliveryDetailsList"],
        json!([{ "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "o***@e***" }])
    );
    let user = pool.get_user(&access).await.ok();
    let attributes = &user["UserAttributes"];
    assert_eq!(attribute(attributes, "email"), Some(OTHER));
    assert_eq!(attribute(attributes, "email_verified"), Some("false"));
    assert_eq!(attribute(attributes, "name"), Some("Another Name"));

    let verify =
        |code: &str| json!({ "AccessToken": access, "AttributeName": "email", "Code": code });
    pool.call("VerifyUserAttribute", verify(pool.wrong_code(OTHER)))
        .await
        .fails(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        );
    let code = pool.code(OTHER);
    pool.call("VerifyUserAttribute", verify(&code)).await.ok();
    pool.call("VerifyUserAttribute", verify(&code)).await.fails(
        "ExpiredCodeException",
        "Invalid code provided, please request a code again.",
    );
    let user = pool.get_user(&access).await.ok();
    assert_eq!(
        attribute(&user["UserAttributes"], "email_verified"),
        Some("true")
    );
    // The user signs in with the new address. Another user can use the old one.
    pool.sign_in(OTHER, PASSWORD).await.ok();
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn pool_can_keep_old_email_until_confirmed() {
    let pool = pool_with(|builder| builder.verify_before_update(true)).await;
    pool.person();
    let access = pool.tokens().await.access;
    let answer = update(&pool, &access, "email", OTHER).await.ok();
    assert_eq!(
        answer["CodeDeliveryDetailsList"][0]["Destination"],
        "o***@e***"
    );
    let user = pool.get_user(&access).await.ok();
    let attributes = &user["UserAttributes"];
    assert_eq!(attribute(attributes, "email"), Some(EMAIL));
    assert_eq!(attribute(attributes, "email_verified"), Some("true"));
    pool.sign_in(OTHER, PASSWORD)
        .await
        .fails("UserNotFoundException", "User does not exist.");
    // Another code for the address can be requested.
    pool.call(
        "GetUserAttributeVerificationCode",
        json!({ "AccessToken": access, "AttributeName": "email" }),
    )
    .await
    .ok();
    let code = pool.code(OTHER);
    pool.call(
        "VerifyUserAttribute",
        json!({ "AccessToken": access, "AttributeName": "email", "Code": code }),
    )
    .await
    .ok();
    let user = pool.get_user(&access).await.ok();
    assert_eq!(attribute(&user["UserAttributes"], "email"), Some(OTHER));
    pool.sign_in(OTHER, PASSWORD).await.ok();
}

#[tokio::test]
async fn rejects_address_taken_in_the_meantime() {
    let pool = pool_with(|builder| builder.verify_before_update(true)).await;
    pool.person();
    let access = pool.tokens().await.access;
    update(&pool, &access, "email", OTHER).await.ok();
    let code = pool.code(OTHER);
    pool.emulator
        .create_user(OTHER, PASSWORD, &[])
        .expect("a person");
    pool.call(
        "VerifyUserAttribute",
        json!({ "AccessToken": access, "AttributeName": "email", "Code": code }),
    )
    .await
    .fails(
        "AliasExistsException",
        "An account with the given email already exists.",
    );
}

#[tokio::test]
async fn rejects_address_of_another_user() {
    let pool = pool().await;
    pool.person();
    pool.emulator
        .create_user(OTHER, PASSWORD, &[])
        .expect("a person");
    let access = pool.tokens().await.access;
    update(&pool, &access, "email", OTHER).await.fails(
        "AliasExistsException",
        "An account with the given email already exists.",
    );
    update(&pool, &access, "email", "Someone@Example.com")
        .await
        .ok();
}

#[tokio::test]
async fn a_code_can_be_asked_for_again() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    update(&pool, &access, "phone_number", PHONE).await.ok();
    let ask = |name: &str| json!({ "AccessToken": access, "AttributeName": name });
    let answer = pool
        .call("GetUserAttributeVerificationCode", ask("phone_number"))
        .await
        .ok();
    assert_eq!(
        answer["CodeDeliveryDetails"],
        json!({
            "AttributeName": "phone_number",
            "DeliveryMedium": "SMS",
            "Destination": "+*******1234",
        })
    );
    let code = pool.code(PHONE);
    let verify = json!({ "AccessToken": access, "AttributeName": "phone_number", "Code": code });
    pool.advance(Duration::from_secs(3599));
    pool.call("VerifyUserAttribute", verify).await.ok();
    let access = pool.tokens().await.access;
    let ask = json!({ "AccessToken": access, "AttributeName": "name" });
    pool.call("GetUserAttributeVerificationCode", ask)
        .await
        .invalid_parameter("User does not have attribute name that can be verified.");
}

#[tokio::test]
async fn rejects_unwritable_attributes() {
    let pool = pool_of(|client| client.write_attributes(["name"])).await;
    pool.person();
    let access = pool.tokens().await.access;
    for name in ["email_verified", "nickname"] {
        update(&pool, &access, name, "true")
            .await
            .not_authorized("A client attempted to write unauthorized attribute");
    }
    update(&pool, &access, "custom:none", "x")
        .await
        .invalid_parameter("user.custom:none: Attribute does not exist in the schema.\n");
    update(&pool, &access, "name", "Fine").await.ok();
    let long = "x".repeat(2049);
    update(&pool, &access, "name", &long).await.invalid_parameter(
        "1 validation error detected: Value at 'userAttributes.1.member.value' failed to satisfy \
         constraint: Member must have length less than or equal to 2048",
    );
}

#[tokio::test]
async fn attributes_are_deleted() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    let delete = |names: Value| json!({ "AccessToken": access, "UserAttributeNames": names });
    pool.call("DeleteUserAttributes", delete(json!(["name", "email"])))
        .await
        .ok();
    let user = pool.get_user(&access).await.ok();
    let names: Vec<_> = user["UserAttributes"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    pool.call("DeleteUserAttributes", delete(json!(["sub"])))
        .await
        .invalid_parameter("user.sub: Attribute cannot be updated.\n");
    pool.call("DeleteUserAttributes", delete(Value::Null))
        .await
        .invalid_parameter(
            "1 validation error detected: Value null at 'userAttributeNames' failed to satisfy \
         constraint: Member must not be null",
        );
}

#[tokio::test]
async fn user_deletes_own_account() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    let gone = pool
        .call("DeleteUser", json!({ "AccessToken": access }))
        .await
        .ok();
    assert_eq!(gone, Value::Null);
    pool.get_user(&access)
        .await
        .fails("UserNotFoundException", "User does not exist.");
    pool.call("GlobalSignOut", json!({ "AccessToken": access }))
        .await
        .not_authorized("User does not exist.");
    // A new account with the same address is a different user.
    pool.person();
    pool.get_user(&access)
        .await
        .fails("UserNotFoundException", "User does not exist.");
}
