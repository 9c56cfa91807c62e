//! TLS in a process without a default crypto provider.
//!
//! It is a separate test program, because the choice is made once per process.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

use cognito_core::Store;
use cognito_core::store::StoreKey;
use cognito_redis::{RedisConfig, RedisStore};
use rustls::crypto::CryptoProvider;

/// If more than one provider is built in, the driver panics without a default.
#[tokio::test]
async fn provider_is_installed_before_driver_needs_it() {
    let key = StoreKey::new("test", "n");
    let host = "a".repeat(64);
    let ask = async |scheme: &str| {
        // The host name is too long for a look-up, so the driver does not get as far as TLS.
        let config = RedisConfig::server(&format!("{scheme}://{host}")).unwrap();
        RedisStore::new(config).read(&key).await.unwrap_err();
    };
    ask("redis").await;
    assert!(CryptoProvider::get_default().is_none(), "without need");
    ask("rediss").await;
    assert!(CryptoProvider::get_default().is_some());
}
