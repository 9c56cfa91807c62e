//! A code proves the address that it was sent to, and no other.

use serde_json::json;

use crate::support::{
    CLIENT, EMAIL, PASSWORD, PHONE, Pool, Reply, Tokens, attribute, new_client, new_person,
    new_pool, password_fields, pool, pool_with,
};

const OTHER: &str = "other@example.com";
const THIRD: &str = "third@example.com";
const EXPIRED: (&str, &str) = (
    "ExpiredCodeException",
    "Invalid code provided, please request a code again.",
);

impl Pool {
    async fn update(&self, access: &str, email: &str) -> Reply {
        let email = json!([{ "Name": "email", "Value": email }]);
        let fields = json!({ "AccessToken": access, "UserAttributes": email });
        self.call("UpdateUserAttributes", fields).await
    }

    async fn verify(&self, access: &str, code: &str) -> Reply {
        let fields = json!({ "AccessToken": access, "AttributeName": "email", "Code": code });
        self.call("VerifyUserAttribute", fields).await
    }
}

#[tokio::test]
async fn code_does_not_verify_later_address() {
    // No code is sent automatically, so no newer code replaces the first one.
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    new_person(&pool, &id, "ann").await;
    let client = new_client(&pool, &id, json!({})).await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    let access = Tokens::read(&pool.call("InitiateAuth", sign_in).await.ok()).access;
    pool.update(&access, OTHER).await.ok();
    let ask = json!({ "AccessToken": access, "AttributeName": "email" });
    pool.call("GetUserAttributeVerificationCode", ask)
        .await
        .ok();
    pool.update(&access, THIRD).await.ok();
    let code = pool.code(OTHER);
    pool.verify(&access, &code)
        .await
        .fails(EXPIRED.0, EXPIRED.1);
    // The code stays expired if the address is changed back.
    pool.update(&access, OTHER).await.ok();
    pool.verify(&access, &code)
        .await
        .fails(EXPIRED.0, EXPIRED.1);
}

#[tokio::test]
async fn pending_address_is_replaced_or_removed() {
    let pool = pool_with(|builder| builder.verify_before_update(true)).await;
    let sub = pool.person();
    let access = pool.tokens().await.access;
    pool.update(&access, OTHER).await.ok();
    let code = pool.code(OTHER);
    let verified = json!([
        { "Name": "email", "Value": THIRD },
        { "Name": "email_verified", "Value": "true" },
    ]);
    let fields = json!({ "Username": sub, "UserAttributes": verified });
    pool.admin("AdminUpdateUserAttributes", fields).await.ok();
    pool.verify(&access, &code)
        .await
        .fails(EXPIRED.0, EXPIRED.1);

    pool.update(&access, OTHER).await.ok();
    let code = pool.code(OTHER);
    let fields = json!({ "Username": sub, "UserAttributeNames": ["email"] });
    pool.admin("AdminDeleteUserAttributes", fields).await.ok();
    pool.verify(&access, &code)
        .await
        .invalid_parameter("User does not have attribute email that can be verified.");
    let user = pool.get_user(&access).await.ok();
    assert_eq!(attribute(&user["UserAttributes"], "email"), None);
}

#[tokio::test]
async fn sign_up_verifies_address_of_its_code() {
    let pool = pool().await;
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    let sub = pool.call("SignUp", fields).await.ok()["UserSub"].clone();
    let phone = json!([{ "Name": "phone_number", "Value": PHONE }]);
    let fields = json!({ "Username": sub, "UserAttributes": phone });
    pool.admin("AdminUpdateUserAttributes", fields).await.ok();
    let code = pool.code(EMAIL);
    let confirm = json!({ "ClientId": CLIENT, "Username": EMAIL, "ConfirmationCode": code });
    pool.call("ConfirmSignUp", confirm).await.ok();
    let user = pool.admin("AdminGetUser", json!({ "Username": sub }));
    let user = user.await.ok();
    for (name, verified) in [
        ("email_verified", "true"),
        ("phone_number_verified", "false"),
    ] {
        assert_eq!(attribute(&user["UserAttributes"], name), Some(verified));
    }
}

#[tokio::test]
async fn code_to_former_address_is_invalid() {
    let pool = pool().await;
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    let sub = pool.call("SignUp", fields).await.ok()["UserSub"].clone();
    let move_to = |email: &str| {
        let verified = json!([
            { "Name": "email", "Value": email },
            { "Name": "email_verified", "Value": "true" },
        ]);
        let fields = json!({ "Username": sub, "UserAttributes": verified });
        pool.admin("AdminUpdateUserAttributes", fields)
    };
    let code = pool.code(EMAIL);
    move_to(OTHER).await.ok();
    let confirm = json!({ "ClientId": CLIENT, "Username": sub, "ConfirmationCode": code });
    pool.call("ConfirmSignUp", confirm)
        .await
        .fails(EXPIRED.0, EXPIRED.1);
    pool.admin("AdminConfirmSignUp", json!({ "Username": sub }))
        .await
        .ok();

    let named = json!({ "ClientId": CLIENT, "Username": sub });
    pool.call("ForgotPassword", named).await.ok();
    let code = pool.code(OTHER);
    move_to(THIRD).await.ok();
    let confirm = json!({
        "ClientId": CLIENT,
        "Username": sub,
        "ConfirmationCode": code,
        "Password": "EvenBetter456!",
    });
    pool.call("ConfirmForgotPassword", confirm)
        .await
        .fails(EXPIRED.0, EXPIRED.1);
}
