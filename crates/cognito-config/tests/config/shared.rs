//! Settings that instances share: which instance reads the source, which settings are accepted, and
//! what is used in an outage.

mod accepted;
mod outages;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito_cache::{EncryptedStore, MemoryStore, Seal, SealKey};
use cognito_config::{
    ChainConfigSource, ConfigCache, ConfigCacheOptions, SharedConfigSource, StaticConfigSource,
};
use cognito_core::config::{CurrentConfig, Setting, Settings};
use cognito_core::event::NoopEventSink;
use cognito_core::store::StoreKey;
use cognito_core::{ConfigSource, Error, ErrorKind, Result, Store};
use cognito_testkit::{FixedClock, LogCapture, conformance};
use futures_util::future::join_all;
use tokio::sync::Semaphore;

const POOL: &str = "eu-central-1_AbCdEfGhI";
const CLIENT: &str = "1example23456789";
const SECRET: &str = "abcdefghijklmnopqrstuvwxyz";
const ROTATED: &str = "zyxwvutsrqponmlkjihgfedcba";
const MINUTE: Duration = Duration::from_secs(60);
const FRESH: Duration = Duration::from_secs(300);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Parameter Store, for all instances.
#[derive(Debug)]
struct Parameters {
    answer: Mutex<std::result::Result<Settings, ErrorKind>>,
    loads: AtomicUsize,
    /// How many loads may continue.
    gate: Semaphore,
}

/// The connections to the source and the store, which can be broken.
#[derive(Clone, Debug)]
struct Fixture {
    clock: FixedClock,
    parameters: Arc<Parameters>,
    server: Arc<Server>,
}

#[derive(Debug)]
struct Server {
    memory: MemoryStore,
    is_away: AtomicBool,
    hangs: AtomicBool,
}

#[derive(Clone, Debug)]
struct ParameterStore(Arc<Parameters>);

#[async_trait]
impl ConfigSource for ParameterStore {
    async fn load(&self) -> Result<Settings> {
        self.0.loads.fetch_add(1, Ordering::SeqCst);
        self.0.gate.acquire().await.unwrap().forget();
        let answer = self.0.answer.lock().unwrap().clone();
        answer.map_err(|kind| Error::new(kind).with_detail("on purpose"))
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        vec![format!("{} in the test", setting.name())]
    }
}

impl Server {
    async fn answers(&self) -> Result<()> {
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.is_away.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::StoreUnavailable));
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Server {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        self.answers().await?;
        self.memory.read(key).await
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, live: Duration) -> Result<()> {
        self.answers().await?;
        self.memory.write(key, value, live).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        self.answers().await?;
        self.memory.delete(key).await
    }

    async fn add(&self, key: &StoreKey, delta: i64, live: Duration) -> Result<i64> {
        self.answers().await?;
        self.memory.add(key, delta, live).await
    }
}

type Machine = SharedConfigSource<ParameterStore>;

impl Fixture {
    fn new() -> Self {
        let clock = FixedClock::at_unix(1_800_000_000);
        Self {
            parameters: Arc::new(Parameters {
                answer: Mutex::new(Ok(with_secret(SECRET))),
                loads: AtomicUsize::new(0),
                gate: Semaphore::new(Semaphore::MAX_PERMITS),
            }),
            server: Arc::new(Server {
                memory: MemoryStore::new(Arc::new(clock.clone())),
                is_away: AtomicBool::new(false),
                hangs: AtomicBool::new(false),
            }),
            clock,
        }
    }

    fn sealed(&self, key: u8) -> EncryptedStore {
        let key = SealKey::new(&[key; SealKey::LEN]).unwrap();
        let seal = Seal::new(Arc::new(self.clock.clone()), key);
        EncryptedStore::new(Arc::clone(&self.server) as _, seal)
    }

    fn machine(&self) -> Machine {
        self.machine_with(1)
    }

    fn machine_with(&self, key: u8) -> Machine {
        let source = ParameterStore(Arc::clone(&self.parameters));
        let store = Arc::new(self.sealed(key));
        SharedConfigSource::new("shop", source, store, Arc::new(self.clock.clone()))
    }

    fn answer(&self, answer: std::result::Result<Settings, ErrorKind>) {
        *self.parameters.answer.lock().unwrap() = answer;
    }

    async fn plant(&self, name: &StoreKey, value: Vec<u8>) {
        self.server.write(name, value, DAY).await.unwrap();
    }

    fn loads(&self) -> usize {
        self.parameters.loads.load(Ordering::SeqCst)
    }
}

fn with_secret(secret: &str) -> Settings {
    Settings::new()
        .with(Setting::UserPoolId, POOL)
        .with(Setting::ClientId, CLIENT)
        .with(Setting::ClientSecret, secret)
}

async fn secret_of(machine: &impl ConfigSource) -> String {
    let settings = machine.load().await.unwrap();
    assert_eq!(settings.value(Setting::UserPoolId), Some(POOL));
    settings.value(Setting::ClientSecret).unwrap().to_owned()
}

fn document() -> StoreKey {
    StoreKey::new("config", "shop")
}

#[tokio::test(start_paused = true)]
async fn it_keeps_the_promises_of_the_port() {
    let expected = [
        (Setting::UserPoolId, POOL),
        (Setting::ClientId, CLIENT),
        (Setting::ClientSecret, SECRET),
    ];
    let fixture = Fixture::new();
    conformance::config_source(&fixture.machine(), &expected).await;
    conformance::config_source(&Arc::new(fixture.machine()), &expected).await;
    let boxed: Box<dyn ConfigSource> = Box::new(fixture.machine());
    conformance::config_source(&boxed, &expected).await;
    assert_eq!(fixture.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn fifty_starting_instances_load_once() {
    let fixture = Fixture::new();
    // The source of the settings does not respond before all instances have started to load.
    fixture
        .parameters
        .gate
        .forget_permits(Semaphore::MAX_PERMITS);
    let machines: Vec<_> = (0..50).map(|_| fixture.machine()).collect();
    let starts = join_all(machines.iter().map(secret_of));
    let answer = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        fixture.parameters.gate.add_permits(50);
    };
    let (secrets, ()) = tokio::join!(starts, answer);
    assert!(secrets.iter().all(|secret| secret == SECRET));
    assert_eq!(fixture.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn shared_settings_expire() {
    let fixture = Fixture::new();
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    fixture.answer(Ok(with_secret(ROTATED)));
    fixture.clock.advance(FRESH - Duration::from_secs(1));
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    assert_eq!(fixture.loads(), 1);
    fixture.clock.advance(Duration::from_secs(1));
    assert_eq!(secret_of(&fixture.machine()).await, ROTATED);
    assert_eq!(secret_of(&fixture.machine()).await, ROTATED);
    assert_eq!(fixture.loads(), 2);
}

#[tokio::test(start_paused = true)]
async fn fresh_load_is_shared_with_all() {
    let fixture = Fixture::new();
    let options = ConfigCacheOptions::new().without_renewal();
    let shared = ChainConfigSource::first_try(fixture.machine());
    let shared: Box<dyn ConfigSource> = Box::new(Arc::new(shared));
    let clock = Arc::new(fixture.clock.clone());
    let events = Arc::new(NoopEventSink::new());
    let cache = ConfigCache::load(Arc::new(shared), options, clock, events)
        .await
        .unwrap();
    fixture.answer(Ok(with_secret(ROTATED)));
    cache.refresh().await.unwrap();
    let current = cache.current();
    assert_eq!(current.client_secret.as_ref().unwrap().expose(), ROTATED);
    assert_eq!(secret_of(&fixture.machine()).await, ROTATED);
    assert_eq!(fixture.loads(), 2);
    // This instance gets an error too, although other instances have shared settings.
    fixture.answer(Err(ErrorKind::Network));
    let error = cache.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
}

#[tokio::test(start_paused = true)]
async fn shared_settings_combine_with_local_ones() {
    let fixture = Fixture::new();
    let secret = Settings::new().with(Setting::ClientSecret, SECRET);
    fixture.answer(Ok(secret));
    let ids = Settings::new()
        .with(Setting::UserPoolId, POOL)
        .with(Setting::ClientId, CLIENT);
    for _ in 0..3 {
        let machine = fixture.machine();
        let machine = machine.with_local(StaticConfigSource::new(ids.clone()));
        let settings = machine.load().await.unwrap();
        assert_eq!(settings.value(Setting::ClientSecret), Some(SECRET));
        assert_eq!(settings.value(Setting::ClientId), None);
    }
    assert_eq!(fixture.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn unshared_settings_warn_once_without_waiting() {
    let fixture = Fixture::new();
    let half = Settings::new().with(Setting::ClientSecret, SECRET);
    fixture.answer(Ok(half));
    let machine = fixture.machine();
    let logs = LogCapture::start();
    machine.load().await.unwrap();
    let claim = StoreKey::new("config-claim", "shop");
    fixture.server.add(&claim, 1, MINUTE).await.unwrap();
    let start = tokio::time::Instant::now();
    machine.load().await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(logs.text().matches("settings are not shared").count(), 1);
    assert_eq!(fixture.loads(), 2);
}

#[tokio::test(start_paused = true)]
async fn fresh_load_passes_through_layers() {
    let fixture = Fixture::new();
    let inner = fixture.machine();
    let clock = Arc::new(fixture.clock.clone());
    let outer = SharedConfigSource::new("outer", inner, Arc::new(fixture.sealed(1)), clock);
    assert_eq!(secret_of(&outer).await, SECRET);
    fixture.answer(Ok(with_secret(ROTATED)));
    let anew = outer.reload().await.unwrap();
    assert_eq!(anew.value(Setting::ClientSecret), Some(ROTATED));
}

#[tokio::test(start_paused = true)]
async fn the_store_sees_no_setting() {
    let fixture = Fixture::new();
    fixture.machine().load().await.unwrap();
    let kept = fixture.server.read(&document()).await.unwrap().unwrap();
    for value in [POOL, CLIENT, SECRET] {
        let value = value.as_bytes();
        assert!(!kept.windows(value.len()).any(|part| part == value));
    }
    let text = format!("{:?}", fixture.machine());
    assert!(text.contains("shop"), "{text}");
}
