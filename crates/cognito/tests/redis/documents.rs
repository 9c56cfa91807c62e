//! Settings and keys that several instances share.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito::clock::SystemClock;
use cognito::config::{ConfigSource, Setting, Settings};
use cognito::observe::HealthStatus;
use cognito::revocation::{MemoryRevocationList, WhenStale};
use cognito::store::{
    EncryptedStore, MemoryStore, RedisConfig, RedisStore, Seal, SealKey, Store, StoreKey,
};
use cognito::{Cognito, CognitoBuilder, Error, ErrorKind, Result, Tokens};
use redis::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{KEY, until};
use crate::fixture::{Fixture, SECRET, pool_of, refused};
use crate::patient;
use crate::proxy::{Fault, Proxy};
use crate::server::{Server, free_port};

/// Parameter Store, as all instances see it.
#[derive(Clone, Debug, Default)]
struct Vault(Arc<State>);

#[derive(Debug, Default)]
struct State {
    settings: Mutex<Settings>,
    loads: AtomicUsize,
    is_away: AtomicBool,
}

#[async_trait]
impl ConfigSource for Vault {
    async fn load(&self) -> Result<Settings> {
        self.0.loads.fetch_add(1, Ordering::SeqCst);
        if self.0.is_away.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Network));
        }
        Ok(self.0.settings.lock().unwrap().clone())
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        vec![format!("{} in the vault", setting.name())]
    }
}

/// A pool, its settings in a vault, and a connection to its keys that can be cut.
struct VaultFixture {
    pool: Fixture,
    vault: Vault,
    way_to_keys: Proxy,
}

impl VaultFixture {
    async fn new() -> Self {
        let pool = Fixture::ours_with_secret().await;
        let endpoint = pool.emulator().endpoint().to_owned();
        let (_, port) = endpoint.trim_end_matches('/').rsplit_once(':').unwrap();
        let way_to_keys = Proxy::before(port.parse().unwrap()).await;
        let detour = way_to_keys.url().replace("redis://", "http://");
        let config = pool_of(pool.emulator());
        let keys = config.jwks_uri.unwrap();
        let keys = keys.replace(endpoint.trim_end_matches('/'), &detour);
        let settings = Settings::new()
            .with(Setting::UserPoolId, config.user_pool_id.as_str())
            .with(Setting::ClientId, config.client_id.as_str())
            .with(Setting::ClientSecret, SECRET)
            .with(Setting::Issuer, &config.issuer.unwrap())
            .with(Setting::JwksUri, &keys);
        let vault = Vault::default();
        *vault.0.settings.lock().unwrap() = settings;
        Self {
            pool,
            vault,
            way_to_keys,
        }
    }

    /// Returns the builder of another instance that shares nothing yet.
    fn machine(&self) -> CognitoBuilder {
        Cognito::builder()
            .shared_config_source("shop", self.vault.clone())
            .emulator(self.pool.emulator().endpoint())
            .clock(self.pool.clock())
    }

    /// Returns the builder of another instance that shares through the server at this URL.
    fn sharing(&self, url: &str) -> CognitoBuilder {
        let config = patient(RedisConfig::server(url).unwrap());
        self.machine()
            .redis(config, WhenStale::FailClosed)
            .attempt_key(KEY)
            .share_documents(document_key(7))
    }

    fn cut(&self) {
        self.vault.0.is_away.store(true, Ordering::SeqCst);
        self.way_to_keys.set(Fault::Refuse);
    }

    fn loads(&self) -> usize {
        self.vault.0.loads.load(Ordering::SeqCst)
    }

    fn fetches(&self) -> u64 {
        self.pool.emulator().calls("jwks.json")
    }
}

fn document_key(byte: u8) -> SealKey {
    SealKey::new(&[byte; SealKey::LEN]).unwrap()
}

async fn verifies(machine: &Cognito, tokens: &Tokens) {
    let token = tokens.access_token.expose();
    machine.verify_access_token(token).await.unwrap();
}

/// Returns the names of all keys on the server, except for one list.
async fn names(server: &Server, pattern: &str) -> Vec<String> {
    let names = server.ask(&["KEYS", pattern]).await;
    redis::from_redis_value(names).unwrap()
}

#[tokio::test]
async fn one_instance_loads_and_others_read() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let fixture = VaultFixture::new().await;
    let tokens = fixture.pool.signed_in().await;
    for _ in 0..4 {
        let machine = fixture.sharing(&server.url()).build().await.unwrap();
        assert_eq!(
            machine.config().client_secret.as_ref().unwrap().expose(),
            SECRET
        );
        verifies(&machine, &tokens).await;
        until("the keys are shared", async || {
            names(&server, "cognito:jwks:*").await.len() == 1
        })
        .await;
    }
    assert_eq!((fixture.loads(), fixture.fetches()), (1, 1));
}

#[tokio::test]
async fn instance_starting_in_outage_uses_shared_documents() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let fixture = VaultFixture::new().await;
    let tokens = fixture.pool.signed_in().await;
    let first = fixture.sharing(&server.url()).build().await.unwrap();
    verifies(&first, &tokens).await;
    until("the keys are shared", async || {
        names(&server, "cognito:jwks:*").await.len() == 1
    })
    .await;
    fixture.cut();
    fixture.pool.pass(Duration::from_secs(30 * 60));
    let late = fixture.sharing(&server.url()).build().await.unwrap();
    verifies(&late, &tokens).await;
    assert_eq!((fixture.loads(), fixture.fetches()), (2, 1));
    // The instance works, and reports that it could not renew the keys.
    let health = late.health();
    assert_eq!(health.status, HealthStatus::Degraded);
    let problems = health.problems.join("; ");
    assert!(problems.contains("keys could not be renewed"), "{problems}");
    // An instance that does not share documents cannot start.
    let alone = fixture.machine().build().await;
    assert_eq!(refused(alone), ErrorKind::Network);
}

#[tokio::test]
async fn server_sees_no_secret_or_name() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let fixture = VaultFixture::new().await;
    let tokens = fixture.pool.signed_in().await;
    let mut monitor = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    monitor.write_all(b"MONITOR\r\n").await.unwrap();
    let mut heard = BufReader::new(monitor).lines();
    assert_eq!(heard.next_line().await.unwrap().unwrap(), "+OK");
    for _ in 0..2 {
        let machine = fixture.sharing(&server.url()).build().await.unwrap();
        verifies(&machine, &tokens).await;
        machine.refresh_config().await.unwrap();
        until("the keys are shared", async || {
            names(&server, "cognito:jwks:*").await.len() == 1
        })
        .await;
    }
    server.ask(&["ECHO", "this is the end"]).await;
    let pool = fixture.pool.emulator().user_pool_id().to_owned();
    let client = fixture.pool.emulator().client_id().to_owned();
    let mut commands = 0;
    while let Some(line) = heard.next_line().await.unwrap() {
        if line.contains("this is the end") {
            break;
        }
        assert!(
            !line.contains(SECRET) && !line.contains("\\\"kty"),
            "{line}"
        );
        if line.contains("cognito:config") || line.contains("cognito:jwks") {
            commands += 1;
            assert!(!line.contains(&pool) && !line.contains(&client), "{line}");
        }
    }
    assert!(commands >= 8, "{commands}");
    for name in ["cognito:config:*", "cognito:jwks:*"] {
        let [name] = names(&server, name).await.try_into().unwrap();
        let Value::BulkString(value) = server.ask(&["GET", &name]).await else {
            panic!("{name} is no value");
        };
        for word in [SECRET, &pool, &client, "keys"] {
            let word = word.as_bytes();
            assert!(!value.windows(word.len()).any(|part| part == word));
        }
    }
}

#[tokio::test]
async fn foreign_entries_are_ignored() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let fixture = VaultFixture::new().await;
    let tokens = fixture.pool.signed_in().await;
    let build = || fixture.sharing(&server.url()).build();
    verifies(&build().await.unwrap(), &tokens).await;
    until("the keys are shared", async || {
        names(&server, "cognito:jwks:*").await.len() == 1
    })
    .await;
    let [keys] = names(&server, "cognito:jwks:*").await.try_into().unwrap();
    let config = "cognito:config:shop";
    // Invalid bytes, and each document under the name of the other one.
    server.ask(&["COPY", config, "kept"]).await;
    server.ask(&["COPY", &keys, config, "REPLACE"]).await;
    server.ask(&["COPY", "kept", &keys, "REPLACE"]).await;
    verifies(&build().await.unwrap(), &tokens).await;
    assert_eq!((fixture.loads(), fixture.fetches()), (2, 2));
    server.ask(&["SET", config, r#"{"clientId":"evil"}"#]).await;
    server.ask(&["SET", &keys, r#"{"keys":[]}"#]).await;
    verifies(&build().await.unwrap(), &tokens).await;
    assert_eq!((fixture.loads(), fixture.fetches()), (3, 3));
    // An instance with another key.
    let other = build_with_another_key(&fixture, &server).await;
    verifies(&other, &tokens).await;
    assert_eq!((fixture.loads(), fixture.fetches()), (4, 4));
}

async fn build_with_another_key(fixture: &VaultFixture, server: &Server) -> Cognito {
    let builder = fixture.sharing(&server.url());
    let machine = builder.share_documents(document_key(8));
    machine.build().await.unwrap()
}

#[tokio::test]
async fn redis_outage_makes_instances_fetch_themselves() {
    let fixture = VaultFixture::new().await;
    let tokens = fixture.pool.signed_in().await;
    let nowhere = format!("redis://127.0.0.1:{}", free_port());
    let clock = Arc::new(fixture.pool.clock());
    for count in 1..3 {
        let builder = fixture.sharing(&nowhere);
        // A revocation list cannot be loaded without the server. Documents are then read from their
        // sources.
        let list = MemoryRevocationList::new(Arc::clone(&clock) as _);
        let machine = builder.revocation_list(list).build().await.unwrap();
        verifies(&machine, &tokens).await;
        assert_eq!((fixture.loads(), fixture.fetches()), (count, count as u64));
    }
}

#[tokio::test]
async fn custom_store_shares_documents() {
    let fixture = VaultFixture::new().await;
    let tokens = fixture.pool.signed_in().await;
    let clock = Arc::new(fixture.pool.clock());
    let memory = Arc::new(MemoryStore::new(Arc::clone(&clock) as _));
    for _ in 0..3 {
        let seal = Seal::new(Arc::clone(&clock) as _, document_key(1));
        let store = EncryptedStore::new(Arc::clone(&memory) as _, seal);
        let builder = fixture.machine().document_store(store);
        let machine = builder.build().await.unwrap();
        verifies(&machine, &tokens).await;
        until("both documents are shared", async || memory.len() == 2).await;
    }
    assert_eq!((fixture.loads(), fixture.fetches()), (1, 1));
}

#[tokio::test]
async fn options_that_do_not_go_together_are_named() {
    let fixture = VaultFixture::new().await;
    let no_server = fixture.machine().share_documents(document_key(1));
    let error = no_server.build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert!(error.to_string().contains("share_documents"), "{error}");
}

#[tokio::test]
async fn sealed_store_keeps_large_values() {
    let Some(server) = Server::start(&[]).await else {
        return;
    };
    let store = RedisStore::new(patient(RedisConfig::server(&server.url()).unwrap()));
    let seal = Seal::new(Arc::new(SystemClock::new()), document_key(1));
    let sealed = EncryptedStore::new(Arc::new(store), seal);
    let name = StoreKey::new("test", "large");
    let value = vec![7; 100_000];
    let minute = Duration::from_secs(60);
    sealed.write(&name, value.clone(), minute).await.unwrap();
    assert!(sealed.read(&name).await.unwrap() == Some(value));
}
