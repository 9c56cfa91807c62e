//! The versions of the pre token generation trigger.

use std::sync::Arc;

use cognito_emulator::{Client, OAuthFlow, Trigger};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::browser::{API, SECRET, claims, encoded};
use crate::support::{
    CLIENT, EMAIL, Pool, Reply, new_client, new_person, new_pool, password_fields, pool, pool_with,
};
use crate::triggers::{Hook, Says};

const VERSIONS: [&str; 3] = ["V1_0", "V2_0", "V3_0"];

/// Creates a pool with this `LambdaConfig` and signs in. Returns the claims of the ID token and of
/// the access token.
async fn signed_in(pool: &Pool, lambda_config: Value) -> [Value; 2] {
    let id = new_pool(pool, json!({ "LambdaConfig": lambda_config })).await;
    let client = new_client(pool, &id, json!({})).await;
    new_person(pool, &id, "ann").await;
    let fields = password_fields(&client["ClientId"], "ann");
    let result = pool.call("InitiateAuth", fields).await.ok()["AuthenticationResult"].take();
    ["IdToken", "AccessToken"].map(|token| claims(&result[token]))
}

fn config(version: &str, url: &str) -> Value {
    json!({ "PreTokenGenerationConfig": { "LambdaVersion": version, "LambdaArn": url } })
}

// localstack#7581, ministack#533, and the developer guide: "Group overrides are the only changes to
// the access token that version 1 events can make."
#[tokio::test]
async fn first_version_changes_claims_of_id_token_only() {
    let hook = Hook::listen(Says::Response(json!({ "claimsOverrideDetails": {
        "claimsToAddOrOverride": { "tenant": "blue", "sub": "forged" },
        "claimsToSuppress": ["event_id", "cognito:username"],
        "groupOverrideDetails": { "groupsToOverride": ["editors"] },
    } })))
    .await;
    let pool = pool().await;
    for config in [
        json!({ "PreTokenGeneration": hook.url }),
        config("V1_0", &hook.url),
    ] {
        let [id, access] = signed_in(&pool, config).await;
        assert_eq!(id["tenant"], "blue");
        assert_ne!(id["sub"], "forged");
        assert_eq!(id["cognito:username"], "ann");
        assert_eq!(id["cognito:groups"], json!(["editors"]));
        assert_eq!(access.get("tenant"), None);
        assert_eq!(access["cognito:groups"], json!(["editors"]));
        let event = hook.events.lock().pop().expect("an event");
        assert_eq!(event["version"], "1");
        assert_eq!(event["triggerSource"], "TokenGeneration_Authentication");
        assert_eq!(event["request"]["userAttributes"]["sub"], id["sub"]);
        assert_eq!(event["request"].get("scopes"), None);
        assert_eq!(event["response"], json!({ "claimsOverrideDetails": null }));
    }
}

// terraform-provider-aws#35236, aws-cdk#31595.
#[tokio::test]
async fn later_versions_change_claims_of_both_tokens() {
    let part = |claim: &str| json!({ "claimsToAddOrOverride": { claim: { "plan": 3 } } });
    let hook = Hook::listen(Says::Response(json!({ "claimsAndScopeOverrideDetails": {
        "idTokenGeneration": part("in_id"),
        "accessTokenGeneration": part("in_access"),
    } })))
    .await;
    let pool = pool().await;
    for (name, version) in [("V2_0", "2"), ("V3_0", "3")] {
        let [id, access] = signed_in(&pool, config(name, &hook.url)).await;
        assert_eq!(id["in_id"]["plan"], 3);
        assert_eq!(access["in_access"]["plan"], 3);
        let event = hook.events.lock().pop().expect("an event");
        assert_eq!(event["version"], version);
        assert_eq!(
            event["request"]["scopes"],
            json!(["aws.cognito.signin.user.admin"])
        );
        assert_eq!(
            event["response"],
            json!({ "claimsAndScopeOverrideDetails": null })
        );
    }
}

#[tokio::test]
async fn response_of_another_version_changes_nothing() {
    let part = json!({ "claimsToAddOrOverride": { "tenant": "blue" } });
    let second = json!({ "claimsAndScopeOverrideDetails": { "idTokenGeneration": part } });
    let hook = Hook::listen(Says::Response(second)).await;
    let pool = pool().await;
    let [id, access] = signed_in(&pool, config("V1_0", &hook.url)).await;
    assert_eq!((id.get("tenant"), access.get("tenant")), (None, None));
    let hook = Hook::listen(Says::Response(json!({ "claimsOverrideDetails": part }))).await;
    let [id, access] = signed_in(&pool, config("V2_0", &hook.url)).await;
    assert_eq!((id.get("tenant"), access.get("tenant")), (None, None));
}

#[tokio::test]
async fn first_version_accepts_string_claims_only() {
    for value in [json!(3), json!(true), json!(["a"]), json!({ "a": "b" })] {
        let pool = pool_with(|builder| {
            builder.trigger(Trigger::PreTokenGeneration, move |mut event| {
                event["response"]["claimsOverrideDetails"] =
                    json!({ "claimsToAddOrOverride": { "claim": value } });
                Ok(event)
            })
        })
        .await;
        pool.person();
        pool.sign_in(EMAIL, crate::support::PASSWORD).await.fails(
            "InvalidLambdaResponseException",
            "Unrecognizable lambda output",
        );
    }
}

// "If you provide an empty or null object in the response, then Amazon Cognito suppresses the groups."
#[tokio::test]
async fn empty_group_override_removes_groups_and_roles() {
    let role = "arn:aws:iam::123456789012:role/editor";
    for (details, groups) in [
        (json!({}), json!(["editors"])),
        (json!({ "groupOverrideDetails": null }), Value::Null),
        (json!({ "groupOverrideDetails": {} }), Value::Null),
        (
            json!({ "groupOverrideDetails": { "groupsToOverride": ["authors"] } }),
            json!(["authors"]),
        ),
    ] {
        let keeps_roles = details == json!({});
        for (trigger, member) in [
            (Trigger::PreTokenGeneration, "claimsOverrideDetails"),
            (
                Trigger::PreTokenGenerationV2,
                "claimsAndScopeOverrideDetails",
            ),
        ] {
            let details = details.clone();
            let pool = pool_with(|builder| {
                builder.trigger(trigger, move |mut event| {
                    event["response"][member] = details.clone();
                    Ok(event)
                })
            })
            .await;
            pool.person();
            let group = json!({ "GroupName": "editors", "RoleArn": role });
            pool.admin("CreateGroup", group).await.ok();
            pool.emulator
                .add_user_to_group(EMAIL, "editors")
                .expect("joined");
            let tokens = pool.tokens().await;
            let [id, access] = [tokens.id, tokens.access].map(|token| claims(&json!(token)));
            assert_eq!(
                (&id["cognito:groups"], &access["cognito:groups"]),
                (&groups, &groups)
            );
            assert_eq!(id.get("cognito:roles").is_some(), keeps_roles, "{id}");
            assert_eq!(id.get("cognito:preferred_role").is_some(), keeps_roles);
        }
    }
}

#[tokio::test]
async fn both_settings_describe_the_same_function() {
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:tokens";
    let pool = pool().await;
    let detailed = |version: &str| json!({ "LambdaVersion": version, "LambdaArn": arn });
    for (told, version) in [
        (json!({ "PreTokenGeneration": arn }), "V1_0"),
        (
            json!({ "PreTokenGenerationConfig": detailed("V3_0") }),
            "V3_0",
        ),
        (
            json!({ "PreTokenGeneration": arn, "PreTokenGenerationConfig": detailed("V2_0") }),
            "V2_0",
        ),
    ] {
        let id = new_pool(&pool, json!({ "LambdaConfig": told })).await;
        let fields = json!({ "UserPoolId": id });
        let described = pool.operator("DescribeUserPool", fields).await.ok();
        let expected =
            json!({ "PreTokenGeneration": arn, "PreTokenGenerationConfig": detailed(version) });
        assert_eq!(described["UserPool"]["LambdaConfig"], expected, "{told}");
    }
}

// The API reference of LambdaConfigType: "its value must be identical to PreTokenGeneration".
#[tokio::test]
async fn rejects_two_different_token_functions() {
    let pool = pool().await;
    let config = json!({
        "PreTokenGeneration": "http://127.0.0.1:3000/one",
        "PreTokenGenerationConfig":
            { "LambdaVersion": "V2_0", "LambdaArn": "http://127.0.0.1:3000/two" },
    });
    let fields = json!({ "PoolName": "people", "LambdaConfig": config });
    let reply = pool.operator("CreateUserPool", fields).await;
    assert_eq!(reply.body["__type"], "InvalidParameterException");
    for config in [
        json!({ "LambdaVersion": "V4_0", "LambdaArn": "http://127.0.0.1:3000/one" }),
        json!({ "LambdaVersion": "V1_0" }),
        json!({ "LambdaArn": "http://127.0.0.1:3000/one" }),
    ] {
        let config = json!({ "PreTokenGenerationConfig": config });
        let fields = json!({ "PoolName": "people", "LambdaConfig": config });
        let reply = pool.operator("CreateUserPool", fields).await;
        assert_eq!(
            reply.body["__type"], "InvalidParameterException",
            "{config}"
        );
    }
}

/// A pool whose client gets `client_credentials` tokens, with a trigger that records its events.
async fn machine_pool(version: &str) -> (Pool, Arc<Mutex<Vec<Value>>>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&events);
    let trigger = match version {
        "V1_0" => Trigger::PreTokenGeneration,
        "V2_0" => Trigger::PreTokenGenerationV2,
        _ => Trigger::PreTokenGenerationV3,
    };
    let client = Client::new(CLIENT)
        .secret(SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(format!("{API}/read"));
    let pool = pool_with(|builder| {
        builder
            .resource_server(API, ["read"])
            .client(client)
            .trigger(trigger, move |mut event| {
                noted.lock().push(event.clone());
                if event["request"]["clientMetadata"]["tenant"] == "none" {
                    return Err("no such tenant".into());
                }
                event["response"]["claimsAndScopeOverrideDetails"] = json!({
                    "accessTokenGeneration": {
                        "claimsToAddOrOverride": { "tenant": "blue", "client_id": "forged" },
                        "scopesToAdd": ["extra"],
                    },
                });
                Ok(event)
            })
    })
    .await;
    (pool, events)
}

async fn machine_token(pool: &Pool, metadata: &str) -> Reply {
    let mut pairs = vec![
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
    ];
    if !metadata.is_empty() {
        pairs.push(("aws_client_metadata", metadata));
    }
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    pool.send("POST", "/oauth2/token", &headers, encoded(&pairs))
        .await
}

#[tokio::test]
async fn only_third_version_changes_client_tokens() {
    for version in VERSIONS {
        let (pool, events) = machine_pool(version).await;
        let reply = machine_token(&pool, r#"{"tenant":"blue"}"#).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let access = claims(&reply.body["access_token"]);
        assert_eq!(access["client_id"], CLIENT);
        if version != "V3_0" {
            assert!(events.lock().is_empty());
            assert_eq!(access.get("tenant"), None);
            continue;
        }
        assert_eq!(access["tenant"], "blue");
        assert_eq!(access["scope"], format!("{API}/read extra"));
        let event = events.lock()[0].clone();
        assert_eq!(event["version"], "3");
        assert_eq!(event["triggerSource"], "TokenGeneration_ClientCredentials");
        assert_eq!(event["callerContext"]["clientId"], CLIENT);
        assert_eq!(event.get("userName"), None);
        assert_eq!(event["request"]["userAttributes"], json!({}));
        assert_eq!(event["request"]["scopes"], json!([format!("{API}/read")]));
        assert_eq!(event["request"]["clientMetadata"]["tenant"], "blue");
    }
}

#[tokio::test]
async fn client_token_needs_trigger_and_readable_metadata() {
    let (pool, events) = machine_pool("V3_0").await;
    for metadata in ["not JSON", "[]", r#"{"a":1}"#] {
        let reply = machine_token(&pool, metadata).await;
        assert_eq!(reply.status, 400, "{metadata}");
        assert_eq!(reply.body["error"], "invalid_request", "{metadata}");
    }
    assert!(events.lock().is_empty());
    let reply = machine_token(&pool, r#"{"tenant":"none"}"#).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.body.get("access_token"), None);
    let reply = machine_token(&pool, "").await;
    assert_eq!(reply.status, 200);
    assert_eq!(events.lock()[1]["request"]["clientMetadata"], json!({}));
}
