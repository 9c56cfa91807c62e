//! Which parts of a URL are used, and which are not shown.

use std::time::Duration;

use cognito_core::store::StoreKey;
use cognito_core::{ErrorKind, RevocationList, Store};
use cognito_redis::{RedisConfig, RedisStore};
use cognito_testkit::LogCapture;

use crate::fixture::{config, connected, refused, revocation};
use crate::group;
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

#[test]
fn nothing_shows_a_password() {
    let url = "redis://alice:hunter2@127.0.0.1:7000/1";
    let configs = [
        RedisConfig::server(url),
        RedisConfig::cluster([url]),
        RedisConfig::sentinel([url], "main")
            .map(|config| config.with_credentials(Some("alice"), "hunter2")),
    ];
    for config in configs {
        let text = format!("{:?}", config.expect("a URL"));
        assert!(text.contains("127.0.0.1:7000"), "{text}");
        assert!(
            !text.contains("hunter2") && !text.contains("alice"),
            "{text}"
        );
    }
    let error = RedisConfig::server("redis:/alice:hunter2@host").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn sentinels_of_one_group_name_one_database() {
    let urls = ["redis://127.0.0.1:1/3", "redis://127.0.0.1:2"];
    let error = RedisConfig::sentinel(urls, "main").unwrap_err();
    assert!(error.to_string().contains("database"), "{error}");
}

#[test]
fn a_certificate_cannot_be_left_unchecked() {
    let error = RedisConfig::server("rediss://127.0.0.1/#insecure").unwrap_err();
    assert!(error.to_string().contains("#insecure"), "{error}");
}

#[test]
fn rejects_cluster_without_nodes() {
    for config in [
        RedisConfig::cluster([""; 0]),
        RedisConfig::sentinel([""; 0], "main"),
    ] {
        assert_eq!(config.unwrap_err().kind(), ErrorKind::Configuration);
    }
}
