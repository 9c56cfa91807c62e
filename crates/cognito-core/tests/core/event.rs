//! Tests of the constructors of events.

use std::time::Duration;

use cognito_core::{Error, ErrorKind, Event, Operation};

#[test]
fn each_event_has_a_constructor() {
    let error = Error::new(ErrorKind::Timeout);
    assert!(matches!(
        Event::attempt_refused(Operation::InitiateAuth),
        Event::AttemptRefused {
            operation: Operation::InitiateAuth,
            ..
        }
    ));
    assert!(matches!(
        Event::config_refreshed(Some(&error)),
        Event::ConfigRefreshed { error: Some(e), .. } if e.kind() == ErrorKind::Timeout
    ));
    assert!(matches!(
        Event::device_stale(Operation::InitiateAuth),
        Event::DeviceStale {
            operation: Operation::InitiateAuth,
            ..
        }
    ));
    assert!(matches!(
        Event::keys_refreshed(Some(ErrorKind::Network)),
        Event::KeysRefreshed {
            error: Some(ErrorKind::Network),
            keys_available: false,
            ..
        }
    ));
    assert!(matches!(
        Event::keys_refreshed(None),
        Event::KeysRefreshed {
            error: None,
            keys_available: true,
            ..
        }
    ));
    assert!(matches!(
        Event::keys_not_renewed(ErrorKind::Network),
        Event::KeysRefreshed {
            error: Some(ErrorKind::Network),
            keys_available: true,
            ..
        }
    ));
    assert!(matches!(
        Event::operation_finished(Operation::SignUp, Duration::from_secs(3), Some(&error)),
        Event::OperationFinished { operation: Operation::SignUp, duration, error: Some(_), .. }
            if duration == Duration::from_secs(3)
    ));
    assert!(matches!(
        Event::revocations_stale(true),
        Event::RevocationsStale { admitted: true, .. }
    ));
    assert!(matches!(
        Event::token_from_future(Duration::from_secs(6)),
        Event::TokenFromFuture { ahead, .. } if ahead == Duration::from_secs(6)
    ));
}

#[test]
fn event_name_is_name_of_variant() {
    let names = [
        Event::config_refreshed(None).name(),
        Event::device_stale(Operation::InitiateAuth).name(),
        Event::token_from_future(Duration::ZERO).name(),
    ];
    assert_eq!(names, ["ConfigRefreshed", "DeviceStale", "TokenFromFuture"]);
    assert!(names.iter().all(|name| Event::NAMES.contains(name)));
}
