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
