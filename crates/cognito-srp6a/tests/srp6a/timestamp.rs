//! Compares timestamps with those of the crate `time`.

use std::time::{Duration, UNIX_EPOCH};

use cognito_srp6a::Timestamp;
use proptest::prelude::*;
use time::OffsetDateTime;

/// 2201-01-01T00:00:00Z.
const END: u64 = 7_289_654_400;

fn timestamp(seconds: u64) -> Timestamp {
    Timestamp::new(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap()
}

/// Formats the time with the crate `time`.
fn reference(seconds: u64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds.try_into().unwrap()).unwrap();
    let (hour, minute, second) = time.to_hms();
    let (weekday, month) = (time.weekday().to_string(), time.month().to_string());
    let (weekday, month) = (&weekday[..3], &month[..3]);
    let (day, year) = (time.day(), time.year());
    format!("{weekday} {month} {day} {hour:02}:{minute:02}:{second:02} UTC {year}")
}

#[test]
fn every_day_until_2200_matches_reference() {
    for day in 0..END / 86_400 {
        // A different second on each day.
        let seconds = day * 86_400 + day * 7_919 % 86_400;
        assert_eq!(timestamp(seconds).to_string(), reference(seconds));
    }
}

proptest! {
    #[test]
    fn every_second_matches_reference_and_reparses(seconds in 0..END) {
        let written = timestamp(seconds).to_string();
        prop_assert_eq!(&written, &reference(seconds));
        prop_assert_eq!(written.parse(), Ok(timestamp(seconds)));
    }

    #[test]
    fn parsed_timestamp_formats_identically(text in "(Mon|Tue|Sat) (Feb|Dec) [0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC [12][0-9]{3}") {
        if let Ok(read) = text.parse::<Timestamp>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn parsing_never_panics(text in "[A-Za-z]{3} (Jan|Feb|Dec) [0-9+]{1,6} [0-9:]{1,24} UTC [0-9]{1,7}") {
        let _ = text.parse::<Timestamp>();
    }
}
