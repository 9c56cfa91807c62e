//! Converts times to the formats of tokens, of AWS JSON and of the query protocol.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// Returns a time in the format of tokens: whole seconds since 1970. A time before 1970 becomes 0.
pub(crate) fn seconds(moment: SystemTime) -> u64 {
    moment
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Returns a time in the format of CloudWatch Logs: whole milliseconds since 1970. A time before 1970
/// becomes 0.
pub(crate) fn milliseconds(moment: SystemTime) -> u128 {
    let since = moment.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis())
}

/// The last second that an HTTP date can represent, at the end of the year 9999, in seconds since
/// 1970.
const LAST_DATE: u64 = 253_402_300_799;

/// Returns a time as an HTTP date, such as `Tue, 14 Nov 2023 22:13:20 GMT`.
pub(crate) fn http_date(moment: SystemTime) -> String {
    let since = seconds(moment).min(LAST_DATE);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(since))
}

/// Returns a time in the format of logs of authentication events, such as `Tue Nov 14 22:13:20 UTC
/// 2023`.
pub(crate) fn date_text(moment: SystemTime) -> String {
    let date = http_date(moment);
    let parts: Vec<_> = date.split(' ').collect();
    match parts[..] {
        [weekday, day, month, year, time, _] => {
            let weekday = weekday.trim_end_matches(',');
            format!("{weekday} {month} {day} {time} UTC {year}")
        }
        _ => date,
    }
}

/// Returns a time in the format of AWS JSON: seconds since 1970 with three decimal places. A time
/// before 1970 becomes 0.
pub(crate) fn timestamp(moment: SystemTime) -> Value {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    let text = format!("{}.{:03}", since.as_secs(), since.subsec_millis());
    text.parse::<f64>()
        .map_or(Value::Null, |seconds| json!(seconds))
}

/// Returns a time in the format of the query protocol, such as `2023-11-14T22:13:20Z`. A time before
/// 1970 becomes the start of 1970.
pub(crate) fn iso8601(moment: SystemTime) -> String {
    const DAY: u64 = 24 * 3600;
    let since = seconds(moment);
    let (mut days, of_day) = (since / DAY, since % DAY);
    let mut year = 1970;
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let days_in = |year: u64| 365 + u64::from(is_leap(year));
    while days >= days_in(year) {
        days -= days_in(year);
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let day = days + 1;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_times_are_iso_8601() {
        for (since, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_700_000_000, "2023-11-14T22:13:20Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso8601(UNIX_EPOCH + Duration::from_secs(since)), text);
        }
    }

    #[test]
    fn dates_in_logs_have_month_first() {
        let moment = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(date_text(moment), "Tue Nov 14 22:13:20 UTC 2023");
    }

    #[test]
    fn timestamps_have_milliseconds() {
        let moment = UNIX_EPOCH + Duration::from_millis(1_704_110_400_007);
        assert_eq!(timestamp(moment).to_string(), "1704110400.007");
        let whole = UNIX_EPOCH + Duration::from_secs(1_704_110_400);
        assert_eq!(timestamp(whole).to_string(), "1704110400.0");
    }
}
