//! Quotas of request rates.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, pool, pool_with};

const SECOND: Duration = Duration::from_secs(1);

fn definition(category: &str) -> Value {
    json!({
        "LimitDefinition": {
            "LimitClass": "API_CATEGORY",
            "Attributes": { "Category": category },
        },
    })
}

fn raised(category: &str, rate: u64) -> Value {
    let mut fields = definition(category);
    fields["RequestedLimitValue"] = json!(rate);
    fields
}

async fn enforced() -> Pool {
    pool_with(|builder| builder.enforce_quotas(true)).await
}

/// Sends requests until one is above the quota. Returns the number of requests before it.
async fn admitted(pool: &Pool, operation: &str, fields: &Value) -> usize {
    for count in 0..1000 {
        let reply = pool.call(operation, fields.clone()).await;
        if reply.body["__type"] == "TooManyRequestsException" {
            assert_eq!(reply.body["message"], "Rate exceeded");
            return count;
        }
    }
    panic!("no request was above the quota");
}

fn sign_in() -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "USERNAME": EMAIL, "PASSWORD": PASSWORD },
    })
}

#[tokio::test]
async fn category_shares_one_quota_per_second() {
    let pool = enforced().await;
    let name = json!({ "ClientId": CLIENT, "Username": EMAIL });
    assert_eq!(admitted(&pool, "ForgotPassword", &name).await, 30);
    // Another operation of the category.
    let mut confirm = name.clone();
    confirm["ConfirmationCode"] = json!("123456");
    confirm["Password"] = json!(PASSWORD);
    assert_eq!(admitted(&pool, "ConfirmForgotPassword", &confirm).await, 0);
    // Another category.
    let reply = pool.call("InitiateAuth", sign_in()).await;
    assert_eq!(reply.body["__type"], "UserNotFoundException");
    pool.advance(SECOND);
    assert_eq!(admitted(&pool, "ForgotPassword", &name).await, 30);
}

#[tokio::test]
async fn raised_quota_applies_to_responses_too() {
    let pool = enforced().await;
    pool.operator("UpdateProvisionedLimit", raised("UserAuthentication", 130))
        .await
        .ok();
    assert_eq!(admitted(&pool, "InitiateAuth", &sign_in()).await, 130);
    let response = json!({
        "ChallengeName": "PASSWORD", "ClientId": CLIENT, "Session": "a session that is unknown",
        "ChallengeResponses": { "USERNAME": EMAIL, "PASSWORD": PASSWORD },
    });
    let count = admitted(&pool, "RespondToAuthChallenge", &response).await;
    assert_eq!(count, 390);
}

#[tokio::test]
async fn quotas_are_not_enforced_by_default() {
    let pool = pool().await;
    let name = json!({ "ClientId": CLIENT, "Username": EMAIL });
    // The quota is 30.
    for _ in 0..40 {
        let reply = pool.call("ForgotPassword", name.clone()).await;
        assert_ne!(reply.body["__type"], "TooManyRequestsException");
    }
}

#[tokio::test]
async fn quota_is_raised_but_not_lowered() {
    let pool = pool().await;
    let get = definition("UserAuthentication");
    let limit = pool.operator("GetProvisionedLimit", get.clone()).await.ok();
    assert_eq!(limit["Limit"]["ProvisionedLimitValue"], 120);
    pool.operator("UpdateProvisionedLimit", raised("UserAuthentication", 200))
        .await
        .ok();
    let limit = pool.operator("GetProvisionedLimit", get).await.ok();
    assert_eq!(limit["Limit"]["ProvisionedLimitValue"], 200);
    assert_eq!(limit["Limit"]["FreeLimitValue"], 120);
    let lower = raised("UserAuthentication", 119);
    let reply = pool.operator("UpdateProvisionedLimit", lower).await;
    reply.invalid_parameter("RequestedLimitValue must be at least 120.");
    for unknown in ["Everything", "UserAuthentication (responses)"] {
        let reply = pool
            .operator("GetProvisionedLimit", definition(unknown))
            .await;
        reply.fails("ResourceNotFoundException", "The limit does not exist.");
    }
}

#[tokio::test]
async fn fixed_quota_cannot_be_raised() {
    let pool = pool().await;
    let fields = raised("UserUpdate", 100);
    let reply = pool.operator("UpdateProvisionedLimit", fields).await;
    reply.invalid_parameter("The category UserUpdate cannot be adjusted.");
}
