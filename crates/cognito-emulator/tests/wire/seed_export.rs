//! The current state as a seed.

use cognito_emulator::{Client, Seed};

use crate::support::{CLIENT, EMAIL, PASSWORD, pool_with};

/// The exported seed starts an emulator that exports the same seed.
#[tokio::test]
async fn exported_seed_starts_the_same_pools() {
    let seed = Seed::from_json(include_str!("../../seed.json")).expect("a seed");
    let first = pool_with(|builder| builder.prepared(seed)).await;
    let exported = first.get("/_emulator/seed").await.body;
    let seed = Seed::from_json(&exported.to_string()).expect("a seed");
    let second = pool_with(|builder| builder.prepared(seed)).await;
    assert_eq!(second.get("/_emulator/seed").await.body, exported);
}

/// A builder has settings that no request can have.
#[tokio::test]
async fn exported_seed_of_builder_is_valid() {
    let first = pool_with(|builder| {
        builder
            .client(CLIENT)
            .client(Client::new("second").secret("0123456789abcdefghijklmnop"))
            .custom_attribute("tenant")
            .resource_server("https://api.example.com", ["read"])
            .test_provider("Test")
            .passkeys("localhost")
    })
    .await;
    first.person();
    let exported = first.get("/_emulator/seed").await.body;
    let seed = Seed::from_json(&exported.to_string()).expect("a seed");
    let second = pool_with(|builder| builder.prepared(seed)).await;
    let again = second.get("/_emulator/seed").await.body;
    assert_eq!(again["pools"][0]["users"], exported["pools"][0]["users"]);
    assert_eq!(again["pools"][0]["users"][0]["username"], EMAIL);
    second.sign_in(EMAIL, PASSWORD).await.ok();
}

/// A seed of `cognito pool export` has no secrets, and can have settings that the emulator does not
/// know.
#[tokio::test]
async fn seed_without_secrets_starts() {
    let mut seed = serde_json::json!({
        "ignore_unknown": true,
        "pools": [{
            "id": "eu-west-1_Copied",
            "settings": { "PoolName": "copied", "NewerSetting": { "A": 1 } },
            "sessions": { "UserSessionTracking": "ENABLED" },
            "branding": [{ "ClientId": "web" }],
            "domains": [{ "Domain": "copied", "ManagedLoginVersion": 2 }],
            "log_delivery": { "LogConfigurations": [{
                "LogLevel": "ERROR",
                "EventSource": "userNotification",
                "CloudWatchLogsConfiguration": {
                    "LogGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:users"
                }
            }] },
            "clients": [{ "id": "web", "secrets": ["(left out)"] }]
        }]
    });
    let parsed = Seed::from_json(&seed.to_string()).expect("a seed");
    let pool = pool_with(|builder| builder.prepared(parsed)).await;
    let exported = pool.get("/_emulator/seed").await.body;
    let exported = &exported["pools"][0];
    let secret = exported["clients"][0]["secrets"][0].as_str();
    assert_eq!(secret.map(str::len), Some(51));
    for name in ["domains", "log_delivery"] {
        assert_eq!(exported[name], seed["pools"][0][name], "{name}");
    }
    seed["ignore_unknown"] = false.into();
    for (section, expected) in [
        ("branding", "pools[0].branding"),
        ("sessions", "pools[0].sessions"),
        ("none", "newerSetting"),
    ] {
        let parsed = Seed::from_json(&seed.to_string()).expect("a seed");
        let started = cognito_emulator::Emulator::builder()
            .prepared(parsed)
            .start();
        let error = started.await.expect_err("an unknown setting").to_string();
        assert!(error.contains(expected), "{error}");
        let pool = seed["pools"][0].as_object_mut();
        pool.expect("an object").remove(section);
    }
}
