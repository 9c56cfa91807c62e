//! The snapshot for operators, and counters that many threads change.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito_core::{Error, ErrorKind, Event, EventSink, Operation};
use cognito_metrics::Metrics;
use cognito_testkit::{FixedClock, conformance};
use serde_json::json;

fn metrics() -> (FixedClock, Metrics) {
    let clock = FixedClock::at_unix(1_704_110_400);
    let metrics = Metrics::new(Arc::new(clock.clone()));
    (clock, metrics)
}

fn finished(operation: Operation, micros: u64, error: Option<&Error>) -> Event<'_> {
    Event::operation_finished(operation, Duration::from_micros(micros), error)
}

fn not_authorized() -> Error {
    Error::from_aws("NotAuthorizedException", "Incorrect username or password.")
}

#[tokio::test]
async fn it_keeps_the_promises_of_the_port() {
    let (_clock, metrics) = metrics();
    conformance::event_sink(&metrics).await;
    let snapshot = metrics.snapshot();
    let operations = Operation::ALL.len() as u64;
    assert_eq!(snapshot.total_requests, 4 * operations * 4 * 3);
    assert_eq!(snapshot.total_errors, 4 * operations * 3 * 3);
    assert_eq!(snapshot.security.refused_attempts, 4 * operations);
    // The suite counts durations of 0, 7 ms and for ever; the last is taken as a day.
    let day = Duration::from_secs(24 * 60 * 60);
    assert!(snapshot.average_request_time > day / 4);
    assert!(snapshot.average_request_time < day / 2);
}

#[test]
fn fresh_counters_read_as_nothing() {
    let (_clock, metrics) = metrics();
    assert_eq!(
        serde_json::to_value(metrics.snapshot()).unwrap(),
        json!({
            "totalRequests": 0,
            "totalErrors": 0,
            "errorRate": "0.00%",
            "errorsByType": {},
            "lastError": null,
            "averageRequestTime": "0.00ms",
            "cache": { "configCached": false, "secretHashCacheSize": 0, "tokenBlacklistSize": 0,
                       "revocationsPendingWrites": 0,
                       "revocationsOverflowed": 0 },
            "client": { "initialized": false },
            "security": { "lockedAccounts": 0, "revokedTokens": 0, "refusedAttempts": 0,
                          "admittedUnchecked": 0, "refusedUnchecked": 0,
                          "tokensFromFuture": 0, "rejectedRequests": 0 },
            "operations": {},
            "quotas": {},
            "refreshes": { "config": 0, "configFailed": 0, "keys": 0, "keysFailed": 0 },
        })
    );
}

#[test]
fn the_snapshot_is_the_documented_json() {
    let (clock, metrics) = metrics();
    for _ in 0..1_222 {
        metrics.record(&finished(Operation::InitiateAuth, 234_560, None));
    }
    let not_found = Error::from_aws("UserNotFoundException", "User does not exist.");
    for _ in 0..4 {
        metrics.record(&finished(
            Operation::InitiateAuth,
            234_560,
            Some(&not_found),
        ));
    }
    clock.advance(Duration::from_millis(7));
    for _ in 0..8 {
        metrics.record(&finished(
            Operation::InitiateAuth,
            234_560,
            Some(&not_authorized()),
        ));
    }
    metrics.record(&Event::requests_sent(Operation::InitiateAuth, 3, 1));
    let mut snapshot = metrics.snapshot();
    snapshot.cache.config_cached = true;
    snapshot.cache.secret_hash_cache_size = 45;
    snapshot.cache.token_blacklist_size = 3;
    snapshot.cache.revocations_age = Some(Duration::from_millis(210));
    snapshot.client.initialized = true;
    snapshot.security.locked_accounts = 2;
    snapshot.security.revoked_tokens = 3;
    let happened = UNIX_EPOCH + Duration::from_millis(1_704_110_400_007);
    assert_eq!(snapshot.last_error.as_ref().unwrap().time, happened);
    assert_eq!(
        serde_json::to_value(&snapshot).unwrap(),
        json!({
            "totalRequests": 1234,
            "totalErrors": 12,
            "errorRate": "0.97%",
            "errorsByType": { "NotAuthorizedException": 8, "UserNotFoundException": 4 },
            "lastError": { "type": "NotAuthorizedException", "time": "2024-01-01T12:00:00.007Z" },
            "averageRequestTime": "234.56ms",
            "cache": { "configCached": true, "secretHashCacheSize": 45, "tokenBlacklistSize": 3,
                       "revocationsAgeSeconds": 0.21, "revocationsPendingWrites": 0,
                       "revocationsOverflowed": 0 },
            "client": { "initialized": true },
            "security": { "lockedAccounts": 2, "revokedTokens": 3, "refusedAttempts": 0,
                          "admittedUnchecked": 0, "refusedUnchecked": 0,
                          "tokensFromFuture": 0, "rejectedRequests": 0 },
            // The bucket of 234.56 ms ends at 2^27 * 7/4 ns.
            "operations": {
                "InitiateAuth": { "count": 1234, "errors": 12, "p50Ms": 234.881, "p99Ms": 234.881 }
            },
            "quotas": { "UserAuthentication": { "requests": 3, "throttled": 1 } },
            "refreshes": { "config": 0, "configFailed": 0, "keys": 0, "keysFailed": 0 },
        })
    );
}

#[test]
fn operations_are_counted_separately() {
    let (_clock, metrics) = metrics();
    for micros in 1..=100 {
        metrics.record(&finished(Operation::VerifyToken, micros, None));
    }
    let failed = Error::new(ErrorKind::Timeout);
    metrics.record(&finished(Operation::SignUp, 5_000_000, Some(&failed)));
    let snapshot = metrics.snapshot();
    assert_eq!(snapshot.operations.len(), 2);
    let verify = snapshot.operations["VerifyToken"];
    assert_eq!((verify.count, verify.errors), (100, 0));
    assert!((50..=63).contains(&verify.p50.as_micros()), "{verify:?}");
    assert!((99..=124).contains(&verify.p99.as_micros()), "{verify:?}");
    let sign_up = snapshot.operations["SignUp"];
    assert_eq!((sign_up.count, sign_up.errors), (1, 1));
    assert_eq!(snapshot.errors_by_type["Timeout"], 1);
    assert_eq!(snapshot.error_rate, 100.0 / 101.0);
}

#[test]
fn attacker_input_never_becomes_a_metric_name() {
    let (_clock, metrics) = metrics();
    for number in 0..1_000 {
        let error = Error::from_aws(&format!("Invented{number}Exception"), "alice@example.com");
        metrics.record(&finished(Operation::InitiateAuth, 1, Some(&error)));
    }
    let snapshot = metrics.snapshot();
    assert_eq!(snapshot.errors_by_type.len(), 1);
    assert_eq!(snapshot.errors_by_type["Unknown"], 1_000);
    let text = format!("{} {snapshot:?}", serde_json::to_string(&snapshot).unwrap());
    assert!(
        !text.contains("Invented") && !text.contains("alice"),
        "{text}"
    );
}

#[test]
fn refreshes_are_no_requests() {
    let (_clock, metrics) = metrics();
    let error = Error::new(ErrorKind::Network);
    for event in [
        Event::config_refreshed(None),
        Event::config_refreshed(None),
        Event::config_refreshed(Some(&error)),
        Event::keys_refreshed(None),
        Event::keys_refreshed(Some(ErrorKind::Network)),
        Event::keys_refreshed(Some(ErrorKind::Timeout)),
    ] {
        metrics.record(&event);
    }
    let snapshot = metrics.snapshot();
    let refreshes = snapshot.refreshes;
    assert_eq!((refreshes.config, refreshes.config_failed), (2, 1));
    assert_eq!((refreshes.keys, refreshes.keys_failed), (1, 2));
    assert_eq!(snapshot.total_requests, 0);
    assert!(snapshot.errors_by_type.is_empty());
}

#[test]
fn reset_starts_from_zero_and_again() {
    let (_clock, metrics) = metrics();
    let fresh = serde_json::to_value(metrics.snapshot()).unwrap();
    for round in 1..=3 {
        for _ in 0..round {
            metrics.record(&finished(
                Operation::InitiateAuth,
                10,
                Some(&not_authorized()),
            ));
            metrics.record(&Event::keys_refreshed(None));
            metrics.record(&Event::attempt_refused(Operation::InitiateAuth));
            metrics.record(&Event::revocations_stale(true));
            for _ in 0..2 {
                metrics.record(&Event::revocations_stale(false));
            }
        }
        let snapshot = metrics.snapshot();
        assert_eq!(snapshot.total_requests, round);
        assert_eq!(snapshot.errors_by_type["NotAuthorizedException"], round);
        assert_eq!(snapshot.refreshes.keys, round);
        assert_eq!(snapshot.security.refused_attempts, round);
        assert_eq!(snapshot.security.admitted_unchecked, round);
        assert_eq!(snapshot.security.refused_unchecked, 2 * round);
        assert!(snapshot.last_error.is_some());
        metrics.reset();
        let snapshot = serde_json::to_value(metrics.snapshot()).unwrap();
        assert_eq!(snapshot, fresh);
    }
}

#[test]
fn no_event_of_many_threads_is_lost() {
    const THREADS: u64 = 8;
    const EVENTS: u64 = 10_000;
    let (_clock, metrics) = metrics();
    let error = not_authorized();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (metrics, error) = (&metrics, &error);
            scope.spawn(move || {
                for number in 0..EVENTS {
                    let failed = (number % 4 == 0).then_some(error);
                    let operation = Operation::ALL[(thread + number) as usize % 3];
                    metrics.record(&finished(operation, number % 1_000, failed));
                }
            });
        }
        // Reading at the same time has no effect on recording.
        let mut before = 0;
        for _ in 0..100 {
            let now = metrics.snapshot().total_requests;
            assert!(now >= before);
            before = now;
        }
    });
    let snapshot = metrics.snapshot();
    assert_eq!(snapshot.total_requests, THREADS * EVENTS);
    assert_eq!(snapshot.total_errors, THREADS * EVENTS / 4);
    assert_eq!(
        snapshot.errors_by_type["NotAuthorizedException"],
        THREADS * EVENTS / 4
    );
    assert_eq!(
        snapshot.average_request_time,
        Duration::from_nanos(499_500),
        "the mean of 0 to 999 microseconds"
    );
    let counts: Vec<_> = snapshot
        .operations
        .values()
        .map(|stats| stats.count)
        .collect();
    assert_eq!(counts.len(), 3);
    assert_eq!(counts.iter().sum::<u64>(), THREADS * EVENTS);
}
