//! The cache of settings: renewal, failures, changes, shutdown.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito_config::{ConfigCache, ConfigCacheOptions};
use cognito_core::config::{CurrentConfig, Setting, Settings};
use cognito_core::{ClientSecret, ConfigSource, Error, ErrorKind, Result};
use cognito_testkit::{FixedClock, LogCapture, Recorded, RecordingSink};
use tokio::sync::Semaphore;

const POOL: &str = "eu-central-1_AbCdEfGhI";
const CLIENT: &str = "1example23456789";
const SECRET: &str = "abcdefghijklmnopqrstuvwxyz";
const ROTATED: &str = "zyxwvutsrqponmlkjihgfedcba";

/// A previous secret that the source returns.
const SOURCE: &str = "secretofthesource123456789";

/// The behaviour of the source at one load. After the end of the list, the last entry is repeated.
#[derive(Clone, Debug)]
enum Answer {
    Give(Settings),
    Fail(ErrorKind),
    Hang,
    Panic,
}

#[derive(Debug)]
struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
    loads: AtomicUsize,
    /// How many loads may continue.
    gate: Semaphore,
}

impl Scripted {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            loads: AtomicUsize::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    fn loads(&self) -> usize {
        self.loads.load(Ordering::Relaxed)
    }

    fn next(&self) -> Answer {
        let mut answers = self.answers.lock().unwrap();
        match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        }
    }
}

#[async_trait]
impl ConfigSource for Scripted {
    async fn load(&self) -> Result<Settings> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.gate.acquire().await.unwrap().forget();
        match self.next() {
            Answer::Give(settings) => Ok(settings),
            Answer::Fail(kind) => Err(Error::new(kind).with_detail("on purpose")),
            Answer::Hang => std::future::pending().await,
            Answer::Panic => panic!("the source panics with {SECRET}"),
        }
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        vec![format!("{} in the script", setting.name())]
    }
}

fn settings() -> Settings {
    Settings::new()
        .with(Setting::UserPoolId, POOL)
        .with(Setting::ClientId, CLIENT)
}

fn with_secret(secret: &str) -> Answer {
    Answer::Give(settings().with(Setting::ClientSecret, secret))
}

struct Fixture {
    source: Arc<Scripted>,
    clock: FixedClock,
    events: RecordingSink,
    cache: Arc<ConfigCache>,
}

const NO_TASK: ConfigCacheOptions = ConfigCacheOptions::new().without_renewal();

async fn load(
    options: ConfigCacheOptions,
    answers: impl IntoIterator<Item = Answer>,
) -> Result<Fixture> {
    let source = Scripted::new(answers);
    let clock = FixedClock::at_unix(1_800_000_000);
    let events = RecordingSink::new();
    let cache = ConfigCache::load(
        source.clone(),
        options,
        Arc::new(clock.clone()),
        Arc::new(events.clone()),
    )
    .await?;
    Ok(Fixture {
        source,
        clock,
        events,
        cache,
    })
}

impl Fixture {
    fn secret(&self) -> Option<String> {
        let current = self.cache.current();
        current
            .client_secret
            .as_ref()
            .map(|s| s.expose().to_owned())
    }
}

const GOOD: Recorded = Recorded::ConfigRefreshed { error: None };

fn bad(error: &'static str) -> Recorded {
    Recorded::ConfigRefreshed { error: Some(error) }
}

/// Lets the background task run until it is idle.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_first_reading_must_succeed() {
    for (answer, kind) in [
        (Answer::Fail(ErrorKind::Network), ErrorKind::Network),
        (Answer::Panic, ErrorKind::Configuration),
        (Answer::Give(Settings::new()), ErrorKind::Configuration),
        (with_secret("too short!"), ErrorKind::Configuration),
    ] {
        let error = load(NO_TASK, [answer]).await.err().unwrap();
        assert_eq!(error.kind(), kind);
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains(SECRET) && !text.contains("too short"),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_is_given_up() {
    let error = load(NO_TASK, [Answer::Hang]).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[test]
fn call_outside_runtime_is_an_error() {
    let loading = ConfigCache::load(
        Scripted::new([with_secret(SECRET)]),
        ConfigCacheOptions::new(),
        Arc::new(FixedClock::at_unix(0)),
        Arc::new(RecordingSink::new()),
    );
    let mut loading = std::pin::pin!(loading);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match loading.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => assert_eq!(error.kind(), ErrorKind::Misuse),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_rotated_secret_is_seen_after_a_refresh() {
    let fixture = load(NO_TASK, [with_secret(SECRET), with_secret(ROTATED)])
        .await
        .unwrap();
    let before = fixture.cache.current();
    assert_eq!(fixture.secret().as_deref(), Some(SECRET));
    fixture.clock.advance(Duration::from_secs(70));
    assert_eq!(fixture.cache.age(), Duration::from_secs(70));
    fixture.cache.refresh().await.unwrap();
    assert_eq!(fixture.secret().as_deref(), Some(ROTATED));
    assert_eq!(fixture.cache.age(), Duration::ZERO);
    assert_eq!(fixture.events.events(), [GOOD, GOOD]);
    // A caller keeps the settings that it received before.
    assert_eq!(before.client_secret.as_ref().unwrap().expose(), SECRET);
    assert!(!format!("{:?}", fixture.cache).contains(ROTATED));
}

fn with_previous(secret: &str, previous: &str) -> Answer {
    let given = settings().with(Setting::ClientSecret, secret);
    Answer::Give(given.with(Setting::PreviousClientSecret, previous))
}

/// Reads each response of the source, and checks the previous secret.
async fn check_previous(steps: impl IntoIterator<Item = (Answer, Option<&str>)>) {
    let (answers, expected): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
    let fixture = load(NO_TASK, answers).await.unwrap();
    for (step, expected) in expected.into_iter().enumerate() {
        if step > 0 {
            fixture.cache.refresh().await.unwrap();
        }
        let current = fixture.cache.current();
        let previous = current.previous_client_secret.as_ref();
        let previous = previous.map(ClientSecret::expose);
        assert_eq!(previous, expected, "step {step}");
    }
}

/// The earlier secret is kept, because Cognito may still accept only that one.
#[tokio::test]
async fn rotation_keeps_previous_secret() {
    check_previous([
        (with_secret(SECRET), None),
        (with_secret(ROTATED), Some(SECRET)),
        (with_secret(ROTATED), Some(SECRET)),
        (with_previous(SECRET, SOURCE), Some(SOURCE)),
    ])
    .await;
}

/// Two calls read the two secrets, so the source can return a previous one that is out of date.
#[tokio::test]
async fn stale_previous_secret_replaces_no_secret() {
    check_previous([
        (with_previous(SECRET, SOURCE), Some(SOURCE)),
        (with_previous(ROTATED, SOURCE), Some(SECRET)),
        (with_previous(ROTATED, SOURCE), Some(SECRET)),
        (with_previous(ROTATED, SECRET), Some(SECRET)),
    ])
    .await;
}

/// The current secret is not its own replacement.
#[tokio::test]
async fn equal_previous_secret_replaces_no_secret() {
    check_previous([
        (with_previous(SECRET, SECRET), None),
        (with_previous(ROTATED, ROTATED), Some(SECRET)),
        (with_previous(ROTATED, ROTATED), Some(SECRET)),
    ])
    .await;
}

#[tokio::test]
async fn rejected_secret_is_read_again_at_intervals() {
    let fixture = load(NO_TASK, [with_secret(SECRET), with_secret(ROTATED)]);
    let fixture = fixture.await.unwrap();
    let gate = &fixture.source.gate;
    gate.forget_permits(Semaphore::MAX_PERMITS);
    let callers: Vec<_> = (0..10)
        .map(|_| {
            let cache = Arc::clone(&fixture.cache);
            tokio::spawn(async move {
                cache.renew().await;
                let current = cache.current();
                current.client_secret.as_ref().unwrap().expose().to_owned()
            })
        })
        .collect();
    settle().await;
    gate.add_permits(100);
    for caller in callers {
        assert_eq!(caller.await.unwrap(), ROTATED);
    }
    assert_eq!(fixture.source.loads(), 2);
    fixture.clock.advance(Duration::from_secs(9));
    fixture.cache.renew().await;
    assert_eq!(fixture.source.loads(), 2);
    fixture.clock.advance(Duration::from_secs(1));
    fixture.cache.renew().await;
    assert_eq!(fixture.source.loads(), 3);
}

#[tokio::test]
async fn failed_source_keeps_last_good_settings() {
    let logs = LogCapture::start();
    let fixture = load(
        NO_TASK,
        [
            with_secret(SECRET),
            Answer::Fail(ErrorKind::Network),
            Answer::Panic,
            with_secret("too short!"),
            with_secret(ROTATED),
        ],
    )
    .await
    .unwrap();
    for (kind, name) in [
        (ErrorKind::Network, "Network"),
        (ErrorKind::Configuration, "Configuration"),
        (ErrorKind::Configuration, "Configuration"),
    ] {
        fixture.clock.advance(Duration::from_secs(10));
        let error = fixture.cache.refresh().await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(fixture.secret().as_deref(), Some(SECRET));
        assert_eq!(fixture.events.events().last(), Some(&bad(name)));
    }
    assert_eq!(fixture.cache.age(), Duration::from_secs(30));
    assert_eq!(
        logs.text()
            .matches("the last valid settings are kept")
            .count(),
        3
    );
    logs.assert_free_of(&[SECRET, "too short", POOL, CLIENT]);
    fixture.cache.refresh().await.unwrap();
    assert_eq!(fixture.secret().as_deref(), Some(ROTATED));
}

#[tokio::test]
async fn rejects_change_of_pool_identity() {
    // Another pool, client or issuer, or no client secret.
    let with = |setting, value: &str| {
        Answer::Give(
            Settings::new()
                .with(setting, value)
                .or(settings().with(Setting::ClientSecret, SECRET)),
        )
    };
    for (answer, reason) in [
        (
            with(Setting::UserPoolId, "eu-central-1_Other0000"),
            "the user pool in the settings has changed",
        ),
        (
            with(Setting::ClientId, "other"),
            "the app client in the settings has changed",
        ),
        (
            with(Setting::Issuer, "http://localhost/other"),
            "the issuer or JWKS URI in the settings has changed",
        ),
        (
            with(Setting::JwksUri, "http://localhost/other"),
            "the issuer or JWKS URI in the settings has changed",
        ),
        (Answer::Give(settings()), "client secret is missing"),
    ] {
        let fixture = load(NO_TASK, [with_secret(SECRET), answer]).await.unwrap();
        let error = fixture.cache.refresh().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(reason), "{error}");
        let current = fixture.cache.current();
        assert_eq!(current.user_pool_id.as_str(), POOL);
        assert_eq!(current.client_id.as_str(), CLIENT);
        assert_eq!(current.issuer, None);
        assert_eq!(fixture.secret().as_deref(), Some(SECRET));
        assert_eq!(fixture.events.events(), [GOOD, bad("Configuration")]);
    }
    // A verifier does not depend on the region.
    let moved = with(Setting::Region, "us-east-1");
    let fixture = load(NO_TASK, [with_secret(SECRET), moved]).await.unwrap();
    fixture.cache.refresh().await.unwrap();
    let current = fixture.cache.current();
    assert_eq!(current.region.as_ref().unwrap().as_str(), "us-east-1");
}

#[tokio::test]
async fn concurrent_caller_shares_read() {
    for (second, good) in [
        (with_secret(ROTATED), true),
        (Answer::Fail(ErrorKind::Throttled), false),
    ] {
        let fixture = load(NO_TASK, [with_secret(SECRET), second]).await.unwrap();
        let gate = &fixture.source.gate;
        gate.forget_permits(Semaphore::MAX_PERMITS);
        let callers: Vec<_> = (0..10)
            .map(|_| {
                let cache = Arc::clone(&fixture.cache);
                tokio::spawn(async move { cache.refresh().await })
            })
            .collect();
        settle().await;
        assert_eq!(fixture.source.loads(), 2);
        gate.add_permits(100);
        for caller in callers {
            match caller.await.unwrap() {
                Ok(()) => assert!(good),
                Err(error) => {
                    assert!(!good);
                    assert_eq!(error.kind(), ErrorKind::Throttled);
                    assert!(error.to_string().contains("on purpose"), "{error}");
                }
            }
        }
        assert_eq!(fixture.source.loads(), 2);
        // A later caller reads the source again.
        let _ = fixture.cache.refresh().await;
        assert_eq!(fixture.source.loads(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn caller_during_renewal_gets_its_result() {
    // The renewal may have read shared settings from before the requested change.
    let fixture = load(ConfigCacheOptions::new(), [with_secret(SECRET)]).await;
    let fixture = fixture.unwrap();
    fixture.source.gate.forget_permits(Semaphore::MAX_PERMITS);
    while fixture.source.loads() < 2 {
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    let asking = async {
        settle().await;
        fixture.source.gate.add_permits(2);
    };
    let (refreshed, ()) = tokio::join!(fixture.cache.refresh(), asking);
    refreshed.unwrap();
    assert_eq!(fixture.source.loads(), 3);
}

#[tokio::test]
async fn abandoned_load_does_not_block_next() {
    let fixture = load(NO_TASK, [with_secret(SECRET), with_secret(ROTATED)])
        .await
        .unwrap();
    fixture.source.gate.forget_permits(Semaphore::MAX_PERMITS);
    let cache = Arc::clone(&fixture.cache);
    let first = tokio::spawn(async move { cache.refresh().await });
    settle().await;
    let cache = Arc::clone(&fixture.cache);
    let second = tokio::spawn(async move { cache.refresh().await });
    settle().await;
    first.abort();
    settle().await;
    fixture.source.gate.add_permits(1);
    second.await.unwrap().unwrap();
    assert_eq!(fixture.secret().as_deref(), Some(ROTATED));
}

#[tokio::test(start_paused = true)]
async fn task_renews_every_interval_despite_errors() {
    let fixture = load(
        ConfigCacheOptions::new(),
        [
            with_secret(SECRET),
            Answer::Panic,
            Answer::Fail(ErrorKind::Network),
            Answer::Hang,
            with_secret(ROTATED),
        ],
    )
    .await
    .unwrap();
    tokio::time::sleep(Duration::from_secs(269)).await;
    assert_eq!(fixture.source.loads(), 1);
    tokio::time::sleep(Duration::from_secs(62)).await;
    assert_eq!(fixture.source.loads(), 2);
    assert_eq!(fixture.secret().as_deref(), Some(SECRET));
    tokio::time::sleep(Duration::from_secs(3 * 330 + 31)).await;
    assert!(fixture.source.loads() >= 5);
    assert_eq!(fixture.secret().as_deref(), Some(ROTATED));
    let events = fixture.events.events();
    assert_eq!(
        events[..5],
        [
            GOOD,
            bad("Configuration"),
            bad("Network"),
            bad("Timeout"),
            GOOD
        ]
    );
    fixture.cache.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_stops_loads_and_keeps_settings() {
    let fixture = load(ConfigCacheOptions::new(), [with_secret(SECRET)])
        .await
        .unwrap();
    fixture.cache.shutdown().await;
    fixture.cache.shutdown().await;
    assert_eq!(
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks(),
        0
    );
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!(fixture.source.loads(), 1);
    assert_eq!(fixture.secret().as_deref(), Some(SECRET));
}

#[tokio::test(start_paused = true)]
async fn shutdown_does_not_wait_for_hanging_source() {
    let patient = ConfigCacheOptions::new().with_load_timeout(Duration::from_secs(3_600));
    let fixture = load(patient, [with_secret(SECRET), Answer::Hang])
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(331)).await;
    assert_eq!(fixture.source.loads(), 2);
    fixture.cache.shutdown().await;
    assert_eq!(fixture.events.events(), [GOOD]);
}

#[tokio::test(start_paused = true)]
async fn dropping_cache_ends_task_during_load() {
    for answers in [
        vec![with_secret(SECRET)],
        vec![with_secret(SECRET), Answer::Hang],
    ] {
        let patient = ConfigCacheOptions::new().with_load_timeout(Duration::from_secs(3_600));
        let Fixture { source, cache, .. } = load(patient, answers).await.unwrap();
        let alive = || {
            tokio::runtime::Handle::current()
                .metrics()
                .num_alive_tasks()
        };
        assert_eq!(alive(), 1);
        tokio::time::sleep(Duration::from_secs(331)).await;
        assert_eq!(alive(), 1);
        drop(cache);
        settle().await;
        assert_eq!(alive(), 0);
        // Only this test still holds the source.
        assert_eq!(Arc::strong_count(&source), 1);
    }
}
