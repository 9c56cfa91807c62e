//! Settings that instances share: which instance reads the source, which settings are accepted, and
//! what is used in an outage.

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
    // No instance gets a response before all have sent a request.
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
async fn lost_instance_blocks_no_one_for_long() {
    let fixture = Fixture::new();
    let claim = StoreKey::new("config-claim", "shop");
    fixture.server.add(&claim, 1, MINUTE).await.unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    let waited = start.elapsed();
    assert!(waited < Duration::from_millis(2300), "{waited:?}");
    assert_eq!(fixture.loads(), 1);
    // An instance without the claim does not release it. Only the instance that has the claim does.
    let claims = fixture.server.add(&claim, 0, MINUTE).await.unwrap();
    assert!(claims > 0, "{claims}");
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
async fn instance_starting_in_outage_uses_shared_settings() {
    for outage in [
        ErrorKind::Network,
        ErrorKind::Timeout,
        ErrorKind::Throttled,
        ErrorKind::Upstream,
    ] {
        let fixture = Fixture::new();
        assert_eq!(secret_of(&fixture.machine()).await, SECRET);
        fixture.answer(Err(outage));
        fixture.clock.advance(DAY - Duration::from_secs(1));
        let logs = LogCapture::start();
        assert_eq!(secret_of(&fixture.machine()).await, SECRET);
        assert!(
            logs.text().contains("last valid shared settings"),
            "{}",
            logs.text()
        );
        logs.assert_free_of(&[SECRET, POOL, CLIENT]);
        drop(logs);
        assert_eq!(fixture.loads(), 2);
        fixture.clock.advance(Duration::from_secs(1));
        let error = fixture.machine().load().await.unwrap_err();
        assert_eq!(error.kind(), outage);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_is_an_outage_too() {
    let fixture = Fixture::new();
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    fixture.clock.advance(FRESH);
    fixture
        .parameters
        .gate
        .forget_permits(Semaphore::MAX_PERMITS);
    let start = tokio::time::Instant::now();
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    assert_eq!(start.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn running_instance_reports_outage() {
    let fixture = Fixture::new();
    let machine = fixture.machine();
    assert_eq!(secret_of(&machine).await, SECRET);
    fixture.answer(Err(ErrorKind::Network));
    fixture.clock.advance(FRESH);
    let error = machine.load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    // Shared settings are used if they are newer than those of this instance.
    fixture.answer(Ok(with_secret(ROTATED)));
    fixture.machine().reload().await.unwrap();
    fixture.answer(Err(ErrorKind::Network));
    fixture.clock.advance(FRESH);
    assert_eq!(secret_of(&machine).await, ROTATED);
    let error = machine.load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
}

#[tokio::test(start_paused = true)]
async fn older_shared_settings_do_not_replace_unshared() {
    // Settings that an instance loaded and could not share stay.
    let fixture = Fixture::new();
    let machine = fixture.machine();
    assert_eq!(secret_of(&machine).await, SECRET);
    fixture.answer(Ok(with_secret(ROTATED)));
    fixture.clock.advance(MINUTE);
    fixture.server.is_away.store(true, Ordering::SeqCst);
    machine.reload().await.unwrap();
    fixture.server.is_away.store(false, Ordering::SeqCst);
    // For the other instances the old settings are fresh enough. This instance has read newer
    // settings and shares them.
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    assert_eq!(secret_of(&machine).await, ROTATED);
    assert_eq!(secret_of(&fixture.machine()).await, ROTATED);
}

#[tokio::test(start_paused = true)]
async fn slow_load_does_not_replace_later_one() {
    let fixture = Fixture::new();
    fixture
        .parameters
        .gate
        .forget_permits(Semaphore::MAX_PERMITS);
    let slow = fixture.machine();
    let late = async {
        fixture.clock.advance(Duration::from_secs(1));
        let source = StaticConfigSource::new(with_secret(ROTATED));
        let clock = Arc::new(fixture.clock.clone());
        let store = Arc::new(fixture.sealed(1));
        let quick = SharedConfigSource::new("shop", source, store, clock);
        quick.reload().await.unwrap();
        fixture.parameters.gate.add_permits(1);
    };
    let (old, ()) = tokio::join!(slow.reload(), late);
    assert_eq!(old.unwrap().value(Setting::ClientSecret), Some(SECRET));
    assert_eq!(secret_of(&fixture.machine()).await, ROTATED);
    assert_eq!(secret_of(&slow).await, ROTATED);
}

#[tokio::test(start_paused = true)]
async fn replayed_document_reverts_no_instance() {
    let fixture = Fixture::new();
    let machine = fixture.machine();
    assert_eq!(secret_of(&machine).await, SECRET);
    let old = fixture.server.read(&document()).await.unwrap().unwrap();
    fixture.answer(Ok(with_secret(ROTATED)));
    fixture.clock.advance(MINUTE);
    machine.reload().await.unwrap();
    fixture.plant(&document(), old.clone()).await;
    assert_eq!(secret_of(&machine).await, ROTATED);
    fixture.plant(&document(), old).await;
    fixture.answer(Err(ErrorKind::Network));
    for wait in [MINUTE, FRESH] {
        fixture.clock.advance(wait);
        let error = machine.load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
    }
}

#[tokio::test(start_paused = true)]
async fn corrected_clock_does_not_block_instance() {
    let fixture = Fixture::new();
    let machine = |clock: &FixedClock| {
        let source = ParameterStore(Arc::clone(&fixture.parameters));
        let store = Arc::new(fixture.sealed(1));
        SharedConfigSource::new("shop", source, store, Arc::new(clock.clone()))
    };
    let clock = FixedClock::at_unix(1_800_000_000 + 24 * 60 * 60);
    let ahead = machine(&clock);
    fixture.server.is_away.store(true, Ordering::SeqCst);
    assert_eq!(secret_of(&ahead).await, SECRET);
    fixture.server.is_away.store(false, Ordering::SeqCst);
    clock.set(std::time::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    assert_eq!(secret_of(&ahead).await, SECRET);
    assert_eq!(fixture.loads(), 2);
}

#[tokio::test(start_paused = true)]
async fn invalid_settings_are_reported() {
    for wrong in [ErrorKind::Configuration, ErrorKind::Credentials] {
        let fixture = Fixture::new();
        assert_eq!(secret_of(&fixture.machine()).await, SECRET);
        fixture.answer(Err(wrong));
        fixture.clock.advance(FRESH);
        let error = fixture.machine().load().await.unwrap_err();
        assert_eq!(error.kind(), wrong);
    }
}

#[tokio::test(start_paused = true)]
async fn outage_is_reported_if_stale_is_rejected() {
    let fixture = Fixture::new();
    let machine = || fixture.machine().with_last_good_for(Duration::ZERO);
    assert_eq!(secret_of(&machine()).await, SECRET);
    fixture.answer(Err(ErrorKind::Network));
    assert_eq!(secret_of(&machine()).await, SECRET);
    fixture.clock.advance(FRESH);
    let error = machine().load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
}

#[tokio::test(start_paused = true)]
async fn planted_entry_is_ignored() {
    let fixture = Fixture::new();
    let evil = with_secret(ROTATED);
    let evil_machine = SharedConfigSource::new(
        "shop",
        StaticConfigSource::new(evil),
        Arc::new(fixture.sealed(2)),
        Arc::new(fixture.clock.clone()),
    );
    // Another key.
    evil_machine.load().await.unwrap();
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    assert_eq!(fixture.loads(), 1);
    // Arbitrary bytes.
    for garbage in [&b""[..], b"{\"client_secret\":\"x\"}", &[0; 300]] {
        fixture.plant(&document(), garbage.to_vec()).await;
        let loads = fixture.loads();
        assert_eq!(secret_of(&fixture.machine()).await, SECRET);
        assert_eq!(fixture.loads(), loads + 1);
    }
    // Sealed with the right key, but the content is not a settings document.
    let sealed = fixture.sealed(1);
    let no_settings = b"no settings".to_vec();
    sealed.write(&document(), no_settings, DAY).await.unwrap();
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    // A valid document under another name.
    let elsewhere = StoreKey::new("config", "elsewhere");
    let other = fixture.server.read(&document()).await.unwrap().unwrap();
    fixture.plant(&elsewhere, other).await;
    let machine = SharedConfigSource::new(
        "elsewhere",
        ParameterStore(Arc::clone(&fixture.parameters)),
        Arc::new(fixture.sealed(1)),
        Arc::new(fixture.clock.clone()),
    );
    let loads = fixture.loads();
    assert_eq!(secret_of(&machine).await, SECRET);
    assert_eq!(fixture.loads(), loads + 1);
}

#[tokio::test(start_paused = true)]
async fn settings_that_make_no_pool_are_not_shared() {
    let half = Settings::new().with(Setting::UserPoolId, POOL);
    let wrong = with_secret("too short!");
    for settings in [Settings::new(), half, wrong] {
        let fixture = Fixture::new();
        fixture.answer(Ok(settings));
        fixture.machine().load().await.unwrap();
        assert_eq!(fixture.server.read(&document()).await.unwrap(), None);
        // An operator who corrects the settings need not wait.
        fixture.answer(Ok(with_secret(SECRET)));
        assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    }
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
async fn hanging_store_costs_two_seconds_each_way() {
    let fixture = Fixture::new();
    fixture
        .parameters
        .gate
        .forget_permits(Semaphore::MAX_PERMITS);
    let claim = StoreKey::new("config-claim", "shop");
    fixture.server.add(&claim, 1, MINUTE).await.unwrap();
    let machine = fixture.machine();
    let start = tokio::time::Instant::now();
    // It has waited for the other one for half its time when the store hangs.
    let hang = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        fixture.server.hangs.store(true, Ordering::SeqCst);
        fixture.parameters.gate.add_permits(1);
    };
    let (secret, ()) = tokio::join!(secret_of(&machine), hang);
    assert_eq!(secret, SECRET);
    assert_eq!(start.elapsed().as_secs(), 4);
}

#[tokio::test(start_paused = true)]
async fn settings_from_the_future_are_reloaded() {
    let fixture = Fixture::new();
    let ahead = FixedClock::at_unix(1_800_000_000 + 3_600);
    let machine = SharedConfigSource::new(
        "shop",
        StaticConfigSource::new(with_secret(ROTATED)),
        Arc::new(fixture.sealed(1)),
        Arc::new(ahead),
    );
    machine.load().await.unwrap();
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
}

#[tokio::test(start_paused = true)]
async fn missing_store_falls_back_to_source() {
    let fixture = Fixture::new();
    fixture.server.is_away.store(true, Ordering::SeqCst);
    let logs = LogCapture::start();
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    assert!(logs.text().contains("store of the shared settings failed"));
    fixture.machine().reload().await.unwrap();
    fixture.server.hangs.store(true, Ordering::SeqCst);
    let start = tokio::time::Instant::now();
    assert_eq!(secret_of(&fixture.machine()).await, SECRET);
    assert_eq!(start.elapsed().as_secs(), 2);
    assert_eq!(fixture.loads(), 3);
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
