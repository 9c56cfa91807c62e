//! Which parts of a URL are used, and how.

use std::time::Duration;

use cognito_core::store::StoreKey;
use cognito_core::{RevocationList, Store};
use cognito_redis::{RedisConfig, RedisStore};
use cognito_testkit::LogCapture;

use crate::group;
use crate::stage::{config, connected, refused, revocation};
use crate::start;

const MINUTE: Duration = Duration::from_secs(60);

async fn write(config: RedisConfig) {
    let key = StoreKey::new("test", "n");
    let store = RedisStore::new(config);
    store.write(&key, vec![1], MINUTE).await.unwrap();
}

#[tokio::test]
async fn a_newer_protocol_in_the_url_changes_nothing() {
    let server = start!();
    let log = LogCapture::start();
    let newer = connected(&format!("{}?protocol=resp3", server.url())).await;
    let other = connected(&server.url()).await;
    other.revoke(revocation("a")).await.unwrap();
    refused(&newer, "a").await;
    newer.revoke(revocation("b")).await.unwrap();
    refused(&other, "b").await;
    refused(&newer, "b").await;
    assert!(!log.text().contains("cannot be read"), "{}", log.text());
}

#[tokio::test]
async fn sentinel_url_database_is_the_servers() {
    let server = start!();
    let Some(sentinel) = group::sentinel(server.port, &[], &[]).await else {
        return;
    };
    let url = format!("{}/3", sentinel.url());
    write(RedisConfig::sentinel([url], "main").unwrap()).await;
    server.says("keyspace", "db3:keys=1").await;
}

#[tokio::test]
async fn password_alone_belongs_to_default_user() {
    let server = start!("--requirepass", "right-one");
    let url = format!("redis://nobody:wrong-one@127.0.0.1:{}/2", server.port);
    write(config(&url).with_credentials(None, "right-one")).await;
    server.says("keyspace", "db2:keys=1").await;
}
