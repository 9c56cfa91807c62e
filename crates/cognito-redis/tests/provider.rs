//! TLS in a process in which nobody has chosen a crypto provider.
//!
//! A test program of its own: the choice is made once for a process.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cognito_core::{Store, StoreKey};
use cognito_redis::{RedisConfig, RedisStore};
use rustls::crypto::CryptoProvider;

/// Where more than one provider is built in, the driver panics unless one was chosen before.
#[tokio::test]
async fn a_provider_is_chosen_before_the_driver_needs_one() {
    let key = StoreKey::new("test", "n");
    let host = "a".repeat(64);
    let ask = async |scheme: &str| {
        // No name is that long, so nobody is asked for it, and the driver does not get as far as TLS.
        let config = RedisConfig::server(&format!("{scheme}://{host}")).unwrap();
        RedisStore::new(config).read(&key).await.unwrap_err();
    };
    ask("redis").await;
    assert!(CryptoProvider::get_default().is_none(), "without need");
    ask("rediss").await;
    assert!(CryptoProvider::get_default().is_some());
}
