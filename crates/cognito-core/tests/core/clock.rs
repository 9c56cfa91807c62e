//! Tests of the system's clock, and of the format of times.

use std::time::{Duration, UNIX_EPOCH};

use cognito_core::clock::rfc3339;
use cognito_core::{Clock, SystemClock};

#[test]
fn format_has_milliseconds_and_z() {
    let moment = UNIX_EPOCH + Duration::from_millis(1_704_110_400_007);
    assert_eq!(rfc3339(moment), "2024-01-01T12:00:00.007Z");
}

#[test]
fn moments_out_of_range_do_not_panic() {
    assert_eq!(
        rfc3339(UNIX_EPOCH - Duration::from_secs(1)),
        "1970-01-01T00:00:00.000Z"
    );
    assert_eq!(
        rfc3339(UNIX_EPOCH + Duration::from_secs(u64::from(u32::MAX) * 1000)),
        "1970-01-01T00:00:00.000Z"
    );
}

#[test]
fn system_clock_moves_forward() {
    let clock = SystemClock::new();
    let before = clock.monotonic();
    assert!(clock.monotonic() >= before);
    assert!(clock.unix_seconds() > 1_700_000_000);
}
