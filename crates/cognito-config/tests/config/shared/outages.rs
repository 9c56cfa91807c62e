//! Outages of the source, of the store and of another instance.

use std::sync::atomic::Ordering;
use std::time::Duration;

use cognito_core::store::StoreKey;
use cognito_core::{ConfigSource, ErrorKind, Store};
use cognito_testkit::LogCapture;
use tokio::sync::Semaphore;

use super::{CLIENT, DAY, FRESH, Fixture, MINUTE, POOL, ROTATED, SECRET, secret_of, with_secret};

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
