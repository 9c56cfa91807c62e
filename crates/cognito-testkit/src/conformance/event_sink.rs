//! A test suite for the contract of `EventSink`.

use std::time::Duration;

use cognito_core::{Error, ErrorKind, Event, EventSink, Operation};

/// Checks an [`EventSink`]: it accepts events from several threads at the same time, and does not
/// panic. The suite sends every kind of event ([`Event::NAMES`]), with and without an error, and for
/// every operation.
///
/// # Panics
///
/// Panics if a rule is broken.
#[allow(
    clippy::unused_async,
    reason = "all suites are called in the same way, and this one may wait in a later version"
)]
pub async fn event_sink(sink: &dyn EventSink) {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| record_every_event(sink));
        }
    });
}

/// A zero, a usual and the longest duration.
const DURATIONS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(7), Duration::MAX];

fn record_every_event(sink: &dyn EventSink) {
    let errors = [
        Error::new(ErrorKind::Timeout),
        Error::from_aws("CodeMismatchException", "wrong"),
        Error::from_aws("UnknownException\n\"", "\u{202e}\0"),
    ];
    let outcomes = || std::iter::once(None).chain(errors.iter().map(Some));
    for error in outcomes() {
        sink.record(&Event::config_refreshed(error));
        sink.record(&Event::keys_refreshed(error.map(Error::kind)));
        sink.record(&Event::revocations_stale(error.is_some()));
        let kind = error.map(Error::kind);
        sink.record(&Event::token_rejected("InvalidToken", 401, kind));
        if let Some(error) = error {
            sink.record(&Event::keys_not_renewed(error.kind()));
        }
    }
    for duration in DURATIONS {
        sink.record(&Event::token_from_future(duration));
    }
    for &operation in Operation::ALL {
        sink.record(&Event::attempt_refused(operation));
        sink.record(&Event::device_stale(operation));
        sink.record(&Event::requests_sent(operation, 3, 1));
        for error in outcomes() {
            for duration in DURATIONS {
                sink.record(&Event::operation_finished(operation, duration, error));
            }
        }
    }
}
