//! Parses and formats times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::failure::Failure;

/// The last second that RFC 3339 can express: the end of the year 9999.
const LAST: u64 = 253_402_300_799;

/// Returns a time as a date and as the difference from `now`: `2027-01-15T09:00:00Z, in 1h`.
/// `seconds` and `now` are seconds since 1970-01-01T00:00:00Z.
pub(crate) fn in_words(seconds: u64, now: u64) -> String {
    if seconds > LAST {
        return "after the year 9999".to_owned();
    }
    let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds));
    let apart = humantime::format_duration(rounded(seconds.abs_diff(now))).to_string();
    match seconds.cmp(&now) {
        std::cmp::Ordering::Less => format!("{time}, {apart} ago"),
        std::cmp::Ordering::Equal => format!("{time}, now"),
        std::cmp::Ordering::Greater => format!("{time}, in {apart}"),
    }
}

/// Rounds a number of seconds down so that its formatted string is short: to minutes from one hour,
/// to hours from one day, and to days from 30 days.
fn rounded(seconds: u64) -> Duration {
    let unit = match seconds {
        0..3_600 => 1,
        3_600..86_400 => 60,
        86_400..2_592_000 => 3_600,
        _ => 86_400,
    };
    Duration::from_secs(seconds / unit * unit)
}

/// Parses a time: RFC 3339, or seconds since 1970-01-01T00:00:00Z.
pub(crate) fn parse(text: &str) -> Result<SystemTime, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds <= LAST);
    if let Some(seconds) = seconds {
        return Ok(UNIX_EPOCH + Duration::from_secs(seconds));
    }
    humantime::parse_rfc3339_weak(text)
        .map_err(|_| "not a time: write 2027-01-15T08:00:00Z, or seconds since 1970".to_owned())
}

/// Converts a time to seconds since 1970-01-01T00:00:00Z. Fails if the time is before 1970.
pub(crate) fn unix_seconds(time: SystemTime) -> Result<u64, Failure> {
    let since = time.duration_since(UNIX_EPOCH);
    let since = since.map_err(|_| Failure::usage("the time is before 1970"))?;
    Ok(since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_relative_to_now() {
        let now = 1_800_000_000;
        for (seconds, expected) in [
            (now, "2027-01-15T08:00:00Z, now"),
            (now + 3_599, "2027-01-15T08:59:59Z, in 59m 59s"),
            (now - 90_061, "2027-01-14T06:58:59Z, 1day 1h ago"),
            (LAST + 1, "after the year 9999"),
            (u64::MAX, "after the year 9999"),
        ] {
            assert_eq!(in_words(seconds, now), expected);
        }
        assert!(in_words(LAST, now).starts_with("9999-12-31T23:59:59Z, in "));
    }

    #[test]
    fn accepts_rfc_3339_and_seconds() {
        let expected = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(parse("2027-01-15T08:00:00Z"), Ok(expected));
        assert_eq!(parse("1800000000"), Ok(expected));
        for wrong in [
            "",
            "tomorrow",
            "-1",
            "99999999999999999999",
            "2027-13-01T00:00:00Z",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
