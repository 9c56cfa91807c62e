//! The settings that an instance accepts from the store, and those that it shares.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cognito_config::{SharedConfigSource, StaticConfigSource};
use cognito_core::config::{Setting, Settings};
use cognito_core::store::StoreKey;
use cognito_core::{ConfigSource, ErrorKind, Store};
use cognito_testkit::FixedClock;
use tokio::sync::Semaphore;

use super::{
    DAY, FRESH, Fixture, MINUTE, POOL, ParameterStore, ROTATED, SECRET, document, secret_of,
    with_secret,
};

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
