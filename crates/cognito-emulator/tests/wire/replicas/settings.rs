//! The settings that each region of a pool has.

use cognito_emulator::Trigger;
use serde_json::{Value, json};

use super::{
    KEY, POOL_ID, PRIMARY, SECONDARY, replicate, replicated_with, signed_in, tokens_at, use_key,
};
use crate::support::pool_with;

#[tokio::test]
async fn regions_have_separate_configurations() {
    let tags = json!({ "team": "home" });
    let pool = replicated_with(|builder| builder, json!({ "UserPoolTags": tags })).await;
    let email = json!({ "EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/a" });
    let update = json!({
        "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY },
        "EmailConfiguration": email, "UserPoolTags": { "team": "abroad" },
    });
    let replied = signed_in(&pool, SECONDARY, "UpdateUserPool", update.clone());
    assert_eq!(replied.await.ok(), json!({}));
    let described = |region| signed_in(&pool, region, "DescribeUserPool", json!({}));
    let (own, home) = (
        described(SECONDARY).await.ok(),
        described(PRIMARY).await.ok(),
    );
    assert_eq!(own["UserPool"]["EmailConfiguration"], email);
    assert_eq!(own["UserPool"]["UserPoolTags"]["team"], "abroad");
    let default = json!({ "EmailSendingAccount": "COGNITO_DEFAULT" });
    assert_eq!(home["UserPool"]["EmailConfiguration"], default);
    assert_eq!(home["UserPool"]["UserPoolTags"], tags);

    for (name, value) in [
        ("MfaConfiguration", json!("ON")),
        ("DeletionProtection", json!("ACTIVE")),
        ("IssuerConfiguration", json!({ "Type": "UPDATED" })),
        ("KeyConfiguration", json!({ "KeyType": "AWS_OWNED_KEY" })),
    ] {
        let mut global = update.clone();
        global[name] = value;
        if name == "MfaConfiguration" {
            global["SmsConfiguration"] =
                json!({ "SnsCallerArn": "arn:aws:iam::123456789012:role/s" });
        }
        let reply = signed_in(&pool, SECONDARY, "UpdateUserPool", global).await;
        let message = format!("{name} must have the value of the primary region.");
        reply.invalid_parameter(&message);
    }
    // A change in the primary region is visible in the replica.
    let mut renamed = update;
    renamed["PoolName"] = json!("renamed");
    pool.admin("UpdateUserPool", renamed).await.ok();
    assert_eq!(
        described(SECONDARY).await.ok()["UserPool"]["Name"],
        "renamed"
    );
}

#[tokio::test]
async fn regions_have_separate_tags_and_logs() {
    let pool = pool_with(|builder| builder).await;
    use_key(&pool, json!({})).await;
    let fields = json!({ "RegionName": SECONDARY, "UserPoolTags": { "a": "1" } });
    pool.admin("CreateUserPoolReplica", fields).await.ok();
    let arn =
        |region: &str| format!("arn:aws:cognito-idp:{region}:123456789012:userpool/{POOL_ID}");
    let tag = json!({ "ResourceArn": arn(SECONDARY), "Tags": { "b": "2" } });
    signed_in(&pool, SECONDARY, "TagResource", tag.clone())
        .await
        .ok();
    let reply = signed_in(&pool, PRIMARY, "TagResource", tag).await;
    let message = format!("Resource {} does not exist.", arn(SECONDARY));
    reply.fails("ResourceNotFoundException", &message);
    for (region, expected) in [
        (SECONDARY, json!({ "a": "1", "b": "2" })),
        (PRIMARY, json!({})),
    ] {
        let resource = json!({ "ResourceArn": arn(region) });
        let tags = signed_in(&pool, region, "ListTagsForResource", resource).await;
        assert_eq!(tags.ok()["Tags"], expected);
    }
    let logs = json!({ "LogConfigurations": [{
        "EventSource": "userNotification", "LogLevel": "ERROR",
        "CloudWatchLogsConfiguration": {
            "LogGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:/users",
        },
    }] });
    let set = signed_in(
        &pool,
        SECONDARY,
        "SetLogDeliveryConfiguration",
        logs.clone(),
    );
    set.await.ok();
    for (region, expected) in [
        (SECONDARY, &logs["LogConfigurations"]),
        (PRIMARY, &json!([])),
    ] {
        let found = signed_in(&pool, region, "GetLogDeliveryConfiguration", json!({})).await;
        let found = &found.ok()["LogDeliveryConfiguration"]["LogConfigurations"];
        assert_eq!(found, expected, "{region}");
    }
}

#[tokio::test]
async fn only_the_sender_of_risk_messages_is_regional() {
    let pool = pool_with(|builder| builder).await;
    let configuration = |region: &str, html: &str| {
        let email = json!({ "Subject": "s", "HtmlBody": html, "TextBody": "a message" });
        let source = format!("arn:aws:ses:{region}:123456789012:identity/a");
        json!({ "AccountTakeoverRiskConfiguration": {
            "Actions": { "LowAction": { "Notify": true, "EventAction": "NO_ACTION" } },
            "NotifyConfiguration": { "SourceArn": source, "BlockEmail": email },
        } })
    };
    let set = |region, html: &str| {
        signed_in(
            &pool,
            region,
            "SetRiskConfiguration",
            configuration(region, html),
        )
    };
    let add_ons = json!({ "AdvancedSecurityMode": "AUDIT" });
    let plus = json!({ "UserPoolTier": "PLUS", "UserPoolAddOns": add_ons });
    replicate(&pool, plus).await;
    set(PRIMARY, "<b>h</b>").await.ok();
    let source = async |region| {
        let described = signed_in(&pool, region, "DescribeRiskConfiguration", json!({})).await;
        let described = described.ok();
        let takeover = &described["RiskConfiguration"]["AccountTakeoverRiskConfiguration"];
        takeover["NotifyConfiguration"]["SourceArn"].clone()
    };
    assert_eq!(source(SECONDARY).await, Value::Null);
    set(SECONDARY, "<b>h</b>").await.ok();
    for region in [PRIMARY, SECONDARY] {
        let expected = format!("arn:aws:ses:{region}:123456789012:identity/a");
        assert_eq!(source(region).await, expected);
    }
    let reply = set(SECONDARY, "<b>other</b>").await;
    let message = "All settings but From and SourceArn must have the values of the primary region.";
    reply.invalid_parameter(message);
}

#[tokio::test]
async fn triggers_know_the_region() {
    let regions = std::sync::Arc::new(parking_lot::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&regions);
    let pool = replicated_with(
        |builder| {
            builder.trigger(Trigger::PostAuthentication, move |event: Value| {
                seen.lock().push(event["region"].clone());
                Ok(event)
            })
        },
        json!({}),
    )
    .await;
    for region in [SECONDARY, PRIMARY] {
        tokens_at(&pool, region).await;
    }
    assert_eq!(*regions.lock(), [json!(SECONDARY), json!(PRIMARY)]);
}

#[tokio::test]
async fn prefix_domain_is_only_in_the_primary_region() {
    let pool = pool_with(|builder| builder).await;
    let domain = json!({ "Domain": "shop" });
    pool.admin("CreateUserPoolDomain", domain.clone())
        .await
        .ok();
    replicate(&pool, json!({})).await;
    let described = |region| signed_in(&pool, region, "DescribeUserPoolDomain", domain.clone());
    assert_eq!(
        described(PRIMARY).await.ok()["DomainDescription"]["Domain"],
        "shop"
    );
    assert_eq!(
        described(SECONDARY).await.ok()["DomainDescription"],
        json!({})
    );
}
