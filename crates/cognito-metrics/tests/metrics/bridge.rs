//! The bridge, read by a recorder of the `metrics` crate.

use std::time::Duration;

use cognito_core::operations::QuotaCategory;
use cognito_core::{Error, ErrorKind, Event, EventSink, Operation};
use cognito_metrics::{MetricsBridge, MetricsSnapshot};
use cognito_testkit::conformance;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

/// Returns the content of a recorder after these events: names with labels, and values.
fn recorded(events: &[Event<'_>]) -> Vec<(String, DebugValue)> {
    after(|bridge| {
        for event in events {
            bridge.record(event);
        }
    })
}

fn after(work: impl FnOnce(&MetricsBridge)) -> Vec<(String, DebugValue)> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || work(&MetricsBridge::new()));
    let mut found: Vec<_> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, described, value)| {
            let key = key.key();
            assert!(described.is_some(), "{} says what it means", key.name());
            let labels = key
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()));
            let labels: Vec<_> = labels.collect();
            (format!("{}{{{}}}", key.name(), labels.join(",")), value)
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[test]
fn every_event_has_its_counter() {
    let wrong = Error::from_aws("NotAuthorizedException", "Incorrect username or password.");
    let no_keys = Error::new(ErrorKind::Network);
    let took = Duration::from_millis(250);
    let found = recorded(&[
        Event::operation_finished(Operation::InitiateAuth, took, None),
        Event::operation_finished(Operation::InitiateAuth, took, Some(&wrong)),
        Event::operation_finished(Operation::InitiateAuth, took, Some(&wrong)),
        Event::attempt_refused(Operation::InitiateAuth),
        Event::device_stale(Operation::InitiateAuth),
        Event::config_refreshed(Some(&no_keys)),
        Event::keys_refreshed(None),
        Event::keys_refreshed(Some(ErrorKind::Network)),
        Event::revocations_stale(true),
        Event::revocations_stale(false),
        Event::revocations_stale(false),
    ]);
    let counted = |name: &str, times| (name.to_owned(), DebugValue::Counter(times));
    let seconds = vec![0.25.into(); 3];
    assert_eq!(
        found,
        [
            counted("cognito_attempts_refused_total{operation=InitiateAuth}", 1),
            counted("cognito_devices_stale_total{operation=InitiateAuth}", 1),
            (
                "cognito_operation_duration_seconds{operation=InitiateAuth}".to_owned(),
                DebugValue::Histogram(seconds)
            ),
            counted(
                "cognito_operations_total{operation=InitiateAuth,outcome=NotAuthorizedException}",
                2
            ),
            counted(
                "cognito_operations_total{operation=InitiateAuth,outcome=ok}",
                1
            ),
            counted("cognito_refreshes_total{what=config,outcome=failed}", 1),
            counted("cognito_refreshes_total{what=keys,outcome=failed}", 1),
            counted("cognito_refreshes_total{what=keys,outcome=ok}", 1),
            counted("cognito_revocations_stale_total{outcome=admitted}", 1),
            counted("cognito_revocations_stale_total{outcome=refused}", 2),
        ]
    );
}

#[test]
fn quotas_waits_and_rejections_are_recorded() {
    let locked = Error::new(ErrorKind::AttemptLimit).with_retry_after(Duration::from_secs(4));
    let took = Duration::from_millis(250);
    let mut found = recorded(&[
        Event::operation_finished(Operation::SignUp, took, Some(&locked)),
        Event::requests_sent(Operation::InitiateAuth, 3, 2),
        // It sends nothing, so it has no quota.
        Event::requests_sent(Operation::VerifyToken, 1, 0),
        Event::token_rejected("InvalidToken", 401, Some(ErrorKind::TokenExpired)),
        Event::token_rejected("MissingToken", 401, None),
    ]);
    found.retain(|(name, _)| !name.starts_with("cognito_operation"));
    let counted = |name: &str, times| (name.to_owned(), DebugValue::Counter(times));
    assert_eq!(
        found,
        [
            counted(
                "cognito_quota_requests_total{category=UserAuthentication}",
                3
            ),
            counted(
                "cognito_quota_throttled_total{category=UserAuthentication}",
                2
            ),
            counted(
                "cognito_requests_rejected_total{reason=InvalidToken,error=TokenExpired}",
                1
            ),
            counted(
                "cognito_requests_rejected_total{reason=MissingToken,error=none}",
                1
            ),
            (
                "cognito_retry_after_seconds{operation=SignUp}".to_owned(),
                DebugValue::Histogram(vec![4.0.into()])
            ),
        ]
    );
}

#[test]
fn non_event_values_are_gauges() {
    let mut snapshot = MetricsSnapshot::default();
    snapshot.cache.token_blacklist_size = 7;
    snapshot.cache.revocations_pending_writes = 2;
    let gauge = |name: &str, value: f64| (format!("{name}{{}}"), DebugValue::Gauge(value.into()));
    let counts = [
        gauge("cognito_revocations_live", 7.0),
        gauge("cognito_revocations_overflowed", 0.0),
        gauge("cognito_revocations_pending_writes", 2.0),
    ];
    let is_rate = |name: &str| name.starts_with("cognito_quota_default_rate{category=");
    let (rates, found): (Vec<_>, Vec<_>) = after(|bridge| bridge.set_gauges(&snapshot))
        .into_iter()
        .partition(|(name, _)| is_rate(name));
    assert_eq!(found, counts, "what nobody else feeds has no age");
    assert_eq!(rates.len(), QuotaCategory::ALL.len());
    snapshot.cache.revocations_age = Some(Duration::from_millis(1500));
    let mut found = after(|bridge| bridge.set_gauges(&snapshot));
    found.retain(|(name, _)| !is_rate(name));
    assert_eq!(found[0], gauge("cognito_revocations_age_seconds", 1.5));
    assert_eq!(found[1..], counts);
}

#[test]
fn user_input_is_in_no_label() {
    let telling = Error::from_aws(
        "UserLambdaValidationException",
        "ann@example.com is refused",
    );
    let took = Duration::from_millis(1);
    let found = recorded(&[Event::operation_finished(
        Operation::SignUp,
        took,
        Some(&telling),
    )]);
    assert_eq!(found.len(), 2);
    assert!(
        found.iter().all(|(name, _)| !name.contains("ann")),
        "{found:?}"
    );
}

#[tokio::test]
async fn it_keeps_the_promises_of_a_sink() {
    conformance::event_sink(&MetricsBridge::new()).await;
}
