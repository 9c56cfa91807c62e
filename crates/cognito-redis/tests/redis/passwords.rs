//! Authentication: passwords, users, and only the needed permissions.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::{AttemptGuard, AttemptSubject, Purpose, StoreFailure};
use cognito_core::store::StoreKey;
use cognito_core::{ErrorKind, RevocationList, Store, SystemClock};
use cognito_redis::{RedisConfig, RedisRevocationsBuilder, RedisStore, WhenStale};

use crate::fixture::{config as config_at, machine_of, patient, refused, revocation};
use crate::group;
use crate::server::Server;
use crate::start;

const MINUTE: Duration = Duration::from_secs(60);
const README: &str = include_str!("../../README.md");

fn builder(config: RedisConfig) -> RedisRevocationsBuilder {
    machine_of(config, WhenStale::FailClosed, Arc::new(SystemClock::new()))
}

/// Uses the store, the revocations and the attempt guard of a server.
async fn everything(config: RedisConfig) {
    let store = RedisStore::new(config.clone());
    let key = StoreKey::new("test", "n");
    store.write(&key, vec![1], MINUTE).await.unwrap();
    assert_eq!(store.read(&key).await.unwrap(), Some(vec![1]));
    store.delete(&key).await.unwrap();
    for sum in [2, 4] {
        assert_eq!(store.add(&key, 2, MINUTE).await.unwrap(), sum);
    }
    assert_eq!(store.add(&key, 0, MINUTE).await.unwrap(), 4);

    let one = builder(config.clone()).connect().await.unwrap();
    let other = builder(config.clone()).connect().await.unwrap();
    one.revoke(revocation("a")).await.unwrap();
    refused(&other, "a").await;

    let guard = AttemptGuard::builder(Arc::new(store), Arc::new(SystemClock::new()))
        .key(b"the same on every machine, 32 by")
        .store_failure(StoreFailure::Refuse)
        .build()
        .unwrap();
    let address = "192.0.2.1".parse::<IpAddr>().unwrap();
    let subject = || AttemptSubject::new(Purpose::SignIn, "alice").with_address(address);
    guard.admit(subject()).await.unwrap().failed().await;
    guard.admit(subject()).await.unwrap().succeeded().await;
    guard.unlock(Purpose::SignIn, "alice").await.unwrap();
}

/// Checks that the connection is rejected and that no error contains the secrets.
async fn is_refused(config: RedisConfig, secrets: &[&str]) {
    let store = RedisStore::new(config.clone());
    let read = store.read(&StoreKey::new("test", "n")).await;
    let builder = builder(config.clone());
    let text = format!("{config:?} {store:?} {builder:?}");
    let errors = [read.unwrap_err(), builder.connect().await.unwrap_err()];
    for error in &errors {
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
        let detail = "Redis refused the credentials";
        assert!(error.to_string().contains(detail), "{error}");
    }
    let text = format!("{text} {errors:?} {} {}", errors[0], errors[1]);
    for secret in secrets {
        assert!(!text.contains(secret), "{text}");
    }
}

/// Adds a user with only the permissions that the documentation names.
async fn add_user(server: &Server, commands: &BTreeSet<String>) {
    let mut command = vec![
        "ACL",
        "SETUSER",
        "service",
        "on",
        ">hunter2",
        "~cognito:*",
        "-@all",
    ];
    let allowed: Vec<_> = commands.iter().map(|name| format!("+{name}")).collect();
    command.extend(allowed.iter().map(String::as_str));
    server.ask(&command).await;
}

/// Returns the commands that the documentation names, for one server and for other set-ups.
fn documented() -> (BTreeSet<String>, BTreeSet<String>) {
    let (_, access) = README.split_once("# Access").expect("the section");
    let (list, _) = access.split_once('.').expect("the end of the list");
    let (always, else_where) = list.split_once(';').expect("what is not always needed");
    let names = |text: &str| -> BTreeSet<String> {
        let spans = text.split('`').skip(1).step_by(2);
        let names = spans.filter(|name| name.chars().all(|c| c.is_ascii_uppercase()));
        names.map(str::to_lowercase).collect()
    };
    (names(always), names(else_where))
}

#[tokio::test]
async fn documented_permissions_suffice_and_are_needed() {
    let server = start!();
    let (always, _) = documented();
    assert!(always.len() > 5, "{always:?}");
    add_user(&server, &always).await;
    let config = config_at(&server.url());
    let config = config.with_credentials(Some("service"), "hunter2");
    server.ask(&["CONFIG", "RESETSTAT"]).await;
    everything(config.clone()).await;
    for command in &always {
        assert!(server.calls(command).await > 0, "{command} was not needed");
    }
    let outside = RedisStore::new(config.with_prefix("another"));
    let error = outside.read(&StoreKey::new("test", "n")).await.unwrap_err();
    assert!(error.to_string().contains("does not permit"), "{error}");
}

#[tokio::test]
async fn replicas_take_one_more_right() {
    let server = start!();
    let (mut rights, more) = documented();
    assert!(more.contains("wait"), "{more:?}");
    let _replica = start!("--replicaof", "127.0.0.1", &server.port.to_string());
    server.says("replication", "state=online").await;
    let config = config_at(&server.url());
    let config = config.with_credentials(Some("service"), "hunter2");
    rights.insert("wait".to_owned());
    add_user(&server, &rights).await;
    let careful = builder(config).replicas(1).connect().await.unwrap();
    careful.revoke(revocation("a")).await.unwrap();
}

#[tokio::test]
async fn another_database_takes_one_more_right() {
    let server = start!();
    let (mut rights, more) = documented();
    assert!(more.contains("select"), "{more:?}");
    rights.insert("select".to_owned());
    add_user(&server, &rights).await;
    let config = config_at(&format!("{}/1", server.url()));
    everything(config.with_credentials(Some("service"), "hunter2")).await;
}

#[tokio::test]
async fn bad_credentials_are_reported_without_showing() {
    let server = start!();
    add_user(&server, &documented().0).await;
    let secrets = &["service", "stranger", "hunter2", "hunter3"];
    let config = || config_at(&server.url());
    is_refused(
        config().with_credentials(Some("service"), "hunter3"),
        secrets,
    )
    .await;
    is_refused(
        config().with_credentials(Some("stranger"), "hunter2"),
        secrets,
    )
    .await;
    server.ask(&["ACL", "SETUSER", "default", "off"]).await;
    is_refused(config(), secrets).await;
}

#[tokio::test]
async fn password_applies_to_every_cluster_node() {
    let options = ["--requirepass", "right-one", "--masterauth", "right-one"];
    let options = std::array::from_fn(|_| options.map(ToOwned::to_owned).to_vec());
    let Some(nodes) = group::three(&options, None).await else {
        return;
    };
    let urls: Vec<_> = nodes.iter().map(Server::url).collect();
    let config = || patient(RedisConfig::cluster(&urls).unwrap());
    everything(config().with_credentials(None, "right-one")).await;
    let in_the_first = urls[0].replace("//", "//:right-one@");
    let first = patient(RedisConfig::cluster([&in_the_first, &urls[1], &urls[2]]).unwrap());
    everything(first.with_prefix("first")).await;
    is_refused(config().with_credentials(None, "wrong-one"), &["wrong-one"]).await;
    is_refused(config(), &["right-one"]).await;
}

#[tokio::test]
async fn cluster_user_needs_documented_permissions() {
    let options = std::array::from_fn(|_| Vec::new());
    let Some(nodes) = group::three(&options, None).await else {
        return;
    };
    everything(config_of_cluster_user(&nodes).await).await;
}

/// Adds a user to the nodes with only the permissions that the documentation names for a cluster,
/// and returns the configuration with this user.
pub(crate) async fn config_of_cluster_user(nodes: &[Server; 3]) -> RedisConfig {
    let (mut rights, more) = documented();
    for right in ["asking", "cluster"] {
        assert!(more.contains(right), "{more:?}");
        rights.insert(right.to_owned());
    }
    for node in nodes {
        add_user(node, &rights).await;
    }
    let config = patient(RedisConfig::cluster([nodes[0].url()]).unwrap());
    config.with_credentials(Some("service"), "hunter2")
}

#[tokio::test]
async fn sentinel_and_server_passwords_differ() {
    let server = start!("--requirepass", "of-the-server");
    let auth = "auth-pass main of-the-server";
    let own = ["--requirepass", "of-sentinel"];
    let Some(sentinel) = group::sentinel(server.port, &[auth], &own).await else {
        return;
    };
    let at = |password: &str| {
        let url = format!("redis://:{password}@127.0.0.1:{}", sentinel.port);
        patient(RedisConfig::sentinel([url], "main").unwrap())
    };
    everything(at("of-sentinel").with_credentials(None, "of-the-server")).await;
    let secrets = &["of-sentinel", "of-the-server", "wrong-one"];
    is_refused(
        at("wrong-one").with_credentials(None, "of-the-server"),
        secrets,
    )
    .await;
    is_refused(
        at("of-sentinel").with_credentials(None, "wrong-one"),
        secrets,
    )
    .await;
    is_refused(at("of-sentinel"), secrets).await;
}

#[tokio::test]
async fn sentinel_server_user_needs_documented_permissions() {
    let server = start!();
    let Some(sentinel) = group::sentinel(server.port, &[], &[]).await else {
        return;
    };
    let (mut rights, more) = documented();
    assert!(more.contains("role"), "{more:?}");
    rights.insert("role".to_owned());
    add_user(&server, &rights).await;
    add_user(&sentinel, &BTreeSet::from(["sentinel".to_owned()])).await;
    let url = sentinel.url().replace("//", "//service:hunter2@");
    let config = patient(RedisConfig::sentinel([url], "main").unwrap());
    everything(config.with_credentials(Some("service"), "hunter2")).await;
}
