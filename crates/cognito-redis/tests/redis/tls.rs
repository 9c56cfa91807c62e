//! TLS: which servers are trusted, and which are not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::MemoryRevocationList;
use cognito_core::store::StoreKey;
use cognito_core::{Error, ErrorKind, RevocationList, Store, SystemClock};
use cognito_redis::{RedisConfig, RedisRevocations, RedisStore, WhenStale};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::fixture::{is_let_in, refused, revocation};
use crate::group;
use crate::proxy::{Fault, Proxy};
use crate::server::{LONG, Server, free_port};

const MINUTE: Duration = Duration::from_secs(60);

fn path(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
    folder.join(name).to_str().expect("a path").to_owned()
}

fn pem(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("a file")
}

/// Returns the options of a server with TLS at this port, in addition to the port of the tests.
fn options(port: u16, certificate: &str) -> Vec<String> {
    [
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &path(certificate),
        "--tls-key-file",
        &path("server-key.pem"),
        "--tls-ca-cert-file",
        &path("root.pem"),
        "--tls-auth-clients",
        "no",
    ]
    .map(ToOwned::to_owned)
    .to_vec()
}

async fn start_with(options: &[String]) -> Option<Server> {
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    Server::start(&options).await
}

/// Starts a server with this certificate. Returns it with its TLS port.
async fn start(certificate: &str) -> Option<(Server, u16)> {
    let port = free_port();
    Some((start_with(&options(port, certificate)).await?, port))
}

fn at(port: u16) -> RedisConfig {
    patient(RedisConfig::server(&format!("rediss://127.0.0.1:{port}")))
}

/// Allows more time, because reading the system's roots takes long without optimization and on a
/// busy host.
fn patient(config: cognito_core::Result<RedisConfig>) -> RedisConfig {
    let config = config.unwrap().with_connect_timeout(LONG / 2);
    config.with_command_timeout(LONG / 4)
}

fn trusting(config: RedisConfig) -> RedisConfig {
    config.with_root_certificates(pem("root.pem")).unwrap()
}

async fn machine(config: RedisConfig) -> cognito_core::Result<RedisRevocations> {
    let view = Arc::new(MemoryRevocationList::new(Arc::new(SystemClock::new())));
    let builder = RedisRevocations::builder(config, view, WhenStale::FailClosed);
    let connected = tokio::time::timeout(LONG, builder.connect()).await;
    connected.expect("it hangs")
}

/// Checks that a token revoked on one instance is rejected on the other, and that counters work.
async fn all_works(config: RedisConfig) {
    let store = RedisStore::new(config.clone());
    for number in 0..10_u8 {
        let key = StoreKey::new("test", number.to_string());
        assert_eq!(store.add(&key, 2, MINUTE).await.unwrap(), 2);
        store.write(&key, vec![number], MINUTE).await.unwrap();
        assert_eq!(store.read(&key).await.unwrap(), Some(vec![number]));
    }
    let (one, other) = (
        machine(config.clone()).await.unwrap(),
        machine(config).await.unwrap(),
    );
    one.revoke(revocation("a")).await.unwrap();
    refused(&other, "a").await;
    assert!(is_let_in(&other, "b"));
}

/// Returns the port of a server that speaks neither TLS nor Redis.
async fn stranger() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            drop(socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
            // If the socket were closed at once, the sent bytes could be lost.
            drop(socket.read(&mut [0; 1024]).await);
        }
    });
    port
}

/// Checks that the store and the revocations fail with this detail in time.
async fn fails(config: RedisConfig, detail: &str) {
    let store = RedisStore::new(config.clone());
    let key = StoreKey::new("test", "n");
    let read = tokio::time::timeout(LONG, store.read(&key))
        .await
        .expect("it hangs");
    for error in [read.unwrap_err(), machine(config).await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
        assert!(error.to_string().contains(detail), "{error}");
    }
}

#[tokio::test]
async fn works_over_tls_with_custom_ca() {
    let Some((server, port)) = start("server.pem").await else {
        return;
    };
    all_works(trusting(at(port))).await;
    let by_name = patient(RedisConfig::server(&format!("rediss://localhost:{port}")));
    all_works(trusting(by_name).with_prefix("by-name")).await;
    // The entries were written to this server, over TLS.
    assert!(server.calls("xadd").await >= 2);
}

#[tokio::test]
async fn untrusted_server_receives_nothing() {
    for (certificate, detail) in [
        ("other-ca.pem", "the certificate of Redis is not trusted"),
        ("expired.pem", "the certificate of Redis has expired"),
        (
            "other-host.pem",
            "the certificate of Redis is for another host",
        ),
    ] {
        let Some((server, port)) = start(certificate).await else {
            return;
        };
        let config = at(port).with_credentials(Some("alice"), "hunter2");
        fails(trusting(config), detail).await;
        assert_eq!(server.calls("auth").await + server.calls("hello").await, 0);
    }
}

/// The roots of the system, if there are any, do not include this one.
#[tokio::test]
async fn by_default_only_the_systems_roots_are_trusted() {
    let Some((_server, port)) = start("server.pem").await else {
        return;
    };
    fails(at(port), "the certificate of Redis is not trusted").await;
}

#[tokio::test]
async fn rejects_plaintext_and_foreign_servers() {
    let Some((server, port)) = start("server.pem").await else {
        return;
    };
    // The server takes the handshake for a command and waits for its end.
    let plain = trusting(at(server.port)).with_connect_timeout(MINUTE / 60);
    fails(plain, "Redis timed out").await;
    fails(trusting(at(stranger().await)), "TLS with Redis failed").await;
    let plain = RedisConfig::server(&format!("redis://127.0.0.1:{port}")).unwrap();
    let error = machine(plain).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    // The deadline also applies during the handshake.
    let silent = Proxy::before(port).await;
    silent.set(Fault::BlackHole);
    let url = silent.url().replace("redis://", "rediss://");
    let config = trusting(RedisConfig::server(&url).unwrap());
    fails(config, "Redis timed out").await;
}

#[tokio::test]
async fn presents_client_certificate_on_demand() {
    let port = free_port();
    let mut options = options(port, "server.pem");
    options.extend(["--tls-auth-clients", "yes"].map(ToOwned::to_owned));
    let Some(_server) = start_with(&options).await else {
        return;
    };
    let known = |certificate: &str, key: &str| {
        trusting(at(port))
            .with_client_certificate(pem(certificate), pem(key))
            .unwrap()
    };
    all_works(known("client.pem", "client-key.pem")).await;
    let refused = "Redis refused the client certificate";
    fails(trusting(at(port)), refused).await;
    fails(known("other-ca.pem", "server-key.pem"), refused).await;
}

#[tokio::test]
async fn a_cluster_over_tls() {
    let ports: [u16; 3] = std::array::from_fn(|_| free_port());
    let options = ports.map(|port| {
        let mut options = options(port, "server.pem");
        options.extend(["--tls-cluster", "yes"].map(ToOwned::to_owned));
        options
    });
    let Some(nodes) = group::three(&options, Some(ports)).await else {
        return;
    };
    let urls = ports.map(|port| format!("rediss://127.0.0.1:{port}"));
    let config = || patient(RedisConfig::cluster(&urls));
    all_works(trusting(config())).await;
    for node in &nodes {
        assert!(node.calls("set").await > 0, "the keys are spread");
    }
    fails(config(), "the certificate of Redis is not trusted").await;
}

#[tokio::test]
async fn sentinel_and_its_servers_over_tls() {
    let (port, of_sentinel) = (free_port(), free_port());
    let Some(_server) = start_with(&options(port, "server.pem")).await else {
        return;
    };
    let mut options = options(of_sentinel, "server.pem");
    // With this option, the sentinel also uses TLS for the server that it monitors.
    options.extend(["--tls-replication", "yes"].map(ToOwned::to_owned));
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let Some(_sentinel) = group::sentinel(port, &[], &options).await else {
        return;
    };
    let url = format!("rediss://127.0.0.1:{of_sentinel}");
    let config = || patient(RedisConfig::sentinel([&url], "main"));
    all_works(trusting(config())).await;
    fails(config(), "the certificate of Redis is not trusted").await;
}

fn is_refused(outcome: cognito_core::Result<RedisConfig>) -> Error {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error
}

#[test]
fn certificates_are_validated_at_build() {
    let broken = String::from_utf8(pem("root.pem")).unwrap();
    let broken = broken.replacen("MII", "AAA", 1).into_bytes();
    for roots in [vec![], b"nothing".to_vec(), pem("server-key.pem"), broken] {
        is_refused(at(1).with_root_certificates(roots));
    }
    let empty = is_refused(at(1).with_root_certificates(b"nothing"));
    assert!(empty.to_string().contains("in PEM"), "{empty}");
    for (certificate, key) in [
        (pem("client.pem"), pem("server-key.pem")),
        (pem("client.pem"), pem("client.pem")),
        (pem("client-key.pem"), pem("client-key.pem")),
        (vec![], pem("client-key.pem")),
        (pem("client.pem"), vec![]),
    ] {
        let error = is_refused(at(1).with_client_certificate(certificate, key));
        assert!(std::error::Error::source(&error).is_none());
    }
    let plain = || RedisConfig::server("redis://127.0.0.1").unwrap();
    let roots = is_refused(plain().with_root_certificates(pem("root.pem")));
    let client = plain().with_client_certificate(pem("client.pem"), pem("client-key.pem"));
    for error in [roots, is_refused(client)] {
        assert!(error.to_string().contains("rediss://"), "{error}");
    }
    let mixed = ["rediss://127.0.0.1:1", "redis://127.0.0.1:2"];
    is_refused(RedisConfig::cluster(mixed));
    is_refused(RedisConfig::sentinel(mixed, "main"));
}

#[test]
fn nothing_shows_the_key_of_a_client() {
    let config = at(1).with_client_certificate(pem("client.pem"), pem("client-key.pem"));
    let config = config.unwrap();
    let store = RedisStore::new(config.clone());
    let text = format!("{config:?} {store:?}");
    let key = String::from_utf8(pem("client-key.pem")).unwrap();
    let line = key.lines().nth(1).expect("a line of the key");
    assert!(!text.contains(line) && !text.contains("PRIVATE"), "{text}");
    let bytes = format!("{:?}", key.as_bytes());
    assert!(!text.contains(&bytes[..40]), "{text}");
}
