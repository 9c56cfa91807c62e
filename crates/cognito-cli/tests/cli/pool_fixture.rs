//! A pool with all kinds of settings, for the tests of `pool` and `client`.

use std::fs;
use std::path::Path;

use cognito::Operation;
use cognito::administration::JsonDocument;
use cognito_emulator::{Emulator, Seed};
use serde_json::{Value, json};

use crate::support::Pool;

/// The secret of the app client `web`.
pub(crate) const SECRET: &str = "0123456789abcdefghijklmnop";

/// The secret of the identity provider.
const PROVIDER_SECRET: &str = "secret-of-the-provider";

/// Returns a seed with one pool that has all kinds of parts.
pub(crate) fn seed() -> Value {
    serde_json::from_str(include_str!("pool_seed.json")).expect("JSON")
}

/// Starts an emulator with a seed.
pub(crate) async fn started(seed: &Value) -> Pool {
    let seed = Seed::from_json(&seed.to_string()).expect("a seed");
    let emulator = Emulator::builder().prepared(seed).start().await;
    Pool {
        emulator: emulator.expect("starts"),
    }
}

/// Starts an emulator with a pool that has all kinds of parts.
pub(crate) async fn full_pool() -> Pool {
    started(&seed()).await
}

/// Starts an emulator with another, empty pool.
pub(crate) async fn empty_pool() -> Pool {
    let settings = json!({
        "PoolName": "shop",
        "UsernameAttributes": ["email"],
        "UserPoolTier": "PLUS"
    });
    started(&json!({ "pools": [{ "id": "eu-west-1_Prod00001", "settings": settings }] })).await
}

/// Sends an operation on the pool, and returns the response.
pub(crate) async fn send(pool: &Pool, operation: Operation, members: Value) -> Value {
    let id = pool.emulator.user_pool_id().parse().expect("valid");
    let client = "none".parse().expect("valid");
    let config = cognito::config::PoolConfig::new(id, client);
    let cognito = cognito::Cognito::builder().config(config);
    let cognito = cognito.emulator(pool.emulator.endpoint()).build().await;
    let members = JsonDocument::try_from(members).expect("an object");
    let call = cognito.expect("built").admin().document(operation, members);
    call.await.expect("done").into_json()
}

/// Reads a JSON file.
pub(crate) fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

/// Writes a JSON file.
pub(crate) fn write(path: &Path, document: &Value) {
    fs::write(path, document.to_string()).expect("written");
}

/// Returns `true` if the output has a secret of the pool.
pub(crate) fn has_secret(text: &str) -> bool {
    [SECRET, PROVIDER_SECRET]
        .iter()
        .any(|secret| text.contains(secret))
}
